"""`subtext batch run`: what goes in, what comes out, and that it goes on where it was stopped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.api import TEXT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult

GOOD = {"text": TEXT, "engine": "local"}


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def ndjson(file: Path, *items: object) -> Path:
    file.write_text("\n".join(json.dumps(item) for item in items), encoding="utf-8")
    return file


def test_lines_are_answered_in_order_and_a_bad_one_fails_alone(
    tmp_path: Path, subtext: Callable[..., CliResult]
) -> None:
    given = ndjson(tmp_path / "in.jsonl", {"custom_id": "a", **GOOD}, {"custom_id": "b"}, {"custom_id": "c", **GOOD})
    ran = subtext("batch", "run", str(given), "-o", str(tmp_path / "out.jsonl"))
    assert ran.code == 3
    found = lines(tmp_path / "out.jsonl")
    assert [(line["custom_id"], line["state"]) for line in found] == [("a", "done"), ("b", "failed"), ("c", "done")]


def test_it_goes_on_after_the_last_whole_line(tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    given, out = ndjson(tmp_path / "in.jsonl", *({"custom_id": str(at), **GOOD} for at in range(3))), tmp_path / "out"
    assert subtext("batch", "run", str(given), "-o", str(out)).code == 0
    whole = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(whole[0] + whole[1][:40])
    assert subtext("batch", "run", str(given), "-o", str(out)).code == 0
    assert [line["custom_id"] for line in lines(out)] == ["0", "1", "2"]
    assert out.read_bytes().startswith(whole[0])


def test_a_table_and_a_folder_are_read_as_well(tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    table, folder, out = tmp_path / "in.csv", tmp_path / "articles", tmp_path / "out"
    table.write_text(f'custom_id,text\nfirst,"{TEXT}"\n', encoding="utf-8")
    assert subtext("batch", "run", str(table), "-o", str(out), "--engine", "local").code == 0
    assert lines(out)[0]["custom_id"] == "first"
    folder.mkdir()
    (folder / "one.txt").write_text(TEXT, encoding="utf-8")
    ran = subtext("batch", "run", str(folder), "-o", f"{out}2", "--engine", "local")
    assert (ran.code, ran.out, ran.err) == (0, "", f"the results are in {out}2\n")


def test_what_cannot_be_read_is_said(tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    (tmp_path / "in.csv").write_text("body\nx\n", encoding="utf-8")
    for given in ("in.csv", "none.jsonl"):
        ran = subtext("batch", "run", str(tmp_path / given), "-o", str(tmp_path / "out"))
        assert ran.code == 2
        assert given in ran.err


def test_an_engine_that_is_none_is_refused(tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    given = ndjson(tmp_path / "in.jsonl", GOOD)

    ran = subtext("batch", "run", str(given), "-o", str(tmp_path / "out"), "--engine", "oracle")

    assert (ran.code, ran.out) == (2, "")
    assert "'auto', 'llm', 'local'" in ran.err


def test_a_worker_without_batches_says_what_to_set(subtext: Callable[..., CliResult]) -> None:
    ran = subtext("worker")
    assert ran.code == 1
    assert "SUBTEXT_BATCHES_ENABLED" in ran.err
