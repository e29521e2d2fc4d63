"""Read the input of a batch: NDJSON, a CSV table as spreadsheets write it, or a folder of text and HTML files.

Every reader yields one JSON object per line, as `POST /v1/batches` accepts them.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from typing import TYPE_CHECKING

from subtext.cli.inputs import HTML_SUFFIXES, decode_text, read_bytes
from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TABLES = {".csv", ".tsv"}
_ARTICLES = {".txt", ".md", *HTML_SUFFIXES}
_COLUMNS = ("custom_id", "text", "html", "url", "title", "language", "target")
_SOURCES = {"text", "html", "url"}
_DELIMITERS = ",;\t|"
# The longest cell that is read; the service refuses longer texts by its own limit.
_CELL_MAX = 100_000_000
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ID_CHARS = re.compile(r"[^\x21-\x7e]+")
_ID_MAX = 64


def read_input(path: Path) -> Iterator[bytes]:
    """Return the lines of a batch; raises `RequestInvalid` or `InvalidText` if there is nothing to read."""
    if path.is_dir():
        return _read_folder(path)
    if not path.is_file():
        raise RequestInvalid(f"{path} is neither a file nor a folder: give NDJSON, CSV or a folder")
    return _read_table(path) if path.suffix.lower() in _TABLES else _read_ndjson(path)


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


def count_ignored(path: Path) -> int:
    """Count the files of a folder that are not read, because their names have other endings; 0 for a file."""
    others = (other for other in path.rglob("*") if other.suffix.lower() not in _ARTICLES and other.is_file())
    return sum(not other.name.startswith(".") for other in others)


def _read_folder(folder: Path) -> Iterator[bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _ARTICLES and path.is_file())
    if not paths:
        raise RequestInvalid(f"{folder} holds no .txt, .md or .html file")
    names: set[str] = set()
    for path in paths:
        source = "html" if path.suffix.lower() in HTML_SUFFIXES else "text"
        content = decode_text(str(path), read_bytes(str(path)))
        yield json.dumps({"custom_id": _name_item(path.relative_to(folder), names), source: content}).encode()


def _name_item(path: Path, used_ids: set[str]) -> str:
    """Build an item id from a file name, reduced to allowed characters; a number makes it unique."""
    whole = _ID_CHARS.sub("_", path.as_posix())
    name, number = whole[-_ID_MAX:], 1
    while name in used_ids:
        number += 1
        ending = f"~{number}"
        name = whole[-(_ID_MAX - len(ending)) :] + ending
    used_ids.add(name)
    return name
