from __future__ import annotations

import re
from pathlib import Path

import pytest

from subtext.client import errors, problem_errors
from subtext.client.errors import AccessDenied, InvalidRequest, ProblemReceived, ServiceFailed
from subtext.client.problem_errors import error_class

ROWS = re.findall(
    r"^\| `(\w+)` \| (\d+) \| ",
    (Path(__file__).resolve().parents[2] / "docs" / "errors.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def _leaves(kind: type[ProblemReceived]) -> set[str]:
    children = kind.__subclasses__()
    return {kind.__name__} if not children else {name for child in children for name in _leaves(child)}


def test_there_is_a_list_of_codes() -> None:
    assert len(ROWS) > 50


@pytest.mark.parametrize(("code", "status"), ROWS)
def test_every_code_has_a_class_of_its_name(code: str, status: str) -> None:
    kind = error_class(code, int(status))

    assert kind.__name__ == "".join(word.capitalize() for word in code.split("_"))
    assert kind.__module__ == problem_errors.__name__


def test_no_class_has_a_code_that_is_not_documented() -> None:
    names = {"".join(word.capitalize() for word in code.split("_")) for code, _ in ROWS}
    assert _leaves(ProblemReceived) == names


@pytest.mark.parametrize(
    ("status", "kind"), [(422, InvalidRequest), (403, AccessDenied), (500, ServiceFailed), (599, ServiceFailed)]
)
def test_a_code_of_a_later_release_becomes_the_class_of_its_status(status: int, kind: type[ProblemReceived]) -> None:
    assert error_class("brand_new", status) is kind


def test_the_drawing_has_every_class_of_the_module() -> None:
    drawn = set(re.findall(r"[─ ] ([A-Z]\w+) {2,}|^    (CallFailed)$", errors.__doc__ or "", re.MULTILINE))
    classes = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert {name for pair in drawn for name in pair if name} == classes
