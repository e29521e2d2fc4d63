from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.cli import CliResult


@pytest.mark.parametrize(("style", "is_json"), [("json", True), ("text", False), ("auto", False)])
def test_a_start_that_fails_is_an_event_if_json_is_asked_for(
    style: str, is_json: bool, subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUBTEXT_LOG_FORMAT", style)

    ran = subtext("serve", "--host", "0.0.0.0")

    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "SUBTEXT_AUTH=off" in ran.err
    if is_json:
        line = json.loads(ran.err)
        assert (line["event"], line["level"], line["code"]) == ("start_failed", "error", "settings_invalid")
    else:
        assert ran.err.startswith("subtext: refusing to serve")
