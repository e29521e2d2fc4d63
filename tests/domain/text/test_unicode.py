"""Lone surrogates are rejected in one way, and characters beyond ASCII are found in one way."""

from __future__ import annotations

import pytest

from subtext.domain.text.unicode import drop_ascii, require_encodable
from subtext.errors import InvalidText


@pytest.mark.parametrize("text", ["", "plain", "é 中 \U0001f600"], ids=["empty", "ASCII", "beyond ASCII"])
def test_valid_unicode_is_accepted(text: str) -> None:
    require_encodable(text)


@pytest.mark.parametrize("half", [chr(0xD83D), chr(0xDE00)], ids=["first half", "second half"])
def test_a_lone_surrogate_is_rejected_with_its_place(half: str) -> None:
    with pytest.raises(InvalidText, match=r"^the page has a lone surrogate .* at offset 3: send it as valid Unicode$"):
        require_encodable(f"é😀 {half}.", "page")


def test_what_is_beyond_ascii_stays_in_order() -> None:
    assert drop_ascii("a é\n中\ud83db\x7f\x80".encode("utf-8", "surrogatepass")) == "é中\ud83d\x80"
