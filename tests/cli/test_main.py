from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from subtext.cli.main import app
from tests.support.cli import PROGRAM
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.cli import CliResult

SLOW = {
    "aiohttp",
    "fastapi",
    "httpx2",
    "jinja2",
    "lxml",
    "openai",
    "orjson",
    "pydantic",
    "rich",
    "trafilatura",
    "uvicorn",
    "yaml",
}


def _commands() -> Iterator[tuple[str, ...]]:
    for command in app.registered_commands:
        yield (command.name or str(command.callback.__name__),) if command.callback else ()
    for group in app.registered_groups:
        assert group.typer_instance is not None
        name = str(group.typer_instance.info.name)
        for command in group.typer_instance.registered_commands:
            assert command.callback is not None
            yield name, command.name or command.callback.__name__


@pytest.mark.parametrize("command", [(), *_commands()], ids=" ".join)
def test_help_of_every_command_has_an_example(command: tuple[str, ...], subtext: Callable[..., CliResult]) -> None:
    ran = subtext(*command, "--help")

    assert (ran.code, ran.err) == (0, "")
    assert f"Usage: subtext {' '.join(command)}".rstrip() in ran.out
    assert command == ("version",) or "Examples:\n\n    " in ran.out


def test_without_arguments_it_shows_its_help(subtext: Callable[..., CliResult]) -> None:
    assert subtext() == subtext("--help")


def test_help_imports_nothing_that_starts_slowly() -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", *PROGRAM[1:], "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=GIVE_UP_S,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines()}

    assert "typer" in imported
    assert imported.isdisjoint(SLOW)


@pytest.mark.parametrize("args", [("--version",), ("version",)])
def test_the_version_is_told(args: tuple[str, ...], subtext: Callable[..., CliResult]) -> None:
    assert subtext(*args).out.startswith("subtext 0.")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("analyse", "no such command 'analyse'. Did you mean 'analyze'? See subtext --help"),
        ("analyze", "missing argument 'URL|FILE|-'. See subtext analyze --help"),
        (
            "analyze - --engine oracle",
            "invalid value for '--engine': 'oracle' is not one of 'auto', 'llm', 'local'. See subtext analyze --help",
        ),
        (
            "serve --port 70000",
            "invalid value for '--port': must be less than or equal to 65535. See subtext serve --help",
        ),
        ("config", "missing command: show. See subtext config --help"),
        ("batch", "missing command: run, status, results, cancel. See subtext batch --help"),
        ("--x", "no such option: --x. See subtext --help"),
    ],
)
def test_wrong_usage_is_one_line_with_the_help_of_its_command(
    args: str, said: str, subtext: Callable[..., CliResult]
) -> None:
    ran = subtext(*args.split())

    assert (ran.code, ran.out, ran.err) == (2, "", f"subtext: {said}\n")


def test_what_was_typed_cannot_steer_the_terminal(subtext: Callable[..., CliResult]) -> None:
    ran = subtext("analyze", "/no/such\x1b[31m/file\nsubtext: fine")

    assert "\x1b" not in ran.err
    assert ran.err.count("\n") == 1


def test_a_failure_that_is_foreseen_has_no_traceback(program: Callable[..., CliResult]) -> None:
    ran = program("config", "show", SUBTEXT_PORT="many")

    assert ran.code == 1
    assert ran.err.startswith("subtext: SUBTEXT_PORT: ")
    assert "Traceback" not in ran.err


def test_a_reader_that_goes_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as closed:  # noqa: PTH123 - a descriptor, not a path
        ran = subprocess.run(
            [*PROGRAM, "config", "show"],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=GIVE_UP_S,
        )

    assert (ran.returncode, ran.stderr) == (141, "")
