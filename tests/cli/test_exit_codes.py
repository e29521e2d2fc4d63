from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from subtext import errors
from subtext.cli.exit_codes import DESCRIPTIONS, ExitCode, exit_code
from subtext.cli.help_text import format_exit_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.cli import CliResult


@dataclass(frozen=True)
class Ending:
    kind: type[errors.SubtextError]
    code: int


@pytest.mark.parametrize(
    "case",
    [
        Ending(errors.SettingsInvalid, 1),
        Ending(errors.PromptInvalid, 1),
        Ending(errors.RequestInvalid, 2),
        Ending(errors.AxisNotFound, 2),
        Ending(errors.EngineNotFound, 2),
        Ending(errors.FetchFailed, 4),
        Ending(errors.FetchTimedOut, 4),
        Ending(errors.EngineUnavailable, 4),
        Ending(errors.EngineBadOutput, 4),
        Ending(errors.InvalidText, 5),
        Ending(errors.TextTooLong, 5),
        Ending(errors.NotAnArticle, 5),
        Ending(errors.ForbiddenUrl, 5),
        Ending(errors.UnsupportedContent, 5),
        Ending(errors.EngineInputTooLong, 5),
        Ending(errors.UnsupportedAxis, 5),
    ],
    ids=lambda case: case.kind.__name__,
)
def test_each_failure_has_its_exit_code(case: Ending) -> None:
    assert exit_code(case.kind) == case.code


def _all(kind: type[errors.SubtextError]) -> Iterator[type[errors.SubtextError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _all(child)


@pytest.mark.parametrize("kind", [*_all(errors.SubtextError)], ids=lambda kind: kind.__name__)
def test_no_failure_looks_like_success(kind: type[errors.SubtextError]) -> None:
    assert exit_code(kind) in set(ExitCode) - {ExitCode.OK, ExitCode.INTERRUPTED, ExitCode.PIPE_CLOSED}


def test_help_has_every_exit_code(subtext: Callable[..., CliResult]) -> None:
    shown = subtext("--help").out

    assert set(DESCRIPTIONS) == set(ExitCode)
    for code, meaning in DESCRIPTIONS.items():
        assert f"{code.value:>3}  {meaning}" in shown
        assert f"{code.value:>3}  {meaning}" in format_exit_codes()
