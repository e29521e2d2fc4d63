"""Unicode validity: lone surrogates, which no encoding has, and the characters beyond ASCII."""

from __future__ import annotations

from typing import Final

from subtext.errors import InvalidText

_ASCII: Final = bytes(range(128))


def require_encodable(text: str, noun: str = "text") -> None:
    """Raise `InvalidText` if a text has a lone surrogate; encoding tells several times as fast as a pattern.

    `noun` is what the caller sent, for the message.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidText(
            f"the {noun} has a lone surrogate (half of a character) at offset {error.start}: send it as valid Unicode"
        ) from None


def drop_ascii(encoded: bytes) -> str:
    """Return the characters beyond ASCII of a text that is encoded as UTF-8, lone surrogates included."""
    return encoded.translate(None, _ASCII).decode("utf-8", "surrogatepass")
