from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from tests.support.cli import PROGRAM
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.cli import CliResult


@dataclass(frozen=True)
class Serving:
    """A service that runs as a process of its own."""

    process: subprocess.Popen[str]
    port: int

    def get(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=GIVE_UP_S)
        connection.request("GET", path)
        response = connection.getresponse()
        status, body = response.status, response.read()
        connection.close()
        return status, body

    def stopped_by(self, number: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=GIVE_UP_S)
        return self.process.returncode, err


@contextmanager
def serving(*args: str) -> Iterator[Serving]:
    with subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0", *args], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:(\d+) ", line)
            assert found is not None, line + process.stderr.read()
            yield Serving(process, int(found[1]))
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_it_serves_until_it_is_told_to_stop(number: signal.Signals, subtext: Callable[..., CliResult]) -> None:
    with serving() as service:
        status, body = service.get("/healthz")
        healthy = subtext("healthcheck", "--port", service.port)
        code, err = service.stopped_by(number)

    assert (status, json.loads(body)) == (200, {"status": "ok"})
    assert (healthy.code, healthy.out) == (0, "healthy\n")
    assert code == 0
    assert "subtext has stopped" in err
    assert "Traceback" not in err


# Runs the command line, and sends itself a signal as a module is about to be imported for the first time.
_SIGNALLED = """
import os, sys
module, number, *sys.argv[1:] = sys.argv[1:]
class Signaller:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), int(number))
sys.meta_path.insert(0, Signaller())
from subtext.cli.main import main
main()
"""


@pytest.mark.parametrize("module", ["subtext.settings", "subtext.asgi", "uvloop"])
def test_a_start_that_is_told_to_stop_ends(module: str) -> None:
    command = [sys.executable, "-c", _SIGNALLED, module, str(int(signal.SIGTERM)), "serve", "--port", "0"]

    ran = subprocess.run(command, capture_output=True, text=True, timeout=GIVE_UP_S, check=False)

    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_variable_that_no_setting_reads_is_named_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBTEXT_LLM_MODLE", "canary")
    monkeypatch.setenv("SUBTEXT_LOG_FORMAT", "json")
    with subprocess.Popen([*PROGRAM, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        warning, start = json.loads(process.stderr.readline()), process.stderr.readline()
        process.kill()

    assert (warning["event"], warning["name"], warning["level"]) == ("setting_unknown", "SUBTEXT_LLM_MODLE", "warning")
    assert "serves on" in start


def test_a_request_in_flight_is_answered_before_the_end() -> None:
    body = json.dumps({"text": "The committee met on Tuesday. It will meet again. " * 20, "engine": "local"}).encode()
    with serving() as service, socket.create_connection(("127.0.0.1", service.port), timeout=GIVE_UP_S) as client:
        head = (
            "POST /v1/analyses HTTP/1.1",
            "Host: 127.0.0.1",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        client.sendall("\r\n".join((*head, "", "")).encode() + body[:10])
        # Another answer says that the service has seen the first request's head by now.
        assert service.get("/healthz")[0] == 200
        service.process.send_signal(signal.SIGTERM)
        client.sendall(body[10:])
        answer = client.makefile("rb").readline()
        service.process.communicate(timeout=GIVE_UP_S)

    assert answer == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_serving_to_everybody_must_be_meant(host: str, subtext: Callable[..., CliResult]) -> None:
    ran = subtext("serve", "--host", host)

    assert (ran.code, ran.out) == (1, "")
    assert f"refusing to serve on {host} without authentication" in ran.err
    assert "SUBTEXT_AUTH=off" in ran.err
    assert ran.err.count("\n") == 1


def test_a_port_that_is_taken_is_said_to_be(subtext: Callable[..., CliResult]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        ran = subtext("serve", "--port", port)

    assert (ran.code, ran.out) == (1, "")
    assert f"cannot serve on 127.0.0.1:{port}: address already in use. Stop what uses it" in ran.err


def test_prompts_that_are_broken_are_one_line(
    subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUBTEXT_PROMPTS_DIR", "/no/such/folder")

    ran = subtext("serve", "--port", "0")

    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "/no/such/folder" in ran.err


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("SUBTEXT_STORE_DATABASE_URL", "mysql://host/db", "must be SQLite or PostgreSQL: give sqlite:///file or"),
        ("SUBTEXT_STORE_DATABASE_URL", "nonsense", "cannot be read: give sqlite:///file or postgresql://"),
        ("SUBTEXT_FETCH_PRIVATE_HOSTS", "10.0.0.1/8", "'10.0.0.1/8' is no host, host:port or network such as"),
        ("SUBTEXT_AXIS", "nope", "no such axis: ask for one of desperation-domination@1"),
        ("SUBTEXT_CALIBRATION_FILE", "none.json", "none.json cannot be read: no such file or directory"),
        ("SUBTEXT_METRICS_ADDRESS", "nonsense", "must be host:port, such as 127.0.0.1:9464"),
    ],
)
def test_a_setting_that_prevents_the_start_is_named_with_the_value_that_is_wanted(
    name: str, value: str, wanted: str, monkeypatch: pytest.MonkeyPatch, subtext: Callable[..., CliResult]
) -> None:
    monkeypatch.setenv(name, value)

    ran = subtext("serve", "--port", "0")

    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert ran.err.startswith(f"subtext: {name}: {wanted}")


def test_nothing_there_is_not_healthy(subtext: Callable[..., CliResult]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]

    ran = subtext("healthcheck", "--port", port)

    assert (ran.code, ran.out) == (1, "")
    assert f"no healthy service on 127.0.0.1:{port}" in ran.err


def test_the_openapi_document_is_printed(subtext: Callable[..., CliResult]) -> None:
    ran = subtext("openapi")

    assert (ran.code, ran.err) == (0, "")
    assert "analyzeArticle" in {
        operation["operationId"] for path in json.loads(ran.out)["paths"].values() for operation in path.values()
    }
