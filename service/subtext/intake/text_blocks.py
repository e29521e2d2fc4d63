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
    from collections.abc import Iterable, Iterator, Sequence

BlockKind = Literal["paragraph", "speech", "quoted", "forwarded", "mail_header", "signature"]
_Owner = tuple[BlockKind, Span | None]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_QUOTED = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
_HEADER = re.compile(
    r"[ \t]*\*?(?P<field>from|to|cc|bcc|sent|date|subject|reply-to|von|an|gesendet|betreff|de|à|envoyé|objet|para"
    r"|asunto|da|oggetto)"
    r"\*?[ \t]?:\*?[ \t]*(?P<value>[^\r\n]*)",
    re.IGNORECASE,
)
_FROM: Final = frozenset({"from", "von", "de", "da"})
_SUBJECT: Final = frozenset({"subject", "betreff", "objet", "asunto", "oggetto"})
_WRAPPED_MIN: Final = 50
_HEADERS_MIN: Final = 2
_HEADER_LINES_MAX: Final = 16
_HEAD_CHARS: Final = 4_000
_FORWARDED = re.compile(
    r"[ \t]*(?:-{2,}[ \t]*(?:forwarded|original|weitergeleitete|ursprüngliche|message)[^\r\n]{0,40}-{2,}|begin"
    r" forwarded message:"
    r"|début du message réexpédié\s*:|anfang der weitergeleiteten nachricht:|_{10,})[ \t]*",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"(?:am|den|op|el)\b[^\r\n]{4,80}? (?:schrieb|skrev|schreef|escribió) (?P<writer>[^\W\d][^,:<\r\n]{1,60}?)["
    r" \t]*(?:<[^>\r\n]+>)?[ \t]?:|"
    r"(?:on|am|le|el|il|em|op|den)\b[^\r\n]{4,120}?[,:>\d][ \t]+(?:at |um |à )?(?P<name>[^\W\d][^,<\r\n]{1,60}?)?["
    r" \t]*(?:<[^>\r\n]+>)?"
    r"[ \t]*(?:wrote|a écrit|escribió|ha scritto|escreveu|skrev)[ \t]?:"
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
_NOT_NAMED: Final = (
    "note update correction source photo image video read related more warning summary example tip date time place "
    "where when what who why how subject from to cc sent editor's copyright background context conclusion result "
    "results question answer ps"
)
_NO_NAMES: Final = frozenset(_NOT_NAMED.split())
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
    def is_blank(self) -> bool:
        """Return whether the line holds nothing to see."""
        return not self.text.strip()


def parse_blocks(text: str) -> list[TextBlock]:
    """Return the blocks of the text, in order; between two of them there is only white space."""
    runs = _BlockReader(list(_lines(text))).runs()
    return [block for (kind, voice), run in runs if (block := _block(kind, voice, run)) is not None]


def find_subject(text: str) -> Span | None:
    """Return where a mail's subject stands, None if the text does not begin with the header of a mail."""
    fields = _leading_header(_lines(text[:_HEAD_CHARS]))
    for line, match in fields:
        if match["field"].lower() in _SUBJECT and match["value"].strip():
            start = line.start + match.start("value")
            return Span(start, start + len(match["value"].rstrip()))
    return None


def unwrap(text: str) -> list[str]:
    """Return the lines of a block without `>` marks, those joined that were wrapped by hand."""
    lines: list[str] = []
    last = ""
    for line in (_unquoted(row).strip() for row in text.splitlines()):
        if lines and line and (len(last) >= _WRAPPED_MIN or (line[:1].islower() and not last.endswith(":"))):
            lines[-1] = f"{lines[-1]} {line}"
        elif line:
            lines.append(line)
        last = line
    return lines


def _unquoted(line: str) -> str:
    match = _QUOTED.match(line)
    return line if match is None else line[match.end() :]


def _lines(text: str) -> Iterator[_Line]:
    return (_Line(match.start(), match[0].rstrip("\r\n")) for match in _LINE.finditer(text) if match[0])


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


class _BlockReader:
    """Reads a text line by line and says whose each line is: a small automaton."""

    def __init__(self, lines: Sequence[_Line]) -> None:
        self._lines = lines
        self._labels = _speaker_labels(lines)
        self._header = {line.start for line, _ in _leading_header(lines)}
        self._owner: _Owner = ("paragraph", None)
        # Whom the line above introduces, and the sender of what follows down to the end.
        self._introduced: Span | None = None
        self._forwarded: _Owner | None = None

    def runs(self) -> Iterator[tuple[_Owner, list[_Line]]]:
        """Yield the lines in runs of one owner; a blank line and a label end a run."""
        run: list[_Line] = []
        for number, line in enumerate(self._lines):
            before = self._owner
            self._owner = self._owner_at(number, line)
            if not line.is_blank and self._owner[0] != "quoted":
                self._introduced = _introduced(line)
            if run and (self._owner != before or line.is_blank or line.start in self._labels):
                yield before, run
                run = []
            run.append(line)
        if run:
            yield self._owner, run

    def _owner_at(self, number: int, line: _Line) -> _Owner:
        if line.start in self._header:
            return "mail_header", None
        if _SIGNATURE.fullmatch(line.text):
            return "signature", None
        if _FORWARDED.fullmatch(line.text) or _opens_forward(self._lines, number):
            below = self._lines[number + (_HEADER.match(line.text) is None) :][:_HEADER_LINES_MAX]
            self._forwarded = ("forwarded", _sender(below))
            self._header |= {field.start for field, _ in _leading_header(below)}
            return "mail_header", None
        if _QUOTED.match(line.text):
            return "quoted", self._introduced
        if line.start in self._labels:
            return "speech", self._labels[line.start]
        return self._continued(line)

    def _continued(self, line: _Line) -> _Owner:
        """Return the owner of a line that says nothing of it: that of the line before, or of what is forwarded."""
        kind = self._owner[0]
        if kind == "mail_header":
            return self._forwarded or ("paragraph", None)
        if line.is_blank or kind in {"signature", "speech", "forwarded"}:
            return self._owner
        return self._forwarded or ("paragraph", None)


def _leading_header(lines: Iterable[_Line]) -> list[tuple[_Line, re.Match[str]]]:
    """Return the header that a mail begins with, line by line; [] if the text is none."""
    fields: list[tuple[_Line, re.Match[str]]] = []
    for line in lines:
        if line.is_blank:
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
    return is_sender and len(_leading_header(lines[number : number + _HEADER_LINES_MAX])) >= _HEADERS_MIN


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
    group = next((group for group in ("writer", "name", "poster") if match[group]), None)
    offset = line.start + len(line.text) - len(line.text.lstrip())
    return None if group is None else Span(offset + match.start(group), offset + match.end(group))


def _block(kind: BlockKind, voice: Span | None, run: Sequence[_Line]) -> TextBlock | None:
    filled = [line for line in run if not line.is_blank and line.text.strip("> \t")]
    if not filled:
        return None
    first = filled[0]
    start = first.start + len(first.text) - len(first.text.lstrip())
    return TextBlock(kind, Span(start, filled[-1].start + len(filled[-1].text.rstrip())), voice)
