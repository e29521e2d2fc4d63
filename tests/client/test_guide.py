"""The Python of docs/clients.md, run as one program against the service."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def test_every_block_runs_and_prints_what_it_is_about(service_url: str, tmp_path: Path) -> None:
    program = tmp_path / "guide.py"
    program.write_text("\n".join(BLOCKS).replace("http://127.0.0.1:8000", service_url), encoding="utf-8")

    result = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    assert len(BLOCKS) >= 7
    for words in (
        "complete desperation",
        "reading_article None",
        "The Ledger",
        "0 complete",
        "axis_unknown no such axis",
    ):
        assert words in result.stdout, words
