"""`subtext demo`: the whole way once, over real HTTP, on a sample article with the embedded engine."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING

from subtext.cli.output import AsJson  # noqa: TC001 - typer reads the annotation
from subtext.cli.terminal import console, emit, json_safe, note
from subtext.domain.errors import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.cli.loopback import Service

_HOST = "127.0.0.1"
_START_TIMEOUT_S = 30.0
_POLL_S = 0.02


def demo(as_json: AsJson = False) -> None:
    """See it work: start the service, send it a sample article, show the answer, stop the service.

    Uses a free port on loopback and the embedded engine: no key, no network.
    """
    from subtext.cli.readable import show
    from subtext.schemas.analysis import AnalysisView

    article = sample()
    with running_service() as service:
        note(f"the service is up on http://{service.host}:{service.port}")
        note(f"POST /v1/analyses with a sample article ({len(article.split())} words), embedded engine")
        answer = service.post("/v1/analyses", {"text": article, "engine": "local"})
        note("")
        view = AnalysisView.model_validate_json(answer)
        if as_json:
            emit(json_safe(view.model_dump_json(indent=2)))
        else:
            show(view, console())
    note("")
    note("the service has stopped. Next: subtext analyze FILE, or subtext serve")


def sample() -> str:
    """The article that the demonstration reads."""
    return files("subtext.cli").joinpath("samples", "demo.txt").read_text(encoding="utf-8")


@contextmanager
def running_service() -> Iterator[Service]:
    """The service on a free loopback port, healthy, until the context is left."""
    from subtext.cli.loopback import Service
    from subtext.cli.serve import listening, server_for
    from subtext.settings import load_settings

    settings = load_settings(host=_HOST, port=0, engine="local", log={"level": "warning", "format": "console"})
    server = server_for(settings)
    with listening(_HOST, 0) as listener:
        service = Service(_HOST, listener.getsockname()[1])
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="demo service")
        thread.start()
        try:
            _wait_until_healthy(service, thread)
            yield service
        finally:
            server.should_exit = True
            thread.join()


def _wait_until_healthy(service: Service, thread: threading.Thread) -> None:
    ends_at = time.monotonic() + _START_TIMEOUT_S
    while not service.is_healthy():
        if not thread.is_alive() or time.monotonic() > ends_at:
            raise EngineUnavailable("the service did not start: subtext doctor shows what is wrong")
        time.sleep(_POLL_S)
