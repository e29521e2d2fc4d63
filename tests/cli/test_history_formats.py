"""Parquet of the history: typed columns, row groups as they come, and no whole file of a part."""

from __future__ import annotations

import errno
import gc
import io
import json
import os
import pty
import subprocess
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from subtext.cli.history_formats import ExportFormat, open_writer
from subtext.schemas.analysis import AnalysisView
from subtext.services.stored_analysis import to_stored_analysis
from tests.support.analyses import build_analysis
from tests.support.cli import PROGRAM
from tests.support.owners import MINE

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Buffer

    from subtext.analysis.ports import StoredAnalysis

TEXT_COLUMNS = [
    "id",
    "outlet",
    "title",
    "url",
    "target",
    "axis",
    "label",
    "author_label",
    "attributed_label",
    "divergence",
    "status",
    "engine",
    "model",
    "first_pole",
    "second_pole",
    "confidence_method",
    "label_source",
    "language",
    "sha256",
]
NUMBER_COLUMNS = ["score", "confidence", "author_score", "attributed_score", "intensity", "first_score", "second_score"]
SCHEMA = {
    **dict.fromkeys(TEXT_COLUMNS, pa.string()),
    **dict.fromkeys(NUMBER_COLUMNS, pa.float64()),
    "quotes": pa.int64(),
    "word_count": pa.int64(),
    "created_at": pa.timestamp("ms", tz="UTC"),
    "published_at": pa.date32(),
}
FORMULAS = ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1")
# The extra is not installed; the rest of the command is.
WITHOUT_PYARROW = (
    "import sys; sys.modules['pyarrow'] = None; from subtext.cli.main import run; sys.exit(run(sys.argv[1:]))"
)


def build_stored(published_at: str | None = "2026-03-02", **document: Any) -> StoredAnalysis:
    view = AnalysisView.of(build_analysis())
    about = view.document.model_copy(update={"published_at": published_at, **document})
    return to_stored_analysis(view.model_copy(update={"document": about}), MINE)


def read(content: bytes) -> Any:
    return parquet.ParquetFile(io.BytesIO(content))


def write_and_break_off(out: io.BytesIO) -> None:
    with open_writer(ExportFormat.PARQUET, out, row_group=1) as write:
        write(build_stored())
        raise TypeError


def test_a_table_has_the_columns_in_their_types_also_without_a_row() -> None:
    out = io.BytesIO()

    with open_writer(ExportFormat.PARQUET, out):
        pass

    table = read(out.getvalue()).read()
    assert table.num_rows == 0
    assert {field.name: field.type for field in table.schema} == SCHEMA


def test_a_row_has_what_the_document_has() -> None:
    stored, out = build_stored(), io.BytesIO()

    with open_writer(ExportFormat.PARQUET, out) as write:
        write(stored)

    (row,) = read(out.getvalue()).read().to_pylist()
    document = json.loads(stored.document)
    framing = document["framing"]
    assert row["created_at"] == datetime.fromisoformat(document["created_at"]).astimezone(UTC)
    assert row["published_at"] == date(2026, 3, 2)
    assert {row["first_pole"]: row["first_score"], row["second_pole"]: row["second_score"]} == framing["scores"]
    assert (row["first_pole"], row["second_pole"]) == ("desperation", "domination")
    assert (row["intensity"], row["score"], row["label"]) == (framing["intensity"], framing["score"], framing["label"])
    assert {"value": row["confidence"], "method": row["confidence_method"]}.items() <= framing["confidence"].items()
    assert row["language"] == document["document"]["language"]["code"]
    assert row["word_count"] == document["document"]["word_count"]


@pytest.mark.parametrize(
    ("published_at", "day"),
    [("2026-03-02T23:30:00+02:00", date(2026, 3, 2)), ("soon", None), (None, None)],
)
def test_a_day_is_what_the_page_claims_if_it_is_one(published_at: str | None, day: date | None) -> None:
    out = io.BytesIO()

    with open_writer(ExportFormat.PARQUET, out) as write:
        write(build_stored(published_at))

    assert read(out.getvalue()).read()["published_at"].to_pylist() == [day]


def test_a_row_group_is_written_once_it_is_full() -> None:
    out, sizes = io.BytesIO(), []

    with open_writer(ExportFormat.PARQUET, out, row_group=2) as write:
        for _ in range(5):
            write(build_stored())
            sizes.append(len(out.getvalue()))

    metadata = read(out.getvalue()).metadata
    assert [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)] == [2, 2, 1]
    assert sizes[0] < sizes[1] == sizes[2] < sizes[3] == sizes[4] < len(out.getvalue())


def test_a_table_that_breaks_off_is_no_table() -> None:
    out = io.BytesIO()

    with pytest.raises(TypeError):
        write_and_break_off(out)

    assert len(out.getvalue()) > 100
    with pytest.raises(pa.ArrowInvalid):
        read(out.getvalue())


class FullDevice(io.BytesIO):
    """Device with room for so many bytes."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room

    def write(self, data: Buffer, /) -> int:
        if self.tell() + len(bytes(data)) > self._room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


def write_one(out: io.BytesIO) -> None:
    with open_writer(ExportFormat.PARQUET, out) as write:
        write(build_stored())
    gc.collect()  # pyarrow closes a writer once more when it is collected


def test_a_device_that_gets_full_is_told_once_wherever_that_is() -> None:
    out = io.BytesIO()
    write_one(out)
    size = len(out.getvalue())

    for room in (0, 4, size // 3, size - 8, size - 1):
        device = FullDevice(room)
        with pytest.raises(OSError, match="No space left"):
            write_one(device)
        gc.collect()
        with pytest.raises(pa.ArrowInvalid):
            read(device.getvalue())


def test_words_that_a_spreadsheet_would_run_stay_words_in_parquet_and_are_quoted_in_csv() -> None:
    table, lines = io.BytesIO(), io.BytesIO()
    with open_writer(ExportFormat.PARQUET, table) as write, open_writer(ExportFormat.CSV, lines) as write_line:
        for words in FORMULAS:
            write(build_stored(title=words))
            write_line(build_stored(title=words))

    assert read(table.getvalue()).read()["title"].to_pylist() == list(FORMULAS)
    assert all(f",'{words}," in lines.getvalue().decode() for words in FORMULAS)


def test_without_the_extra_it_says_how_to_install_it_before_it_writes(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"

    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYARROW, "history", "export", "-o", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "subtext: parquet needs an extra: pip install 'subtext[parquet]'\n"
    assert not out.exists()


def test_a_terminal_gets_no_binary_data() -> None:
    terminal, its_output = pty.openpty()
    with os.fdopen(terminal, "rb"), os.fdopen(its_output, "wb") as out:
        ran = subprocess.run(
            [*PROGRAM, "history", "export", "--format", "parquet"],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert ran.returncode == 2
    assert ran.stderr == "subtext: parquet is binary, and standard output is a terminal: add --output FILE, or a pipe\n"
