"""Which language a text is in: by its script where that tells, else by the commonest words of each language.

A rule of thumb, linear in a bounded sample, with no model to load: it is right on a paragraph of running text and says
`und` where there is too little to go by.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import Final

from subtext.domain.article import Language
from subtext.domain.function_words import FUNCTION_WORDS
from subtext.domain.prose import classify_prose
from subtext.domain.text.unicode import drop_ascii
from subtext.errors import RequestInvalid

UNDETERMINED: Final = Language("und", None)

_SAMPLE = 5_000
_WORDS_MIN = 20
_LETTERS_MIN = 20
_STOP_SHARE_MIN = 0.08
# Neighbours (Danish and Norwegian) share most of these words: below this it is a toss-up.
_WORDS_CONFIDENCE_MIN = 0.51
# Beyond these a sample is running text, and the slower test for prose is not needed: so many of its words are function
# words of one language, so many words stand on a line, and so few characters are signs of code.
_RUNNING_SHARE_MIN = 0.25
_RUNNING_LINE_WORDS_MIN = 8
_RUNNING_SIGNS_MAX = 0.002
_CODE_SIGNS = b"{}<>=|\\`_;"
_SCRIPT_SHARE_MIN = 0.5
_SCRIPT_CONFIDENCE = 0.95
# BCP 47 (RFC 5646 section 2.1): a primary subtag of two or three letters, then further subtags of one to eight.
_TAG = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*")
_TAG_MAX = 35
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ASCII = bytes(range(128))
_ASCII_LETTERS = string.ascii_letters.encode()
_TYPOGRAPHIC: Final = "’".encode()
# Turns what is in no word to blanks (all of ASCII but letters and the apostrophe), and the letters of ASCII to small.
_SMALL_OR_BLANK = bytes(
    code if chr(code).isalpha() or chr(code) == "'" or code not in _ASCII else 32 for code in bytes(range(256)).lower()
)
_LANGUAGES: Final = {
    word.encode(): tuple(code for code, words in FUNCTION_WORDS.items() if word in words)
    for word in frozenset[str]().union(*FUNCTION_WORDS.values())
}

# Scripts that one large language has to itself, or that further letters part (below).
_SCRIPTS: Final = {
    "cyrl": re.compile(r"[\u0400-\u052f]"),
    "arab": re.compile(r"[\u0600-\u06ff\u0750-\u077f]"),
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "zh": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]"),
    "ko": re.compile(r"[\u1100-\u11ff\uac00-\ud7af]"),
    "el": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "bn": re.compile(r"[\u0980-\u09ff]"),
    "ta": re.compile(r"[\u0b80-\u0bff]"),
    "ka": re.compile(r"[\u10a0-\u10ff]"),
    "hy": re.compile(r"[\u0530-\u058f]"),
}
# Letters that only one language of a shared script has, the rarer language first.
_DISTINCTIVE_LETTERS: Final = {
    "cyrl": (
        ("sr", "ђћјљњџ"),
        ("be", "ў"),
        ("uk", "іїєґ"),
        ("ru", "ыэё"),
        ("bg", "ъ"),
    ),
    "arab": (("ur", "ٹڈڑے"), ("fa", "پچژگ")),
}
_SCRIPT_DEFAULT: Final = {"cyrl": "ru", "arab": "ar"}
_TELLING_SHARE_MIN = 0.004
# Japanese mixes kana with Chinese characters; Chinese has no kana.
_KANA_SHARE_MIN = 0.1


def detect_language(text: str) -> Language:
    """Return the language with a confidence in 0-1, or `und` if the text is too short, too mixed or no prose.

    The names in code and tables are no words of a language, though "y", "el" and "var" are words of some.
    """
    sample = text[:_SAMPLE]
    # ASCII is counted apart, as it says nothing of the script: most texts have little else.
    encoded = sample.encode("utf-8", "surrogatepass")
    foreign = drop_ascii(encoded)
    letters = len(encoded) - len(encoded.translate(None, _ASCII_LETTERS)) + sum(map(str.isalpha, foreign))
    if letters < _LETTERS_MIN:
        return UNDETERMINED
    if foreign and (language := _by_script(foreign, letters)):
        return language
    # Only letters of ASCII have capitals in most texts, and bytes are turned to small letters many times as fast.
    return _by_words(sample, encoded if foreign == foreign.lower() else sample.lower().encode("utf-8", "surrogatepass"))


def parse_language_tag(tag: str) -> Language:
    """Return the primary language of a caller's BCP 47 tag; raises `RequestInvalid`."""
    match = _TAG.fullmatch(tag) if len(tag) <= _TAG_MAX else None
    if match is None:
        raise RequestInvalid(
            "`language` is no BCP 47 language tag: give a code such as en or pt-BR, or leave it out and it is found out"
        )
    return Language(match[1].lower(), None)


def require_language_tag(tag: str | None) -> None:
    """Raise `RequestInvalid` for a tag that is none, before work is done for it."""
    if tag is not None:
        parse_language_tag(tag)


def _by_script(sample: str, letters: int) -> Language | None:
    shares = {script: len(pattern.findall(sample)) / letters for script, pattern in _SCRIPTS.items()}
    if shares["ja"] >= _KANA_SHARE_MIN:
        shares["ja"] += shares.pop("zh")
    script, share = max(shares.items(), key=lambda item: item[1])
    if share < _SCRIPT_SHARE_MIN:
        return None
    return Language(_within(script, sample, letters), round(_SCRIPT_CONFIDENCE * min(share, 1.0), 2))


def _within(script: str, sample: str, letters: int) -> str:
    for code, telling in _DISTINCTIVE_LETTERS.get(script, ()):
        if sum(map(sample.count, telling)) >= _TELLING_SHARE_MIN * letters:
            return code
    return _SCRIPT_DEFAULT.get(script, script)


def _by_words(sample: str, encoded: bytes) -> Language:
    """Return the language by the function words of a sample, which is `encoded` with what ASCII has not in small."""
    words = _words(encoded)
    total = len(words)
    if total < _WORDS_MIN:
        return UNDETERMINED
    hits = dict.fromkeys(FUNCTION_WORDS, 0)
    for word, count in Counter(filter(_LANGUAGES.__contains__, words)).items():
        for code in _LANGUAGES[word]:
            hits[code] += count
    (code, best), (_, second) = sorted(hits.items(), key=lambda item: -item[1])[:2]
    confidence = best / (best + second) if best else 0.0
    if best < _STOP_SHARE_MIN * total or confidence < _WORDS_CONFIDENCE_MIN:
        return UNDETERMINED
    if not _is_running_text(encoded, len(sample), best, total) and classify_prose(sample) == "other":
        return UNDETERMINED
    return Language(code, round(confidence, 2))


def _words(encoded: bytes) -> list[bytes]:
    """Return the words in small letters: what ASCII parts without a pattern, and the rest by the pattern."""
    parts = encoded.replace(_TYPOGRAPHIC, b"'").translate(_SMALL_OR_BLANK).split()
    plain = [*filter(bytes.isalpha, parts)]
    others = b" ".join([part for part in parts if not part.isalpha()]).decode("utf-8", "surrogatepass")
    return plain + [word.encode() for word in _WORD.findall(others)]


def _is_running_text(encoded: bytes, characters: int, spoken: int, words: int) -> bool:
    """Return whether a sample is prose at a glance, by its words and its function words."""
    lines = encoded.count(b"\n") + 1
    signs = len(encoded) - len(encoded.translate(None, _CODE_SIGNS))
    return (
        spoken >= _RUNNING_SHARE_MIN * words
        and words >= _RUNNING_LINE_WORDS_MIN * lines
        and signs <= _RUNNING_SIGNS_MAX * characters
    )
