"""`subtext serve` and what goes with it: the HTTP API, its description, and whether it lives."""

from __future__ import annotations

import logging
import signal
import socket
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subtext.cli.exit_codes import ExitCode
from subtext.cli.output import AsJson  # noqa: TC001 - typer reads the annotation
from subtext.cli.terminal import print_data, print_error, print_note
from subtext.errors import SettingsInvalid

if TYPE_CHECKING:
    import uvicorn

    from subtext.settings import Settings

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to

Host = Annotated[str | None, typer.Option(help="Address to serve on; only loopback without authentication.")]
Port = Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to serve on; 0 takes a free one.")]


def serve(host: Host = None, port: Port = None) -> None:
    """Serve the HTTP API until Ctrl-C or SIGTERM; requests in flight are answered first.

    Anything but loopback is refused unless SUBTEXT_AUTH=off says that this is meant.
    """
    from subtext.settings import load_settings, require_safe_bind

    given: dict[str, Any] = {"host": host, "port": port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    require_safe_bind(settings)
    _require_startup(settings)
    with bind(settings.host, settings.port) as listener:
        address = listener.getsockname()
        print_note(f"subtext serves on http://{_authority(*address[:2])} (docs at /docs); Ctrl-C stops it")
        # uvicorn raises the signal that stopped it once more when all is done; the stop was asked for and is a success.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        build_server(settings).run(sockets=[listener])
    print_note("subtext has stopped")


def openapi(as_json: AsJson = False) -> None:
    """Print the OpenAPI document of the HTTP API, which is JSON with or without --json."""
    import json

    from subtext.asgi import create_app

    del as_json
    print_data(json.dumps(create_app().openapi(), indent=2, ensure_ascii=False))


def healthcheck(port: Port = None, as_json: AsJson = False) -> None:
    """Ask the service on this machine whether it lives: exit code 0 or 1 (for a container's HEALTHCHECK)."""
    from subtext.cli.local_client import LocalService
    from subtext.settings import load_settings

    settings = load_settings()
    host = _EVERY_ADDRESS.get(settings.host, settings.host)
    service = LocalService(host, settings.port if port is None else port)
    is_healthy = service.is_healthy()
    if as_json:
        print_data('{"healthy": true}' if is_healthy else '{"healthy": false}')
    elif is_healthy:
        print("healthy")
    if is_healthy:
        return
    print_error(f"nothing healthy answers on {_authority(service.host, service.port)}: is the service running there?")
    raise typer.Exit(ExitCode.FAILURE)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises `SettingsInvalid` where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise SettingsInvalid(
            f"cannot serve on {_authority(host, port)}: {why}. Stop what runs there, or choose another --port"
        ) from error


def build_server(settings: Settings) -> uvicorn.Server:
    """The server of the service, not started yet."""
    import uvicorn

    from subtext.asgi import create_app
    from subtext.cli.server import DrainingServer
    from subtext.http.middleware.http_protocol import ProblemProtocol
    from subtext.http.state import get_app_state

    app = create_app(settings)
    config = uvicorn.Config(
        app,
        http=ProblemProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=settings.grace_s,
    )
    return DrainingServer(config, get_app_state(app), settings.drain_s)


def _require_startup(settings: Settings) -> None:
    """Open and close the whole once, so that what is wrong with it is one clear line and not a server's log."""
    import asyncio

    from subtext.asgi import create_app
    from subtext.bootstrap.lifespan import open_app_state

    async def start() -> None:
        async with open_app_state(settings, create_app(settings), start_workers=False):
            pass

    asyncio.run(start())


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
