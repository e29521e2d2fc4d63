from __future__ import annotations

import contextlib
import io
import json
import logging
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from subtext.logs import configure_logs, is_json

if TYPE_CHECKING:
    from subtext.logs import LogFormat

CANARY = "Zyzzyva71"


class Stream(io.StringIO):
    """Stream that says whether it is a terminal."""

    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


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


@pytest.mark.parametrize(
    ("style", "is_terminal", "expected"),
    [
        ("auto", True, False),
        ("auto", False, True),
        ("json", True, True),
        ("text", False, False),
        ("console", False, False),
    ],
)
def test_lines_are_text_on_a_terminal_unless_json_is_asked_for(
    style: LogFormat, is_terminal: bool, expected: bool
) -> None:
    stream = Stream(is_terminal)

    with contextlib.redirect_stderr(stream):
        configure_logs("info", style)
        structlog.get_logger("x").info("request", status=200)
        assert is_json(style) == expected

    assert stream.getvalue().startswith("{") == expected


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_what_a_library_logs_is_an_event_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("debug", "json")

    logging.getLogger("aiosqlite").debug("executing %s", CANARY)
    try:
        int(CANARY)
    except ValueError:
        logging.getLogger("asyncio").exception("Task failed: %s\n%s", CANARY, CANARY)

    (line,) = lines(capsys)
    assert line == line | {"event": "library", "logger": "asyncio", "level": "error", "error": "ValueError"}
    assert line["at"].startswith("test_logs:")
    assert line["stack"][0].endswith("test_what_a_library_logs_is_an_event_without_its_words")
    assert CANARY not in json.dumps(line)


def test_the_words_of_the_server_and_of_migrations_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")

    logging.getLogger("uvicorn.error").error("Application startup failed.\nTraceback: %s", CANARY)
    logging.getLogger("alembic.runtime.migration").warning("Running %s", "upgrade")

    assert [line["message"] for line in lines(capsys)] == ["Application startup failed.", "Running upgrade"]


def test_a_warning_of_python_is_an_event_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configure_logs("info", "json")
        warnings.warn(CANARY, DeprecationWarning, stacklevel=1)

    (line,) = lines(capsys)
    assert (line["logger"], line["error"], line["level"]) == ("py.warnings", "DeprecationWarning", "warning")
    assert "test_logs.py:" in line["at"]
    assert CANARY not in json.dumps(line)


def test_configuring_again_logs_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    configure_logs("info", "json")

    logging.getLogger("some.library").error("once")

    assert len(lines(capsys)) == 1


@pytest.mark.parametrize("end", ["raise ValueError(word)", "threading.Thread(target=int, args=(word,)).start()"])
def test_an_error_that_ends_a_process_or_a_thread_is_an_event(end: str) -> None:
    program = (
        "import threading\nfrom subtext.logs import configure_logs, log_uncaught_errors\n"
        f"configure_logs('info', 'json')\nlog_uncaught_errors()\nword = '{CANARY}'\n{end}\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    (line,) = map(json.loads, ran.stderr.splitlines())
    assert (line["event"] in {"process_failed", "thread_failed"}, line["error"]) == (True, "ValueError")
    assert CANARY not in ran.stderr


@pytest.mark.parametrize("style", ["json", "text"])
def test_an_error_that_is_logged_is_its_class_and_its_stack(
    style: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("info", style)
    try:
        int(CANARY)
    except ValueError:
        structlog.get_logger("x").exception("failed")

    err = capsys.readouterr().err
    assert "ValueError" in err
    assert "test_logs.py:" in err
    assert CANARY not in err
