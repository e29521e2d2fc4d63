"""Write an export of the history: CSV, JSONL or Parquet, a row at a time, so that memory stays bounded."""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

from subtext.cli.output import open_json_list
from subtext.cli.terminal import escape_json, write_all
from subtext.errors import RequestInvalid, SettingsInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from typing_extensions import Buffer

    from subtext.analysis.ports import StoredAnalysis
    from subtext.services.history_export import Cell

    Write = Callable[[StoredAnalysis], None]

# Rows of one row group of Parquet, and so the rows that are in memory at a time.
ROW_GROUP = 10_000


class ExportFormat(StrEnum):
    """Format of an export."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def choose_format(form: ExportFormat | None, output: Path | None) -> ExportFormat:
    """Return the format that was asked for, else that of the file's name, else JSONL.

    Raises `SettingsInvalid` if its extra is not installed, and `RequestInvalid` if a terminal would get binary data.
    """
    ending = "" if output is None else output.suffix.lower().removeprefix(".")
    chosen = form or (ExportFormat(ending) if ending in set(ExportFormat) else ExportFormat.JSONL)
    if chosen is ExportFormat.PARQUET:
        _require_pyarrow()
        _require_no_terminal(output)
    return chosen


@contextmanager
def open_writer(form: ExportFormat, stream: BinaryIO, *, row_group: int = ROW_GROUP) -> Iterator[Write]:
    """Yield what writes an analysis to the stream; a table has its header also if there is no analysis."""
    match form:
        case ExportFormat.JSONL:
            yield lambda stored: write_all(stream, escape_json(stored.document).encode() + b"\n")
        case ExportFormat.CSV:
            yield _write_csv(stream)
        case ExportFormat.PARQUET:
            with _open_table(stream, row_group) as table:
                yield table.write


@contextmanager
def open_list(stream: BinaryIO) -> Iterator[Write]:
    """Yield what writes an analysis to the stream as an element of one JSON list."""
    with open_json_list(stream) as write:
        yield lambda stored: write(stored.document)


def _require_no_terminal(output: Path | None) -> None:
    import sys

    if output is None and sys.stdout.isatty():
        raise RequestInvalid("parquet is binary, and standard output is a terminal: add --output FILE, or a pipe")


def _write_csv(stream: BinaryIO) -> Write:
    from subtext.services.history_export import COLUMNS, flat_row
    from subtext.web.exports import escape_csv

    def write_cells(cells: list[object]) -> None:
        line = io.StringIO()
        csv.writer(line).writerow(cells)
        write_all(stream, line.getvalue().encode())

    write_cells(list(COLUMNS))
    return lambda stored: write_cells([_to_csv_cell(value, escape_csv) for value in flat_row(stored).values()])


def _to_csv_cell(value: Cell, escape: Callable[[object], str]) -> object:
    """Leave numbers as they are, so that a negative score stays a number; escape what a spreadsheet would run."""
    return value if isinstance(value, int | float) else escape(value)


@contextmanager
def _open_table(stream: BinaryIO, row_group: int) -> Iterator[_ParquetTable]:
    """Open a table; one that ends with an error gets no footer, so that no reader takes a part for the whole."""
    sink = _Sink(stream)
    table = _ParquetTable(sink, row_group)
    try:
        yield table
        table.flush()
    except BaseException:
        sink.discard()
        raise
    finally:
        table.close()


class _ParquetTable:
    """Parquet table of `COLUMNS`, typed, written a row group at a time."""

    def __init__(self, sink: _Sink, row_group: int) -> None:
        arrow = _require_pyarrow()
        self._arrow, self._schema = arrow, _build_schema(arrow)
        self._writer = import_module("pyarrow.parquet").ParquetWriter(sink, self._schema)
        self._row_group, self._rows = row_group, list[dict[str, object]]()

    def write(self, stored: StoredAnalysis) -> None:
        """Add a row, and write the row group once it is full."""
        from subtext.services.history_export import COLUMNS, flat_row

        row = flat_row(stored)
        self._rows.append({name: _PARSERS.get(kind, _keep)(row[name]) for name, kind in COLUMNS.items()})
        if len(self._rows) == self._row_group:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait as a row group."""
        if self._rows:
            self._writer.write_batch(self._arrow.RecordBatch.from_pylist(self._rows, schema=self._schema))
            self._rows = []

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


class _Sink(io.RawIOBase):
    """Stream for pyarrow, which writes all of each piece, or none of what comes once it discards."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._discards = stream, False

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        piece = bytes(data)
        if not self._discards:
            write_all(self._stream, piece)
        return len(piece)

    def discard(self) -> None:
        """Drop what is written from now on."""
        self._discards = True


def _require_pyarrow() -> ModuleType:
    """Import the library for Parquet; raises `SettingsInvalid` if the extra is not installed."""
    try:
        return import_module("pyarrow")
    except ImportError as error:
        raise SettingsInvalid("parquet needs an extra: pip install 'subtext[parquet]'") from error


def _build_schema(arrow: ModuleType) -> Any:
    from subtext.services.history_export import COLUMNS

    types = {
        "text": arrow.string(),
        "moment": arrow.timestamp("ms", tz="UTC"),
        "day": arrow.date32(),
        "number": arrow.float64(),
        "count": arrow.int64(),
    }
    return arrow.schema([(name, types[kind]) for name, kind in COLUMNS.items()])


def _keep(value: Cell) -> object:
    return value


def _parse_moment(value: Cell) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value)).astimezone(UTC)


def _parse_day(value: Cell) -> date | None:
    """Return the day that a date or a moment names; None for anything else, as pages may claim what they like."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


_PARSERS: dict[str, Callable[[Cell], object]] = {"moment": _parse_moment, "day": _parse_day}
