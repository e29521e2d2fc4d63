from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.cli.terminal import escape_json, sanitize, sanitize_lines

UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Cleaned:
    id: str
    text: str
    shown: str


@pytest.mark.parametrize(
    "case",
    [
        Cleaned("plain", "Café – “desperate” 😀", "Café – “desperate” 😀"),
        Cleaned("colour", "a\x1b[31mred\x1b[0m b", "ared b"),
        Cleaned("clear screen", "a\x1b[2J\x1b[H b", "a b"),
        Cleaned("C1 sequence", "a\x9b31mred", "ared"),
        Cleaned("title, ended by BEL", "a\x1b]0;pwned\x07b", "ab"),
        Cleaned("title, ended by ST", "a\x1b]0;pwned\x1b\\b", "ab"),
        Cleaned("hyperlink", "\x1b]8;;https://evil.example\x1b\\safe\x1b]8;;\x1b\\", "safe"),
        Cleaned("device control", "a\x1bP1$r0m\x1b\\b", "ab"),
        Cleaned("reset", "a\x1bcb", "ab"),
        Cleaned("charset", "a\x1b(0b", "ab"),
        Cleaned("lone escape at the end", "a\x1b", "a"),
        Cleaned("sequence without an end", "a\x1b[12", "a12"),
        Cleaned("sequence hidden in a sequence", "a\x1b\x1b[31mb", "ab"),
        Cleaned("forged line", "a\r\nsubtext: all is well", "a subtext: all is well"),
        Cleaned("overwriting", "good\rbad", "good bad"),
        Cleaned("backspaces", "good\b\b\b\bbad", "goodbad"),
        Cleaned("bell and NUL", "a\x07\x00b", "ab"),
        Cleaned("other line ends", "a\x85b\u2028c\u2029d\x0be", "a b c d e"),
        Cleaned("reordering", "a\u202eb\u2066c\u200fd", "abcd"),
        Cleaned("lone surrogate", "a\ud800b", "ab"),
        Cleaned("no text at all", "None", "None"),
    ],
    ids=lambda case: case.id,
)
def test_foreign_text_cannot_steer_a_terminal(case: Cleaned) -> None:
    assert sanitize(case.text) == case.shown


@given(st.text(st.characters(codec=None)) | st.text("\x1b\x9b[]()0;m\x07\\ab\u202e\n"))
def test_what_is_clean_is_one_harmless_line(text: str) -> None:
    shown = sanitize(text)

    assert not UNSAFE.search(shown)
    assert sanitize(shown) == shown


def test_lines_and_indents_can_be_kept() -> None:
    assert sanitize_lines("a\n  b\x1b[31m\n\n c\r\nd") == "a\n  b\n\n c\nd"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_safe_document_says_the_same(text: str) -> None:
    document = json.dumps({"quote": text}, ensure_ascii=False)

    safe = escape_json(document)

    assert json.loads(safe) == {"quote": text}
    assert not UNSAFE.search(safe)
