"""Blocks of a plain text, each with whose words it is: speeches of a transcript, quoted and forwarded mail.

The text stays as it is; a block is a place in it. What nobody else is named for is the author's. The forms are those
that people send: RFC 3676 `>` lines under "On …, NAME wrote:", the separators of the large mail programs, `NAME:`,
`NAME, TITLE:`, `[00:12] NAME:`, Q and A.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from subtext.domain.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BlockKind = Literal["paragraph", "speech", "quoted", "forwarded", "mail_header", "signature"]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_QUOTED = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+|[ \t]{0,3}\|[ \t](?=\S)")
_MARK: Final = ">"
_HEADER = re.compile(
    r"[ \t]*\*?(?P<field>from|to|cc|bcc|sent|date|subject|reply-to|von|an|gesendet|betreff|de|à|envoyé|objet|para|asunto|da|oggetto)"
    r"\*?[ \t]?:\*?[ \t]*(?P<value>[^\r\n]*)",
    re.IGNORECASE,
)
_FROM: Final = frozenset({"from", "von", "de", "da"})
_SUBJECT: Final = frozenset({"subject", "betreff", "objet", "asunto", "oggetto"})
_HEADERS_MIN: Final = 2
_FORWARDED = re.compile(
    r"[ \t]*(?:-{2,}[ \t]*(?:forwarded|original|weitergeleitete|ursprüngliche|message)[^\r\n]{0,40}-{2,}|begin forwarded message:"
    r"|début du message réexpédié\s*:|anfang der weitergeleiteten nachricht:|_{10,})[ \t]*",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"(?:on|am|le|el|il|em|op|den)\b[^\r\n]{4,120}?[,:>\d][ \t]+(?:at |um |à )?(?P<name>[^\W\d][^,<\r\n]{1,60}?)?[ \t]*(?:<[^>\r\n]+>)?"
    r"[ \t]*(?:wrote|a écrit|schrieb[^\r\n:]*|escribió|ha scritto|escreveu|skrev)[ \t]?:"
    r"|(?P<poster>[^\W\d][^,:\r\n]{1,60}?)[ \t]+(?:wrote|said|schrieb|a écrit|escribió)[ \t]?:",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"--[ \t]?")
_STAMP = r"(?:[\[(]?\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?[\])]?[ \t]*[-–—]?[ \t]*)"
# Capitals, perhaps with a title behind a comma; or a name in small letters, which the text has to repeat.
_CAPITALS = r"[^\W\d_a-zß-öø-ÿ][^\W\da-zß-öø-ÿ.'’-]*(?:[ ](?:[^\W\da-zß-öø-ÿ.'’&-]+|of|the|and|for|de|von)){0,5}"
_NAME = r"[^\W\d_a-zß-öø-ÿ][\w.'’-]*(?:[ ][^\W\d_a-zß-öø-ÿ][\w.'’-]*){0,3}(?:[ ]\d{1,2})?"
_LABEL = re.compile(
    rf"[ \t]*{_STAMP}?(?P<name>{_CAPITALS}|{_NAME})(?P<title>(?:,[ ][^:\r\n]{{1,80}}|[ ]\([^()\r\n]{{1,60}}\))?)"
    rf"[ \t]*{_STAMP}?:(?=[ \t]|\r|\n)"
)
_LABELS_MIN: Final = 2
_NO_NAMES: Final = frozenset(
    """note update correction source photo image video read related more warning summary example tip date time place where when
    what who why how subject from to cc sent editor's copyright background context conclusion result results question
    answer ps""".split()
)
_ROLES: Final = frozenset({"question", "answer", "q", "a", "interviewer", "moderator", "host"})


@dataclass(frozen=True, slots=True)
class TextBlock:
    """One block of a text. `voice` is where the text names whose words it holds, None if it does not.

    A `paragraph` is the author's; everything else is somebody else's, named or not, but a header and a signature are
    nobody's statement.
    """

    kind: BlockKind
    span: Span
    voice: Span | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()


def parse_blocks(text: str) -> list[TextBlock]:
    """Return the blocks of the text, in order; between two of them there is only white space."""
    lines = _lines(text)
    labels = _speaker_labels(lines)
    return [block for kind, voice, run in _runs(lines, labels) if (block := _block(kind, voice, run)) is not None]


def find_subject(text: str) -> Span | None:
    """Return where a mail's subject stands, None if the text does not begin with the header of a mail."""
    fields = _leading_header(_lines(text[:4000]))
    for line, match in fields:
        if match["field"].lower() in _SUBJECT and match["value"].strip():
            start = line.start + match.start("value")
            return Span(start, start + len(match["value"].rstrip()))
    return None


def _lines(text: str) -> list[_Line]:
    return [_Line(match.start(), match[0].rstrip("\r\n")) for match in _LINE.finditer(text) if match[0]]


def _speaker_labels(lines: Sequence[_Line]) -> dict[int, Span]:
    """Return the span of the name for each line that a speaker's label opens, if the text is a transcript."""
    matches = {line.start: match for line in lines if (match := _LABEL.match(line.text)) and _may_speak(match)}
    names = Counter(match["name"] for match in matches.values())
    repeated = sum(count for count in names.values() if count > 1)
    labels = {
        start: Span(start + match.start("name"), start + match.end("name"))
        for start, match in matches.items()
        if match["name"].isupper() or names[match["name"]] > 1 or repeated >= _LABELS_MIN
    }
    return labels if len(labels) >= _LABELS_MIN else {}


def _may_speak(match: re.Match[str]) -> bool:
    name = match["name"].lower()
    return name in _ROLES or name.split()[0] not in _NO_NAMES


def _runs(
    lines: Sequence[_Line], labels: dict[int, Span]
) -> Iterator[tuple[BlockKind, Span | None, list[_Line]]]:
    """Yield the lines in runs of one kind and voice: a small automaton that reads line by line."""
    header = {line.start for line, _ in _leading_header(lines)}
    kind: BlockKind = "paragraph"
    voice: Span | None = None
    introduced: Span | None = None
    forwarded: tuple[BlockKind, Span | None] | None = None
    run: list[_Line] = []
    for number, line in enumerate(lines):
        previous = (kind, voice, line.is_blank)
        if line.start in header:
            kind, voice = "mail_header", None
        elif _SIGNATURE.fullmatch(line.text):
            kind, voice = "signature", None
        elif _FORWARDED.fullmatch(line.text) or _opens_forward(lines, number):
            forwarded = ("forwarded", _sender(lines[number : number + 8]))
            kind, voice = "mail_header", None
        elif kind == "mail_header" and forwarded and _HEADER.match(line.text):
            pass
        elif match := _QUOTED.match(line.text):
            kind, voice = ("quoted", introduced) if match[0].strip() else ("paragraph", None)
        elif line.start in labels:
            kind, voice = "speech", labels[line.start]
        elif line.is_blank:
            kind, voice = (kind, voice) if kind != "mail_header" or forwarded is None else forwarded
        elif kind not in {"signature", "speech", "forwarded"}:
            kind, voice = forwarded or ("paragraph", None)
        if not line.is_blank and kind != "quoted":
            introduced = _introduced(line) or (introduced if kind == "mail_header" else None)
        if run and ((kind, voice) != previous[:2] or line.is_blank or line.start in labels):
            yield previous[0], previous[1], run
            run = []
        run.append(line)
    if run:
        yield kind, voice, run


def _leading_header(lines: Sequence[_Line]) -> list[tuple[_Line, re.Match[str]]]:
    """Return the header that a mail begins with, line by line; [] if the text is none."""
    fields: list[tuple[_Line, re.Match[str]]] = []
    for line in lines:
        if line.is_blank and not fields:
            continue
        match = _HEADER.match(line.text)
        if match is None:
            break
        fields.append((line, match))
    return fields if len(fields) >= _HEADERS_MIN else []


def _opens_forward(lines: Sequence[_Line], number: int) -> bool:
    """Return whether a mail's header stands in the middle of the text: "From:" with another field right below."""
    match = _HEADER.match(lines[number].text)
    is_sender = match is not None and match["field"].lower() in _FROM
    return is_sender and len(_leading_header(lines[number : number + 4])) >= _HEADERS_MIN


def _sender(lines: Sequence[_Line]) -> Span | None:
    for line in lines:
        match = _HEADER.match(line.text)
        if match is not None and match["field"].lower() in _FROM:
            name = re.match(r"[\"']?([^<\r\n\"']+?)[\"']?\s*(?:<|\[|\Z)", match["value"])
            start = line.start + match.start("value")
            return Span(start + name.start(1), start + name.end(1)) if name else None
    return None


def _introduced(line: _Line) -> Span | None:
    match = _WROTE.match(line.text.strip())
    if match is None:
        return None
    group = "name" if match["name"] else "poster"
    if not match[group]:
        return None
    return _span(match, group, line.start + len(line.text) - len(line.text.lstrip()))


def _span(match: re.Match[str], group: str, offset: int) -> Span:
    return Span(offset + match.start(group), offset + match.end(group))


def _block(kind: BlockKind, voice: Span | None, run: Sequence[_Line]) -> TextBlock | None:
    filled = [line for line in run if not line.is_blank and line.text.strip(f"{_MARK}| \t")]
    if not filled:
        return None
    first = filled[0]
    start = first.start + len(first.text) - len(first.text.lstrip())
    return TextBlock(kind, Span(start, filled[-1].start + len(filled[-1].text.rstrip())), voice)
