"""What `subtext batch run` reads: NDJSON, CSV with a column `text` or `url`, or a folder of text and HTML files."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from subtext.domain.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HTML = {".html", ".htm", ".xhtml"}
_KINDS = {".txt", ".md", *_HTML}
_COLUMNS = ("custom_id", "text", "html", "url", "title", "language", "target")


def lines_of(given: Path) -> Iterator[bytes]:
    """The lines of a batch, one JSON object each; raises `RequestInvalid` where there is nothing to read."""
    if given.is_dir():
        return _folder(given)
    if not given.is_file():
        raise RequestInvalid(f"{given} is neither a file nor a folder: give NDJSON, CSV or a folder")
    return _table(given) if given.suffix.lower() == ".csv" else _ndjson(given)


def _ndjson(file: Path) -> Iterator[bytes]:
    with file.open("rb") as content:
        yield from (line.strip() for line in content if line.strip())


def _table(file: Path) -> Iterator[bytes]:
    with file.open(encoding="utf-8-sig", newline="") as content:
        rows = csv.DictReader(content)
        if not {"text", "html", "url"} & set(rows.fieldnames or ()):
            raise RequestInvalid(f"{file} has no column `text`, `html` or `url`: name one so")
        for number, row in enumerate(rows, start=1):
            found = {name: row[name] for name in _COLUMNS if row.get(name)}
            yield json.dumps({"custom_id": f"row-{number}", **found}).encode()


def _folder(folder: Path) -> Iterator[bytes]:
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in _KINDS and file.is_file())
    if not files:
        raise RequestInvalid(f"{folder} holds no .txt, .md or .html file")
    for number, file in enumerate(files, start=1):
        source = "html" if file.suffix.lower() in _HTML else "text"
        content = file.read_bytes().decode("utf-8-sig", errors="replace")
        yield json.dumps({"custom_id": f"file-{number}", source: content}).encode()
