"""Standard output and output files that cannot be written, pipes that close early, and options of every command."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.api import TEXT
from tests.support.cli import PROGRAM
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.cli import CliResult

    Subtext = Callable[..., CliResult]

FULL = Path("/dev/full")
needs_full_device = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full on this system")


@pytest.fixture
def article(tmp_path: Path) -> str:
    file = tmp_path / "article.txt"
    file.write_text(TEXT, encoding="utf-8")
    return str(file)


def run_into(stdout: int, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program with its standard output on a descriptor, which is closed."""
    command = [*PROGRAM, *args]
    with os.fdopen(stdout, "wb") as out:
        return subprocess.run(
            command,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=GIVE_UP_S,
            env={**os.environ, **environment},
        )


@needs_full_device
@pytest.mark.parametrize("args", ["--help", "version", "openapi", "config show --json"])
def test_a_full_device_is_one_line_and_a_failure(args: str) -> None:
    ran = run_into(os.open(FULL, os.O_WRONLY), *args.split())

    assert (ran.returncode, ran.stderr) == (1, "subtext: standard output cannot be written: no space left on device\n")


@pytest.mark.parametrize("args", ["--help", "analyze --help", "openapi", "version"])
def test_a_pipe_without_a_reader_ends_quietly(args: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    ran = run_into(writing, *args.split())

    assert (ran.returncode, ran.stderr) == (141, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_pipe_that_closes_in_the_middle_is_told_from_a_whole_document(unbuffered: str) -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [*PROGRAM, "openapi"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    os.close(writing)
    assert os.read(reading, 2) == b"{\n"
    os.close(reading)

    _, error = process.communicate(timeout=GIVE_UP_S)

    assert (process.returncode, error) == (141, b"")


@pytest.mark.parametrize(
    "command",
    ["analyze {article}", "eval --limit 1", "batch run {article} ", "eval export-feedback", "history export"],
    ids=str.strip,
)
@pytest.mark.parametrize("out", ["none/out.json", "."])
def test_an_output_file_is_tried_before_the_work(command: str, out: str, article: str, subtext: Subtext) -> None:
    ran = subtext(*command.format(article=article).split(), "-o", out)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"subtext: {out} cannot be written: name a file in an existing folder that you may write to\n"


@needs_full_device
def test_a_batch_on_a_full_device_ends_with_the_reason(tmp_path: Path, subtext: Subtext) -> None:
    lines = tmp_path / "in.jsonl"
    lines.write_text(json.dumps({"text": TEXT, "engine": "local"}), encoding="utf-8")

    ran = subtext("batch", "run", str(lines), "-o", str(FULL))

    assert (ran.code, ran.err) == (2, "subtext: /dev/full cannot be written: no space left on device\n")


@pytest.mark.parametrize("at", [0, 1, -1], ids=["before the command", "after it", "at the end"])
def test_quiet_leaves_data_and_drops_notes(at: int, article: str, tmp_path: Path, subtext: Subtext) -> None:
    args = ["analyze", article, "--engine", "local", "-o", str(tmp_path / "out.json"), "--json"]
    noted = subtext(*args)
    args.insert(at % (len(args) + 1), "-q")

    ran = subtext(*args)

    assert (noted.code, noted.err) == (0, f"the analysis is in {tmp_path / 'out.json'}\n")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["framing"]["label"] == json.loads(noted.out)["framing"]["label"]


def test_quiet_does_not_hide_an_error(subtext: Subtext) -> None:
    ran = subtext("analyze", "none.txt", "--quiet")

    assert ran.code == 2
    assert ran.err.startswith("subtext: there is no file none.txt")


def test_after_two_dashes_nothing_is_an_option(subtext: Subtext) -> None:
    assert subtext("analyze", "--", "-q").err.startswith("subtext: there is no file -q")
