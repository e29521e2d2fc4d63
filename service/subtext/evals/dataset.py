"""Load labelled articles from JSONL files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from subtext.errors import RequestInvalid, describe_os_error
from subtext.evals.failure_log import ROW_INVALID
from subtext.schemas.problem import describe_first_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from subtext.evals.failure_log import FailureLog


Row = TypeVar("Row", bound=BaseModel)


class _Row(BaseModel):
    """Base of rows: other fields of a file are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CodedQuote(_Row):
    """Quote that a coder marked as evidence for a pole; `speaker` is null for the author."""

    quote: str = Field(min_length=1)
    pole: str
    voice: Literal["author", "attributed"] = "author"
    speaker: str | None = None


class CodedVoice(_Row):
    """Quoted speaker with the label of what that speaker says of the target."""

    speaker: str
    label: str


class LabeledArticle(_Row):
    """Labelled article; `labels` are all that count as right, several if coders did not agree.

    `rival` is the target's opponent, framed the other way round, if the article has one.
    """

    id: str = Field(min_length=1)
    title: str = ""
    text: str = Field(min_length=1)
    target: str | None = None
    rival: str | None = None
    label: str
    labels: tuple[str, ...] = ()
    author: str | None = None
    voices: tuple[CodedVoice, ...] = ()
    evidence: tuple[CodedQuote, ...] = ()
    kind: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill_labels(cls, row: Any) -> Any:
        """Fill `labels` from `label` if a row has only that."""
        return {**row, "labels": row.get("labels") or [row.get("label")]} if isinstance(row, dict) else row

    @model_validator(mode="after")
    def _check_labels(self) -> Self:
        if self.label not in self.labels:
            raise ValueError("label must be one of labels")
        return self


@dataclass(frozen=True, slots=True)
class Dataset:
    """Cases of one file, with the hex SHA-256 of its bytes."""

    name: str
    sha256: str
    cases: tuple[LabeledArticle, ...]


def default_datasets() -> tuple[Path, ...]:
    """Return the shipped sets, sorted by name."""
    folder = Path(str(files("subtext.evals").joinpath("sets")))
    return tuple(sorted(folder.glob("*.jsonl")))


def load_datasets(
    paths: Sequence[Path], labels: Iterable[str], limit: int | None = None, log: FailureLog | None = None
) -> tuple[Dataset, ...]:
    """Load the sets of these files, at most `limit` rows in all.

    An invalid row is recorded in `log`. Without a log it raises `RequestInvalid` naming file, line and field, as does a
    file without any valid row.
    """
    check = _CaseCheck(frozenset(labels))
    sets: list[Dataset] = []
    remaining = limit
    for path in paths:
        rows: Rows[LabeledArticle] = Rows(path, LabeledArticle, remaining, check)
        cases = tuple(rows.read(log))
        remaining = None if remaining is None else remaining - rows.count
        sets.append(Dataset(path.name, file_digest(path), cases))
    return tuple(sets)


def read_rows(path: Path, kind: type[Row], limit: int | None = None, log: FailureLog | None = None) -> tuple[Row, ...]:
    """Read the rows of a JSONL file, at most `limit`; invalid rows are treated as in `load_datasets`."""
    return tuple(Rows(path, kind, limit).read(log))


class _CaseCheck:
    """Check of what one row cannot know: the labels of the axis, and unique ids over all files."""

    def __init__(self, labels: frozenset[str]) -> None:
        self._labels = labels
        self._ids: set[str] = set()

    def __call__(self, case: LabeledArticle) -> str | None:
        """Return what is wrong with the case, or None."""
        used_labels = {*case.labels, *(voice.label for voice in case.voices), case.author or case.label}
        if unknown := used_labels - self._labels:
            return f"{', '.join(sorted(unknown))} is not a label of this axis: use {', '.join(sorted(self._labels))}"
        if case.id in self._ids:
            return f"the id {case.id} is used twice: give each article its own id"
        self._ids.add(case.id)
        return None


@dataclass
class Rows(Generic[Row]):
    """Reader of one JSONL file; `count` is the number of rows read, at most `limit`."""

    path: Path
    kind: type[Row]
    limit: int | None = None
    check: Callable[[Row], str | None] = lambda _: None
    count: int = 0

    def read(self, log: FailureLog | None) -> Iterator[Row]:
        """Yield the valid rows; raises `RequestInvalid` if none is valid, or at the first invalid one without a log."""
        problems: list[tuple[str, str]] = []
        for number, line in islice(self._lines(), self.limit):
            self.count += 1
            location = f"{self.path.name}, line {number}"
            try:
                yield self._row(line)
            except _RowInvalid as error:
                problems.append((location, str(error)))
        if problems and (log is None or len(problems) == self.count):
            raise RequestInvalid(": ".join(problems[0]))
        if log is not None:
            for location, message in problems:
                log.add(location, ROW_INVALID, message)

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the lines that are not blank with their numbers; raises `RequestInvalid` if there are none."""
        lines = [(number, line) for number, line in enumerate(_read_bytes(self.path).split(b"\n"), 1) if line.strip()]
        if not lines:
            raise RequestInvalid(f"{self.path.name} holds no rows: give a JSONL file, one object per line")
        yield from lines

    def _row(self, line: bytes) -> Row:
        try:
            row = self.kind.model_validate_json(line.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise _RowInvalid("the row is not UTF-8: give a JSONL file, one object per line") from error
        except ValidationError as error:
            raise _RowInvalid(describe_first_field(error, "the row")) from error
        if problem := self.check(row):
            raise _RowInvalid(problem)
        return row


class _RowInvalid(ValueError):
    """A line is not a valid row."""


def file_digest(path: Path) -> str:
    """Return the hex SHA-256 of a file, which ties figures to their data."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RequestInvalid(f"{path} cannot be read: {describe_os_error(error)}") from error
