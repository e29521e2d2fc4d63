from __future__ import annotations

import json
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from subtext.cli.demo import sample_article
from tests.support.cli import PROGRAM
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult

_PARAGRAPHS = "</p><p>".join(sample_article().split("\n\n"))
PAGE = (
    "<!doctype html><html lang=en><head><title>Varga Steel</title></head>"
    f"<body><article><p>{_PARAGRAPHS}</p></article></body></html>"
)


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text(sample_article(), encoding="utf-8")
    return path


def test_a_person_gets_the_verdict(article: Path, subtext: Callable[..., CliResult]) -> None:
    ran = subtext("analyze", article)

    assert (ran.code, ran.err) == (0, "")
    assert "DESPERATION  confidence" in ran.out
    assert "target: Orvane (inferred)" in ran.out
    assert "engine local" in ran.out


def test_a_program_gets_the_whole_object(article: Path, subtext: Callable[..., CliResult]) -> None:
    ran = subtext("analyze", article, "--json", "--include", "text", "--target", "Orvane", "--engine", "local")

    answer = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert answer["framing"]["label"] == "desperation"
    assert answer["target"] == {"name": "Orvane", "aliases": [], "given_by": "caller", "mentions": 6}
    assert answer["document"]["text"] == sample_article()
    assert all(sample_article()[item["start"] : item["end"]] == item["quote"] for item in answer["evidence"])


def test_the_text_stays_out_unless_it_is_asked_for(article: Path, subtext: Callable[..., CliResult]) -> None:
    assert json.loads(subtext("analyze", article, "-f", "json").out)["document"]["text"] is None


def test_standard_input_is_an_input(program: Callable[..., CliResult]) -> None:
    ran = program("analyze", "-", "--json", "--title", "A title", stdin=sample_article().encode())

    assert ran.code == 0
    assert json.loads(ran.out)["document"]["title"] == "A title"


def test_a_page_is_extracted(tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    (tmp_path / "saved").write_text(PAGE, encoding="utf-8")

    answer = json.loads(subtext("analyze", tmp_path / "saved", "--json", "--include", "text").out)

    assert answer["document"]["source"]["kind"] == "html"
    assert "<p>" not in answer["document"]["text"]


@dataclass(frozen=True)
class Page:
    id: str
    args: tuple[str, ...]
    file: str | None


@pytest.mark.parametrize(
    "case",
    [
        Page("last", ("article.txt", "--html"), None),
        Page("before another option", ("--html", "--engine", "local", "article.txt"), None),
        Page("before the input", ("--html", "article.txt"), None),
        Page("dash", ("article.txt", "--html", "-"), None),
        Page("as a format", ("article.txt", "-f", "html"), None),
        Page("into a file", ("article.txt", "--html", "report.html"), "report.html"),
        Page("into a file, joined", ("--html=report", "article.txt"), "report"),
    ],
    ids=lambda case: case.id,
)
def test_a_page_is_written_where_it_is_wanted(
    case: Page, article: Path, tmp_path: Path, subtext: Callable[..., CliResult]
) -> None:
    ran = subtext("analyze", *case.args)

    page = ran.out if case.file is None else (tmp_path / case.file).read_text(encoding="utf-8")
    assert ran.code == 0
    assert page.startswith("<!doctype html>")
    assert "cap in hand" not in page
    assert "the last thing it has left to pawn" in page
    if case.file is not None:
        assert (ran.out, ran.err) == ("", f"the page is in {case.file}\n")


def test_an_answer_can_be_written_to_a_file_beside_what_people_read(
    article: Path, tmp_path: Path, subtext: Callable[..., CliResult]
) -> None:
    ran = subtext("analyze", article, "-o", tmp_path / "answer.json", "--engine", "local")

    assert (ran.code, ran.err) == (0, f"the analysis is in {tmp_path / 'answer.json'}\n")
    assert "DESPERATION" in ran.out
    assert json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))["framing"]["label"] == "desperation"
    assert subtext("analyze", article, article, "-o", tmp_path / "both.json").code == 2


def test_several_inputs_are_answered_in_turn(article: Path, subtext: Callable[..., CliResult]) -> None:
    ran = subtext("analyze", article, article, "-f", "ndjson")

    lines = ran.out.splitlines()
    assert (ran.code, len(lines)) == (0, 2)
    assert {json.loads(line)["framing"]["label"] for line in lines} == {"desperation"}


def test_what_fails_among_several_does_not_stop_the_rest(article: Path, subtext: Callable[..., CliResult]) -> None:
    ran = subtext("analyze", "missing.txt", article, "--json")

    assert ran.code == 3
    assert ran.err.startswith("subtext: missing.txt: there is no file missing.txt")
    assert json.loads(ran.out)["framing"]["label"] == "desperation"


@dataclass(frozen=True)
class Failing:
    id: str
    args: tuple[str, ...]
    code: int
    says: str


@pytest.mark.parametrize(
    "case",
    [
        Failing("no file", ("missing.txt",), 2, "there is no file missing.txt"),
        Failing("folder", (".",), 2, "is a folder"),
        Failing("not UTF-8", ("latin1.txt",), 5, "latin1.txt is not UTF-8"),
        Failing("empty", ("empty.txt",), 5, "the text is empty"),
        Failing("too long", ("long.txt",), 5, "characters"),
        Failing("forbidden address", ("http://127.0.0.1:9/",), 5, "no public host"),
        Failing("no web address", ("file:///etc/passwd",), 5, "http"),
        Failing("unknown axis", ("article.txt", "--axis", "good-evil"), 2, "desperation-domination"),
        Failing("engine that is not set up", ("article.txt", "--engine", "llm"), 2, "engine"),
        Failing("blank target", ("article.txt", "--target", " "), 2, "--target is blank"),
        Failing("two formats", ("article.txt", "--json", "--html"), 2, "contradict"),
        Failing("one page of two", ("article.txt", "article.txt", "--html"), 2, "one article"),
        Failing("one title for two", ("article.txt", "article.txt", "--title", "T"), 2, "one article"),
        Failing("page that cannot be written", ("article.txt", "--html", "no/such/a.html"), 2, "cannot be written"),
        Failing("page instead of input", ("--html", "article.html"), 2, "missing argument"),
    ],
    ids=lambda case: case.id,
)
def test_a_failure_is_one_line_and_an_exit_code(
    case: Failing, article: Path, tmp_path: Path, subtext: Callable[..., CliResult]
) -> None:
    (tmp_path / "latin1.txt").write_bytes("naïve words".encode("latin-1"))
    (tmp_path / "empty.txt").write_text(" \n", encoding="utf-8")
    (tmp_path / "long.txt").write_text("words " * 200_000, encoding="utf-8")

    ran = subtext("analyze", *case.args)

    assert (ran.code, ran.out) == (case.code, "")
    assert ran.err.startswith("subtext: ")
    assert ran.err.count("\n") == 1
    assert case.says in ran.err


@pytest.mark.parametrize(("least", "code"), [("0", 0), ("1", 6)])
def test_a_gate_can_be_set_for_the_confidence(
    least: str, code: int, article: Path, subtext: Callable[..., CliResult]
) -> None:
    ran = subtext("analyze", article, "--min-confidence", least)

    assert ran.code == code
    assert "DESPERATION" in ran.out


def test_an_answer_without_a_label_passes_no_gate(tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    (tmp_path / "short.txt").write_text("The committee met. It will meet again.", encoding="utf-8")

    ran = subtext("analyze", tmp_path / "short.txt", "--min-confidence", "0")

    assert (ran.code, "NO LABEL" in ran.out) == (6, True)


@pytest.mark.parametrize("verbose", [False, True])
def test_a_model_that_is_not_there_is_one_line_unless_more_is_asked_for(
    verbose: bool, article: Path, program: Callable[..., CliResult]
) -> None:
    model = {
        "SUBTEXT_LLM_BASE_URL": "http://127.0.0.1:9/v1",
        "SUBTEXT_LLM_MODEL": "m",
        "SUBTEXT_LLM_MAX_ATTEMPTS": "2",
        "SUBTEXT_FALLBACK": "never",
    }

    ran = program("analyze", article, *(["-v"] if verbose else []), **model)

    assert (ran.code, ran.out) == (4, "")
    assert ran.err.splitlines()[-1].startswith("subtext: the model's server cannot be reached")
    assert (ran.err.count("\n") > 1) == verbose


@pytest.mark.parametrize(("rule", "code"), [("never", 4), ("auto", 0)])
def test_another_engine_answers_only_where_it_may(
    rule: str, code: int, article: Path, program: Callable[..., CliResult]
) -> None:
    model = {"SUBTEXT_LLM_BASE_URL": "http://127.0.0.1:9/v1", "SUBTEXT_LLM_MODEL": "m", "SUBTEXT_LLM_MAX_ATTEMPTS": "1"}

    ran = program("analyze", article, "--fallback", rule, "--samples", "2", **model)

    assert ran.code == code


def test_ctrl_c_ends_it_cleanly() -> None:
    with subprocess.Popen(
        [*PROGRAM, "analyze", "slow", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        # The line about the first input says that it has started, and goes on to read the second.
        assert "there is no file slow" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=GIVE_UP_S)

    assert (running.returncode, out, err) == (130, "", "")
