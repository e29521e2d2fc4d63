"""Read the input of a batch: NDJSON, a CSV table as spreadsheets write it, or a folder of text and HTML files.

Every reader yields one JSON object per line, as `POST /v1/batches` accepts them; a folder also the files that are none.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from typing import TYPE_CHECKING

from subtext.cli.batch_folder import read_folder
from subtext.cli.inputs import decode_text, read_bytes
from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from subtext.cli.batch_folder import RejectedFile

_TABLES = {".csv", ".tsv"}
_COLUMNS = ("custom_id", "text", "html", "url", "title", "language", "target")
_SOURCES = {"text", "html", "url"}
_DELIMITERS = ",;\t|"
# The longest cell that is read; the service refuses longer texts by its own limit.
_CELL_MAX = 100_000_000
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_input(path: Path) -> Iterator[bytes | RejectedFile]:
    """Return the lines of a batch, and the files of a folder that cannot be read.

    Raises `RequestInvalid` or `InvalidText` if there is nothing to read.
    """
    if path.is_dir():
        return read_folder(path)
    if not path.is_file():
        raise RequestInvalid(f"{path} is neither a file nor a folder: give NDJSON, CSV or a folder")
    return _read_table(path) if path.suffix.lower() in _TABLES else _read_ndjson(path)


def find_rejected(path: Path) -> dict[str, RejectedFile]:
    """Return the files of a folder that cannot be read, by the ids of their items; none for a file of lines."""
    if not path.is_dir():
        return {}
    return {line.custom_id: line for line in read_folder(path) if not isinstance(line, bytes)}


def to_line(line: bytes | RejectedFile) -> bytes:
    """Return the line that stands for one of the input: that of a rejected file holds its id alone."""
    return line if isinstance(line, bytes) else line.to_line()


def _read_ndjson(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        first = file.readline().removeprefix(codecs.BOM_UTF8).strip()
    if first.startswith(_UTF16_MARKS):
        text = decode_text(str(path), read_bytes(str(path)))
        return iter([line.encode() for line in text.split("\n") if line.strip()])
    if first.startswith(b"["):
        raise RequestInvalid(
            f"{path} is one JSON list: give one object per line, as jq -c '.[]' {path.name} writes them"
        )
    return _stripped_lines(path)


def _stripped_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from (line.strip() for line in file if line.strip())


def _read_table(path: Path) -> Iterator[bytes]:
    text = decode_text(str(path), read_bytes(str(path)))
    delimiter = _find_delimiter(path, text.lstrip("\r\n").split("\n", 1)[0])
    csv.field_size_limit(_CELL_MAX)
    return _rows(path, csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True))


def _rows(path: Path, rows: csv.DictReader[str]) -> Iterator[bytes]:
    try:
        for number, row in enumerate(rows, start=1):
            cells = {(name or "").strip().lower(): cell for name, cell in row.items()}
            fields = {name: cells[name] for name in _COLUMNS if cells.get(name)}
            yield json.dumps({"custom_id": f"row-{number}", **fields}).encode()
    except csv.Error as error:
        raise RequestInvalid(f"{path} is no table that can be read (line {rows.line_num}: {error}): mend it") from error


def _find_delimiter(path: Path, header: str) -> str:
    """Return the delimiter that splits the header into known columns."""
    for delimiter in _DELIMITERS:
        names = {name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])}
        if _SOURCES & names:
            return delimiter
    raise RequestInvalid(
        f"{path} has no column `text`, `html` or `url`: name one so, in a first line that is divided by commas, "
        "semicolons, tabs or bars"
    )
