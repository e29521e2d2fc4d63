"""Recorded readers' answers, replayed through the whole service (`benchmarks.eval_answers`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.requirements import SHARED_DATA, require_or_skip

ROOT = Path(__file__).resolve().parents[2]


def test_recorded_answers_arrive_whole() -> None:
    """The script asks the service as a process of its own, and fails if an aim is missed."""
    present = (SHARED_DATA / "answers" / "dev.jsonl").exists()
    require_or_skip("recorded answers", present=present, why="none beside the checkout")

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.eval_answers"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert "MISSED" not in done.stdout
    assert (done.returncode, done.stdout.count("labels changed: ")) == (0, 1), done.stderr
