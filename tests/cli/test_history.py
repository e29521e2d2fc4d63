"""`subtext history export`: the stored analyses as a table and as documents, safe for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyarrow import parquet

from subtext.asgi import create_app
from subtext.settings import StoreSettings
from tests.support.api import ASK, client, settings
from tests.support.cli import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.cli import CliResult

    Subtext = Callable[..., CliResult]

FULL = Path("/dev/full")
TARGETS = ("Orlan Freight", "=cmd|' /C calc'!A0", "Ivo Brandt")


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Three stored analyses, newest first."""
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    monkeypatch.setenv("SUBTEXT_STORE_DATABASE_URL", url)
    with client(create_app(settings(store=StoreSettings(database_url=url)))) as service:
        views = [service.post("/v1/analyses", json={**ASK, "target": target}).json() for target in TARGETS]
    return views[::-1]


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_table_has_a_row_for_each_with_the_figures_of_the_analysis(
    stored: list[dict[str, Any]], tmp_path: Path, subtext: Subtext
) -> None:
    ran = subtext("history", "export", "-o", str(tmp_path / "out.csv"))

    assert (ran.code, ran.out, ran.err) == (0, "", f"3 analyses exported to {tmp_path / 'out.csv'}\n")
    rows = table((tmp_path / "out.csv").read_text(encoding="utf-8"))
    assert [row["id"] for row in rows] == [view["id"] for view in stored]
    framing = stored[0]["framing"]
    assert rows[0]["axis"] == framing["axis"]
    assert rows[0]["label"] == framing["label"]
    assert float(rows[0]["score"]) == framing["score"]
    assert float(rows[0]["author_score"]) == framing["by_voice"]["author"]["score"]
    assert int(rows[0]["quotes"]) == sum(item["role"] == "framing" for item in stored[0]["evidence"])


def test_a_spreadsheet_runs_nothing_of_it(stored: list[dict[str, Any]], subtext: Subtext) -> None:
    rows = table(subtext("history", "export", "--format", "csv").out)

    assert [row["target"] for row in rows] == ["Ivo Brandt", f"'{TARGETS[1]}", "Orlan Freight"]
    assert len(stored) == len(rows)


def test_lines_and_a_list_hold_the_whole_documents(stored: list[dict[str, Any]], subtext: Subtext) -> None:
    lines = [json.loads(line) for line in subtext("history", "export").out.splitlines()]
    listed = subtext("history", "export", "--json")

    assert (json.loads(listed.out), listed.err) == (lines, "")
    assert [view["id"] for view in lines] == [view["id"] for view in stored]
    assert lines[0]["framing"] == stored[0]["framing"]


@pytest.mark.parametrize("to_file", [True, False], ids=["by the name of the file", "through a pipe"])
def test_parquet_has_the_rows_of_the_lines(
    to_file: bool, stored: list[dict[str, Any]], tmp_path: Path, subtext: Subtext
) -> None:
    lines = [json.loads(line) for line in subtext("history", "export").out.splitlines()]
    out = tmp_path / "out.parquet"
    if to_file:
        assert subtext("history", "export", "-o", str(out)).code == 0
    else:
        with out.open("wb") as pipe:
            subprocess.run([*PROGRAM, "history", "export", "-f", "parquet"], stdout=pipe, check=True)

    rows = parquet.read_table(out).to_pylist()

    assert [row["id"] for row in rows] == [line["id"] for line in lines] == [view["id"] for view in stored]
    for row, line in zip(rows, lines, strict=True):
        assert row["created_at"] == datetime.fromisoformat(line["created_at"])
        assert row["target"] == line["target"]["name"]
        assert row["score"] == line["framing"]["score"]
        assert row["author_score"] == line["framing"]["by_voice"]["author"]["score"]
        assert row["quotes"] == sum(item["role"] == "framing" for item in line["evidence"])


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full on this system")
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_full_device_is_one_line(form: str, stored: list[dict[str, Any]], program: Subtext) -> None:
    ran = program("history", "export", "-o", str(FULL), "--format", form)

    assert (ran.code, ran.err) == (2, "subtext: /dev/full cannot be written: no space left on device\n")
    assert len(stored) == 3


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--target", "orlan freight"), 1),
        (("--label", "domination"), 0),
        (("--since", "2999-01-01"), 0),
        (("--until", "2999-01-01T00:00:00+02:00"), 3),
        (("--owner", "somebody"), 0),
    ],
    ids=str,
)
def test_options_narrow_it_down(
    options: tuple[str, str], count: int, stored: list[dict[str, Any]], subtext: Subtext
) -> None:
    assert len(json.loads(subtext("history", "export", "--json", *options).out)) == count <= len(stored)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--since", "yesterday"), "--since: 'yesterday' is no date"),
        (("--json", "--format", "csv"), "omit --output and --format"),
        (("-o", "none/out.csv"), "cannot be written"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_one_line(options: tuple[str, str], said: str, subtext: Subtext) -> None:
    ran = subtext("history", "export", *options)

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err
