"""docs/security.md names every attack once, and only tests and benchmarks that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = {int(row[1]): row[0] for row in re.finditer(r"^\| (\d+) \| .+\|$", DOCUMENT, re.MULTILINE)}


def test_every_attack_has_a_row_with_what_tries_it() -> None:
    assert list(ROWS) == list(range(1, 33))
    assert [number for number, row in ROWS.items() if not re.search(r"`(tests/|python -m benchmarks\.)", row)] == []


def test_what_tries_an_attack_exists() -> None:
    tests = re.findall(r"`(tests/[\w/.]+)`", DOCUMENT)
    modules = re.findall(r"`python -m (benchmarks\.\w+)`", DOCUMENT)
    assert len(tests) > 30
    assert [path for path in tests if not (ROOT / path).is_file()] == []
    assert [name for name in modules if not (ROOT / f"{name.replace('.', '/')}.py").is_file()] == []


def test_every_owasp_entry_has_a_row() -> None:
    for prefix in ("API", "LLM"):
        entries = re.findall(rf"^\| {prefix}(\d+) [^|]+\| [^|]+\|$", DOCUMENT, re.MULTILINE)
        assert [int(number) for number in entries] == list(range(1, 11))
