"""The code of the documents runs, and prints what they show: shell and Python."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from subtext.domain.batch import ItemState
from subtext.domain.webhook import Event, build_payload
from tests.support.document_programs import (
    ANSWERS,
    LANGUAGES,
    find_difference,
    pair_answers,
    promised_lines,
    read_program,
    require_answer,
    require_lines,
    run_shell,
    select_blocks,
)
from tests.support.documents import DOCUMENTS, CodeBlock, name_page, read_blocks
from tests.support.repository import ROOT
from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.support.document_programs import Session

BLOCKS = [block for document in DOCUMENTS for block in read_blocks(document)]
# What a command needs that no test has, and how many blocks say so: a new one has to be added here.
NOT_RUN = {
    "it installs packages": 5,
    "it needs an address of its own for metrics": 1,
    "it names things that only its reader has": 5,
    "it needs a Kubernetes cluster": 2,
    "it needs a Slack workspace": 2,
    "it needs a container engine": 9,
    "it needs a database or Redis server": 2,
    "it needs a language model's server": 8,
    "it serves until it is stopped": 3,
    "it trains for hours": 1,
    "tests/cli runs it": 1,
    "tests/deploy and tests/telemetry run it": 1,
}


def pages(language: str) -> list[Path]:
    return [document for document in DOCUMENTS if select_blocks(document, language)]


@pytest.mark.parametrize("page", pages("sh"), ids=name_page)
def test_commands_run_and_print_what_is_shown(
    page: Path, session_for: Callable[[Path], AbstractContextManager[Session]]
) -> None:
    for program in ("bash", "curl", "jq"):
        require_or_skip(program, present=shutil.which(program) is not None, why=f"{program} is not installed")
    commands = select_blocks(page, "sh")
    with session_for(page) as session:
        printed = dict(zip((block.line for block in commands), run_shell(session, commands), strict=True))
    answers = pair_answers(page)
    for command, shown in answers:
        require_answer(shown, printed[command.line])
    shows_a_problem = {command.line for command, shown in answers if '"code"' in shown.code}
    assert [line for line, text in printed.items() if "/problems/" in text and line not in shows_a_problem] == []


@pytest.mark.parametrize("page", pages("python"), ids=name_page)
def test_python_runs_and_prints_what_its_comments_say(
    page: Path, session_for: Callable[[Path], AbstractContextManager[Session]]
) -> None:
    code = read_program(page, "python")
    with session_for(page) as session:
        program = session.folder / "page.py"
        program.write_text(session.localize(code), encoding="utf-8")
        printed = session.run(sys.executable, program)
    require_lines(promised_lines(code), printed, name_page(page))


def test_the_message_that_the_reference_shows_is_the_one_that_is_sent() -> None:
    (shown,) = read_blocks(ROOT / "docs" / "api.md", "json")
    moment = datetime(2026, 11, 25, 13, 36, 20, tzinfo=UTC)
    sent = build_payload(Event.BATCH_COMPLETED, "bat_1", {ItemState.DONE: 2, ItemState.FAILED: 0}, moment)
    require_answer(shown, sent)


def test_what_is_not_run_says_why() -> None:
    reasons = [block.reason for block in BLOCKS if block.language in LANGUAGES and block.reason]
    assert {reason: reasons.count(reason) for reason in reasons} == NOT_RUN


def test_code_has_a_language_that_is_run_or_only_shown() -> None:
    known = {*LANGUAGES, *ANSWERS, "yaml", "nginx", "ini"}
    assert [block.place for block in BLOCKS if block.language not in known] == []


@pytest.mark.parametrize(
    ("shown", "answer", "fault"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, None),
        ({"a": {"b": 1}}, {"a": {}}, "/a/b is not in the answer"),
        ([{"id": "e2"}], [{"id": "e1"}, {"id": "e2"}], None),
        ([3], [1, 2], " has no 3"),
        ("Orlan … Monday", "Orlan Freight went back on Monday", None),
        ("Orlan …", "The Orlan Freight", "/label is 'The Orlan Freight', not 'Orlan …'"),
        (-0.69, -0.6923, None),
        (-0.69, -0.7, "/label is -0.7, not -0.69"),
        (0.0, 0, None),
        (True, 1, "/label is 1, not True"),
        (None, "none", "/label is 'none', not None"),
        ({"a": 1}, [1], "/label is [1], not {'a': 1}"),
    ],
)
def test_a_shown_answer_is_a_part_of_the_real_one(shown: object, answer: object, fault: str | None) -> None:
    found = find_difference({"label": shown}, {"label": answer}, "")
    assert found == (fault if fault is None or fault.startswith("/label") else f"/label{fault}")


@pytest.mark.parametrize("line", ["desperation", "desperation … Freight"])
def test_a_line_that_is_not_printed_is_missed(line: str) -> None:
    require_lines(["domination …"], "domination Kestrel Freight\n", "docs/page.md")
    with pytest.raises(AssertionError, match="not printed"):
        require_lines([line], "domination Kestrel Freight\n", "docs/page.md")


def test_a_failing_command_fails_its_page(session_for: Callable[[Path], AbstractContextManager[Session]]) -> None:
    page = DOCUMENTS[0]
    blocks = [CodeBlock("page.md", 1, "sh", "false\n", None), CodeBlock("page.md", 5, "sh", "true\n", None)]
    with session_for(page) as session:
        assert run_shell(session, blocks[1:]) == [""]
        with pytest.raises(AssertionError):
            run_shell(session, blocks)
