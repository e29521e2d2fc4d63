from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from subtext.cli.demo import sample_article

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text(sample_article(), encoding="utf-8")
    return path


@pytest.fixture
def answer(article: Path, subtext: Callable[..., CliResult]) -> dict[str, Any]:
    """A real answer that holds its text."""
    found: dict[str, Any] = json.loads(subtext("analyze", article, "--json", "--include", "text").out)
    return found


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[object], Path]:
    """Stores an answer in a file."""

    def store(document: object) -> Path:
        path = tmp_path / "answer.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return store


def test_an_answer_holds_against_its_own_text(
    answer: dict[str, Any], stored: Callable[[object], Path], subtext: Callable[..., CliResult]
) -> None:
    ran = subtext("verify", stored(answer))

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"valid: {len(answer['evidence'])} quotes, ")


def test_an_answer_without_its_text_holds_against_the_file(
    answer: dict[str, Any], article: Path, stored: Callable[[object], Path], subtext: Callable[..., CliResult]
) -> None:
    answer["document"]["text"] = None
    path = stored(answer)

    without, ran = subtext("verify", path), subtext("verify", path, "--text", article, "--json")

    assert without.code == 2
    assert "there is no text to check against" in without.err
    assert (ran.code, json.loads(ran.out)["valid"]) == (0, True)


def test_an_answer_is_taken_from_standard_input(answer: dict[str, Any], program: Callable[..., CliResult]) -> None:
    assert program("verify", "-", stdin=json.dumps(answer).encode()).code == 0


def test_a_changed_quote_is_found(
    answer: dict[str, Any], stored: Callable[[object], Path], subtext: Callable[..., CliResult]
) -> None:
    answer["evidence"][0]["quote"] = "\x1b[31mwords that nobody wrote"

    ran = subtext("verify", stored(answer))

    assert ran.code == 1
    assert ran.out.startswith("not valid: ")
    assert "/evidence/0" in ran.out
    assert "\x1b" not in ran.out


def test_a_changed_verdict_is_found(
    answer: dict[str, Any], stored: Callable[[object], Path], subtext: Callable[..., CliResult]
) -> None:
    answer["framing"]["label"] = "domination"

    ran = subtext("verify", stored(answer), "--json")

    assert ran.code == 1
    assert "label_differs" in {failure["code"] for failure in json.loads(ran.out)["failures"]}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "id: required field: add it"),
        ([], "give an object"),
        ("words", "give an object"),
        ({"id": 1}, "id: must be text"),
    ],
    ids=str,
)
def test_what_is_no_answer_is_refused(
    document: object, says: str, stored: Callable[[object], Path], subtext: Callable[..., CliResult]
) -> None:
    file = stored(document)

    ran = subtext("verify", file)

    assert (ran.code, ran.out, ran.err) == (5, "", f"subtext: {file} is not an analysis of subtext: {says}\n")


def test_standard_input_cannot_be_both(subtext: Callable[..., CliResult]) -> None:
    ran = subtext("verify", "-", "--text", "-")

    assert (ran.code, "not both" in ran.err) == (2, True)
