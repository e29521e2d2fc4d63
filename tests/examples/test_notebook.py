"""The notebook of examples/ runs from its first cell to its last, and has the articles and the picture in it.

`make notebook` writes it anew with its outputs, and the picture of docs/notebook.md.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.patience import GIVE_UP_S

pytest.importorskip("onnxruntime", reason="the extra `encoder` is not installed: words alone draw another picture")

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "examples" / "outlets-over-time.ipynb"
PICTURE = ROOT / "docs" / "images" / "outlets-over-time.png"
PAGES = sorted((ROOT / "examples" / "outlets").glob("*.html"))
# What the notebook knows at its end, as a test reads it.
PROBE = """\
import json
print(json.dumps({
    "rows": json.loads(articles.to_json(orient="records", date_format="iso")),
    "drawn": len(drawn),
    "points": sum(len(line.get_xdata()) for line in axis.get_lines()[1:1 + len(outlets)]),
    "poles": [axis.get_yticklabels()[0].get_text(), axis.get_yticklabels()[-1].get_text()],
    "exit_code": exit_code,
}))
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook, run in a kernel of its own without any setting from outside, with one cell more at its end."""
    folder = tmp_path_factory.mktemp("jupyter")
    names = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR")
    known = {name: value for name, value in os.environ.items() if not name.startswith("SUBTEXT_")}
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PROBE))
    client = NotebookClient(
        notebook,
        timeout=int(GIVE_UP_S),
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(NOTEBOOK.parent)}},
    )
    client.execute(env=known | {name: str(folder) for name in names})
    return notebook


def read_probe(notebook: Any) -> Any:
    (output,) = notebook.cells[-1].outputs
    return json.loads(output.text)


def pictures(notebook: Any) -> list[bytes]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [base64.b64decode(output.data["image/png"]) for output in outputs if "image/png" in output.get("data", {})]


def test_every_page_is_a_row_with_its_outlet_and_its_day(executed: Any) -> None:
    probe = read_probe(executed)

    rows = {(row["published_at"][:10], row["outlet"]) for row in probe["rows"]}
    days = {page.name[:10] for page in PAGES}
    assert len(PAGES) == len(probe["rows"]) == len(rows) == 18
    assert rows == {(day, name) for day in days for name in {row["outlet"] for row in probe["rows"]}}
    assert {row["target"] for row in probe["rows"]} == {"Calder Line"}
    assert probe["exit_code"] == 0


def test_it_draws_every_row_between_the_poles_of_the_axis(executed: Any) -> None:
    probe = read_probe(executed)

    assert probe["drawn"] == probe["points"] == len(PAGES)
    assert probe["poles"] == ["desperation −1", "domination +1"]
    assert {row["label"] for row in probe["rows"]} >= {"desperation", "domination", "neither"}
    (picture,) = pictures(executed)
    assert picture.startswith(b"\x89PNG")


def test_it_is_committed_as_it_ran_and_names_no_machine(executed: Any) -> None:
    if os.environ.get("SUBTEXT_UPDATE_SNAPSHOTS"):
        written = nbformat.from_dict({**executed, "cells": executed.cells[:-1]})
        nbformat.write(written, NOTEBOOK)
        PICTURE.write_bytes(*pictures(executed))
    committed = nbformat.read(NOTEBOOK, as_version=4)

    counts = [cell.execution_count for cell in committed.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert pictures(committed) == [PICTURE.read_bytes()]
    assert not any(folder in NOTEBOOK.read_text(encoding="utf-8") for folder in (str(ROOT), "/tmp/", "/home/"))  # noqa: S108 - looked for, not used
    assert NOTEBOOK.stat().st_size < 150_000
