"""Prose detection: tell running text from code, data, logs and lists, in any language, linear in the text.

A text is cut into lines, and lines into sentences. Each piece counts as prose, as data (code, keys, figures) or as
neither (headings, captions), weighed by its characters. Function words that no programming language has ("the",
"que", "und") tell a sentence from a statement; in other scripts than Latin a piece is prose if it is letters mostly.
English words that stand in no order are no prose either.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal

from subtext.domain.function_words import FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# `mixed`: half of the text or more is code or data. `other`: there is hardly a sentence in it.
Prose = Literal["prose", "mixed", "other"]
_Kind = Literal["prose", "comment", "data", "neutral"]

_OTHER_BELOW: Final = 0.25
_MIXED_BELOW: Final = 0.5
# A longer text is judged by its beginning, its middle and its end.
_SAMPLE: Final = 30_000
# A name or a headline is too short to be told from a list.
_TELLING_CHARS_MIN: Final = 100
# A sentence: so many words, as a share of its tokens; of the words so many are function words. Chords are no words.
_WORDS_MIN: Final = 4
_WORD_SHARE_MIN: Final = 0.6
_CLEAN_SHARE_MIN: Final = 0.9
_WORD_CHARS_MIN: Final = 2.5
_FUNCTION_SHARE_MIN: Final = 0.12
_SIGN_SHARE_MAX: Final = 0.25
_LETTERS_MIN: Final = 6
_OTHER_SCRIPT_MIN: Final = 0.5
_LAST_LATIN: Final = "\u024f"
_PLAIN_LETTERS_MIN: Final = 0.85
_PLAIN_FUNCTION_MIN: Final = 0.12
_PLAIN_SIGNS_MAX: Final = 0.004
_CODE_SIGNS: Final = b"{}[]<>=|\\`$_"
_NOT_LETTERS: Final = (string.punctuation + string.digits).encode()

# What no English sentence has behind an article or a preposition, but for words written twice. No article of 1,658 has
# more than one; with their words shuffled 0.97 of them are recognized, and 0.86 of their first 200 words.
_FOLLOWER: Final = re.compile(
    r" (the|an?|of|to|at|from) (?=((?!\1\b)(?:of|to|is|was|were|are|has|had|will|would"
    r"|(?<!of |to |at )(?<!from )(?:the|an?|and|it|he|they|his|her|their|its|that|from|with|by|for|at))\b)?)"
)
_ORDER_SAMPLE: Final = 5_000
_MISPLACED_MIN: Final = 2
_MISPLACED_SHARE_MIN: Final = 0.06
# Other languages have some of these words ("a to" in Czech and Polish, "at to" in Danish), but not the commonest.
_THE_SHARE_MIN: Final = 0.15
# Function words that are words of programming, query and shell languages, of stack traces or of logs too.
_CODE_WORDS = (
    "and as at by can die do el else end es for from has if in is le new no not on or out over set this to un use val "
    "var when where which while with"
)
_SPOKEN = frozenset(word for word in chain(*FUNCTION_WORDS.values()) if len(word) > 1) - set(_CODE_WORDS.split())
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"'”’»)\]]*\s+|(?<=[。！？])")  # noqa: RUF001 - full-width stops are stops
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ\-‐–/&.][^\W\d_]+)*")
_AROUND_WORDS = "\"'“”‘’«»‹›„‚()[]*_,.;:!?…—–-"  # noqa: RUF001 - quotation marks of many languages
# Signs of statements, calls, keys, tags, paths and identifiers.
_SIGN = re.compile(
    r"[{}\\`|^~]|[$@%]\w|=+|->|::|&&|[<>]|\w\(|\(\)|\w\[|\[\]|;$|\w_|[a-z]{2}[A-Z]\w|\w\.\w+\(|\"\s*:|\w/\w+/"
    r"|(?<!\w)--?\w|\w:\w|([\"'])\w+\1\s*[,\]):]"
)
_STATEMENT = re.compile(
    r"(?:def|class|import|return|elif|except|raise|yield|async|await|function|var|let|const|public|private|protected"
    r"|static|void|int|using|namespace|package|func|fn|impl|pub|struct|enum|end|begin|echo|sudo|export|local|printf?"
    r"|module|require|include|use|my|sub|call|mov|push|pop|jmp|ret|SELECT|FROM|WHERE|JOIN|SET|VALUES|HAVING|LIMIT"
    r"|BEGIN|COMMIT|MOVE|PERFORM)\b(?!,)"
    r"|(?i:select\b.{1,400}\bfrom\b|insert\s+into|delete\s+from|(?:create|drop|alter)\s+(?:table|index|view|database)"
    r"|update\s+\w+\s+set|(?:inner|left|right|outer|cross)\s+(?:outer\s+)?join|(?:group|order)\s+by|union\s+all)"
)
_LOG = re.compile(
    r"\W?\d{4}[-/]\d\d[-/]\d\d[T ,]+\d\d:\d\d|\W?[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d"
    r"|Traceback \(|Caused by:|Exception in|File \"[^\"]*\", line \d|at [\w.$]+[(:]|[\w.]+(?:Error|Exception)\b"
    r"|.{0,60}?\b(?:INFO|DEBUG|WARN|WARNING|ERROR|TRACE|FATAL|CRITICAL)\b\W"
)
_COMMENT = re.compile(r"#|//|/?\*|--|;|%|\"\"\"|'''|<!--|(?i:rem)\b")


def classify_prose(text: str) -> Prose:
    """Return whether the text is prose, prose mixed with as much code or data, or neither."""
    sample = unicodedata.normalize("NFC", _sample(text))
    if _is_shuffled(sample):
        return "other"
    return "prose" if _is_plain(sample) else _verdict(_weights(sample))


def is_data(text: str) -> bool:
    """Tell whether a sentence holds a line of code, data or a log, which a sign or two ("$5m") do not make it."""
    return any(map(_is_line_of_data, _pieces(unicodedata.normalize("NFC", text))))


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE:
        return text
    part, middle = _SAMPLE // 3, len(text) // 2
    return "\n".join((text[:part], text[middle - part // 2 : middle + part // 2], text[-part:]))


def _is_plain(sample: str) -> bool:
    """Return whether the sample is prose at a glance: what is true of most articles, and cheap to see."""
    words, encoded = sample.split(), sample.encode("utf-8", "surrogatepass")
    solid = len("".join(words))
    signs = len(encoded) - len(encoded.translate(None, _CODE_SIGNS))
    others = len(encoded) - len(encoded.translate(None, _NOT_LETTERS))
    return (
        solid >= _WORD_CHARS_MIN * len(words)
        and others <= (1 - _PLAIN_LETTERS_MIN) * solid
        and signs <= _PLAIN_SIGNS_MAX * solid
        and _has_spoken(words, _PLAIN_FUNCTION_MIN * len(words))
    )


def _is_shuffled(sample: str) -> bool:
    """Tell whether words stand in no order: articles and prepositions precede what cannot follow them."""
    pairs: list[tuple[str, str]] = _FOLLOWER.findall(sample, 0, _ORDER_SAMPLE)
    misplaced = sum(follower != "" for _, follower in pairs)
    if misplaced < max(_MISPLACED_MIN, _MISPLACED_SHARE_MIN * len(pairs)):
        return False
    return sum(word == "the" for word, _ in pairs) >= _THE_SHARE_MIN * len(pairs)


def _has_spoken(words: Sequence[str], least: float) -> bool:
    """Return whether so many of some words are function words; those without a capital mostly suffice."""
    is_spoken = _SPOKEN.__contains__
    return any(len(list(filter(is_spoken, each))) >= least for each in (words, map(str.lower, words)))


def _weights(sample: str) -> Counter[_Kind]:
    """Return how many characters, without blanks, stand in pieces of each kind."""
    weights: Counter[_Kind] = Counter()
    for piece in _pieces(sample):
        weights[_kind(piece)] += len(piece) - piece.count(" ")
    return weights


def _verdict(weights: Counter[_Kind]) -> Prose:
    """Decide by the share of prose; comments belong to it unless there is code that they can be about."""
    prose, data = weights["prose"], weights["data"]
    if data < prose + weights["comment"]:
        prose += weights["comment"]
    if not prose and weights.total() < _TELLING_CHARS_MIN and data <= weights["neutral"]:
        return "prose"
    share = prose / (prose + data + weights["neutral"] / 2) if prose else 0.0
    if share < _OTHER_BELOW:
        return "other"
    return "mixed" if share < _MIXED_BELOW else "prose"


def _pieces(sample: str) -> Iterator[str]:
    """Yield each line, cut where tags stand and sentences end, without the white space around it."""
    for line in _TAG.sub("\n", sample).splitlines():
        for piece in _SENTENCE_END.split(line):
            if stripped := piece.strip():
                yield stripped


def _kind(piece: str) -> _Kind:
    if _is_other_script(piece):
        return "prose"
    tokens = piece.split()
    words = [match[0] for token in tokens if (match := _WORD.fullmatch(token.strip(_AROUND_WORDS)))]
    signs = len(_SIGN.findall(piece))
    is_statement = _is_statement(piece, signs)
    if not is_statement and signs <= _SIGN_SHARE_MAX * len(tokens) and _is_sentence(words, len(tokens), signs):
        return "comment" if _COMMENT.match(piece) else "prose"
    if signs or is_statement or 2 * len(words) < len(tokens) or _STATEMENT.match(piece):
        return "data"
    return "neutral"


def _is_statement(piece: str, signs: int) -> bool:
    """Tell whether a piece begins like a line of a log, or like a statement of code and has a sign of one."""
    return _LOG.match(piece) is not None or (signs > 0 and _STATEMENT.match(piece) is not None)


def _is_line_of_data(piece: str) -> bool:
    signs = len(_SIGN.findall(piece))
    return _is_statement(piece, signs) or signs > _SIGN_SHARE_MAX * len(piece.split())


def _is_sentence(words: Sequence[str], tokens: int, signs: int) -> bool:
    """Return whether words read as a sentence: by its function words, or else by its length and its capitals."""
    count = len(words)
    if count < max(_WORDS_MIN, _WORD_SHARE_MIN * tokens) or sum(map(len, words)) < _WORD_CHARS_MIN * count:
        return False
    if sum(word.lower() in _SPOKEN for word in words) >= _FUNCTION_SHARE_MIN * count:
        return True
    is_clean = count > _WORDS_MIN and not signs and count >= _CLEAN_SHARE_MIN * tokens
    return is_clean and words[0][0].isupper() and sum(word[0].islower() for word in words) >= count / 2


def _is_other_script(piece: str) -> bool:
    """Return whether the piece is mostly letters, and marks on them, that are not Latin."""
    if piece.isascii():
        return False
    letters = sum(char > _LAST_LATIN and unicodedata.category(char)[0] in "LM" for char in piece)
    return letters >= max(_LETTERS_MIN, _OTHER_SCRIPT_MIN * (len(piece) - piece.count(" ")))
