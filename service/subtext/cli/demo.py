"""Implement `subtext demo`: one analysis over real HTTP, of a sample article with the embedded engine."""

from __future__ import annotations

import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from subtext.cli.output import AsJson
from subtext.cli.terminal import console, escape_json, print_data, print_note
from subtext.errors import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from subtext.cli.local_client import LocalService

_PROGRAM = "subtext"
_HOST = "127.0.0.1"
_START_TIMEOUT_S = 30.0
_POLL_S = 0.02


def demo(as_json: AsJson = False) -> None:
    """Show how it works: start the service, send it a sample article, print the analysis, stop the service.

    Uses a free port on loopback and the embedded engine: no key, no network.
    """
    from subtext.cli.text_report import print_analysis
    from subtext.schemas.analysis import AnalysisView

    article = sample_article()
    with running_service() as service:
        print_note(f"the service is running on http://{service.host}:{service.port}")
        print_note(f"POST /v1/analyses with a sample article ({len(article.split())} words), embedded engine")
        answer = service.post("/v1/analyses", {"text": article, "engine": "local"})
        print_note("")
        view = AnalysisView.model_validate_json(answer)
        if as_json:
            print_data(escape_json(view.model_dump_json(indent=2)))
        else:
            print_analysis(view, console())
    print_note("")
    program = find_program(sys.argv[0])
    print_note(f"the service has stopped. Next: {program} analyze FILE, or {program} serve")


def find_program(called: str) -> str:
    """Return what to type for this program: its path as it was called if the shell does not find it by name."""
    return called if Path(called).name == _PROGRAM and shutil.which(_PROGRAM) is None else _PROGRAM


def sample_article() -> str:
    """Read the sample article."""
    return files("subtext.cli").joinpath("samples", "demo.txt").read_text(encoding="utf-8")


@contextmanager
def running_service() -> Iterator[LocalService]:
    """Run the service on a free loopback port while the context is open."""
    from subtext.cli.local_client import LocalService
    from subtext.cli.serve import bind
    from subtext.cli.server import build_server
    from subtext.settings import load_settings

    settings = load_settings(host=_HOST, port=0, engine="local", log={"level": "warning", "format": "console"})
    server = build_server(settings)
    with bind(_HOST, 0) as listener, ThreadPoolExecutor(1, "demo service") as pool:
        service = LocalService(_HOST, listener.getsockname()[1])
        running = pool.submit(server.run, sockets=[listener])
        try:
            _wait_until_healthy(service, running)
            yield service
        finally:
            server.should_exit = True


def _wait_until_healthy(service: LocalService, running: Future[None]) -> None:
    """Wait until the service answers; raises what ended it if it does not come up."""
    ends_at = time.monotonic() + _START_TIMEOUT_S
    while not service.is_healthy():
        if running.done():
            running.result()
        if running.done() or time.monotonic() > ends_at:
            raise EngineUnavailable("the service did not start: subtext doctor shows what is wrong")
        time.sleep(_POLL_S)
