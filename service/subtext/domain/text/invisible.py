"""Invisible characters: strip what is not shown to a reader, and can carry words to a machine.

Control, zero-width, bidi and tag characters go. Joiners and selectors stay where they shape what is shown: in scripts
that spell with them, in emoji and in flags; one at a place, for a run of them is a message. Words do not change: what
is quoted from the result is found in the text, by its normalization.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from subtext.domain.text.normalization import IGNORABLE

# Arabic, Syriac and their like, the scripts of India and its neighbours, Khmer, Mongolian: they spell with joiners.
_JOINING: Final = (
    "\u0600-\u061b\u061d-\u08ff\u0900-\u0fff\u1000-\u109f\u1780-\u17b3\u17b6-\u180a\u1810-\u18af\ua840-\uabff"
)
_PICTURE: Final = "#*0-9\u00a9\u00ae\u2030-\u205e\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_IDEOGRAPH: Final = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SHOWN: Final = "|".join(
    (
        "(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f",
        f"(?<=[{_PICTURE}])\ufe0f(?:\u200d(?=[{_PICTURE}]))?",
        f"(?<=[{_PICTURE}])(?:\ufe0e|\u200d(?=[{_PICTURE}]))",
        f"(?<=[{_JOINING}])[\u200c\u200d]",
        "(?<=[\u1820-\u18af])[\u180b-\u180f]",
        f"(?<=[{_IDEOGRAPH}])[\ufe00-\ufe0f\U000e0100-\U000e01ef]",
        # A word broken at the end of a line is one word because of it.
        "\u00ad(?=[ \t]*[\r\n])",
    )
)
_UNSEEN: Final = re.compile(f"(?P<shown>{_SHOWN})|(?P<blank>[\x0b\x0c\x1c-\x1f\x85])|[{IGNORABLE}]")
# One class of characters is searched many times faster than the alternatives above.
_MAY_CHANGE: Final = re.compile(f"[\x0b\x0c\x1c-\x1f\x85{IGNORABLE}]")
_VANISHES: Final = re.compile(f"[{IGNORABLE}]")
_MERGING: Final = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff\U00016d63-\U00016d6a]")
_WORD_JOINER: Final = "\u2060"
# Unicode's pictures of control characters; line breaks and tabs stay what they are.
_CONTROL_PICTURES: Final = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421}


def strip_invisible(text: str, characters: str | None = None) -> str:
    """Strip what no reader sees, for a model to read; white space that is a control character becomes a blank.

    `characters` are those that the text has at most beyond printable ASCII and line breaks, if they are known.
    """
    unchanged = _MAY_CHANGE.search(text if characters is None else characters) is None
    return text if unchanged else _UNSEEN.sub(_shown, text)


def show_controls(text: object) -> str:
    """Return a text with visible symbols for control characters: a page cannot hold NUL, and a reader should see it."""
    return str(text).translate(_CONTROL_PICTURES)


def _shown(found: re.Match[str]) -> str:
    if found["blank"]:
        return " "
    if found["shown"]:
        return found["shown"]
    return _WORD_JOINER if _merges(found.string[found.end() : found.end() + 1]) else ""


def _merges(char: str) -> bool:
    """Tell whether a character would become one with what stands before it, so that the words would be others."""
    if not char or _VANISHES.match(char):
        return False
    return unicodedata.category(char).startswith("M") or _MERGING.match(char) is not None
