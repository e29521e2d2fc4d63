from __future__ import annotations

import json
from typing import TYPE_CHECKING

import structlog

from subtext.logs import configure_logs

if TYPE_CHECKING:
    import pytest


def test_one_event_is_one_line_whatever_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")

    structlog.get_logger("x").info("request", path="/v1\r\n\x1b[31mforged\u2028{}", status=404)

    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    line = json.loads(err)
    assert (line["event"], line["level"], line["status"]) == ("request", "info", 404)
    assert line["ts"].endswith("Z")
    assert "\x1b" not in err


def test_less_than_the_level_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning", "json")

    structlog.get_logger("x").info("small")
    structlog.get_logger("x").warning("large")

    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["large"]


def test_people_may_read_lines_instead(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("debug", "console")

    structlog.get_logger("x").debug("request", status=200)

    err = capsys.readouterr().err
    assert "request" in err
    assert "status=200" in err
    assert not err.startswith("{")
