"""The runbook has an entry for every message that points to it, and for every warning and error of the log."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from subtext.engines.llm.failures import FAILURES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "service" / "subtext"
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
POINTER = "see the runbook"
LEVELS = {"warning", "error", "exception", "critical"}


def strings(path: Path) -> Iterator[str]:
    """The string literals of a module, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def logged_events() -> dict[str, str]:
    """The events that the package logs as warnings or errors, each with a module that does."""
    events = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _logs(node.func) and isinstance(node.args[0], ast.Constant):
                events[str(node.args[0].value)] = str(path.relative_to(PACKAGE))
    return events


def _logs(function: ast.expr) -> bool:
    """Return whether a function logs a warning or an error: a method of a module's `_log`, or `log_failure`."""
    if isinstance(function, ast.Attribute):
        return function.attr in LEVELS and isinstance(function.value, ast.Name) and function.value.id == "_log"
    return isinstance(function, ast.Name) and function.id == "log_failure"


EVENTS = logged_events()
POINTING = [outcome for outcome, rule in FAILURES.items() if POINTER in rule.detail]


@pytest.mark.parametrize("outcome", POINTING)
def test_an_outcome_that_points_to_the_runbook_has_its_heading(outcome: str) -> None:
    assert any(f"`{outcome}`" in heading for heading in HEADINGS)


def test_only_the_table_of_failures_points_to_the_runbook() -> None:
    """A message elsewhere that does so needs a rule here that ties it to a heading."""
    pointing = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any("runbook" in text for text in strings(path))
    }
    assert POINTING
    assert pointing == {"engines/llm/failures.py"}


@pytest.mark.parametrize("event", EVENTS)
def test_a_warning_of_the_log_is_explained(event: str) -> None:
    assert f"`{event}`" in RUNBOOK, (
        f"{EVENTS[event]} logs {event!r}: say in docs/runbook.md what it means and what to do"
    )
