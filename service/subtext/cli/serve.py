"""Implement `subtext serve`, `openapi` and `healthcheck`."""

from __future__ import annotations

import gc
import signal
import socket
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subtext.cli.exit_codes import ExitCode
from subtext.cli.output import AsJson
from subtext.cli.terminal import print_data, print_error, print_note
from subtext.errors import SettingsInvalid, describe_os_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.settings import Settings

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to

Host = Annotated[str | None, typer.Option(help="Address to listen on; without authentication only loopback.")]
Port = Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to listen on; 0: any free one.")]
ServicePort = Annotated[
    int | None, typer.Option("--port", min=1, max=65_535, help="Port of the service; SUBTEXT_PORT if omitted.")
]
Workers = Annotated[int | None, typer.Option(min=1, max=64, help="Processes that answer on the port, for more cores.")]

Worker = Annotated[bool, typer.Option("--worker", help="Check `subtext worker` on this machine, not the service.")]


def serve(host: Host = None, port: Port = None, workers: Workers = None) -> None:
    """Serve the HTTP API until Ctrl-C or SIGTERM; requests in flight are finished first.

    Refuses any address but loopback without authentication, unless SUBTEXT_AUTH=off is set.
    """
    signal.signal(signal.SIGTERM, _exit)
    # The lifespan enables it: all that the imports make stays, and to look through it again and again takes a sixth of
    # the start.
    gc.disable()
    from subtext.cli.startup import logged_process
    from subtext.settings import load_settings

    options: dict[str, Any] = {"host": host, "port": port, "workers": workers}
    settings = load_settings(**{name: value for name, value in options.items() if value is not None})
    with logged_process(settings.log):
        _serve(settings)


def _serve(settings: Settings) -> None:
    from subtext.logs import announce, is_json
    from subtext.settings import require_safe_bind, require_shared_state

    require_safe_bind(settings)
    require_shared_state(settings)
    tell = announce if is_json(settings.log.format) else print_note
    with bind(settings.host, settings.port) as listener:
        address = _authority(*listener.getsockname()[:2])
        tell_start = partial(tell, f"subtext serves on http://{address} (docs at /docs); Ctrl-C stops it")
        if settings.workers > 1:
            _supervise(settings, listener, tell_start)
        else:
            # Once the address is taken: it imports the whole service.
            from subtext.cli.server import run_server

            run_server(settings, listener, tell_start)
    tell("subtext has stopped")


def _supervise(settings: Settings, listener: socket.socket, on_start: Callable[[], None]) -> None:
    from subtext.cli.supervisor import Supervisor

    _require_startup(settings)
    gc.enable()
    on_start()
    Supervisor(settings, listener).run()


def openapi(as_json: AsJson = False) -> None:
    """Print the OpenAPI document of the HTTP API; it is JSON with or without --json."""
    import json

    from subtext.asgi import create_app

    del as_json
    print_data(json.dumps(create_app().openapi(), indent=2, ensure_ascii=False))


def healthcheck(port: ServicePort = None, worker: Worker = False, as_json: AsJson = False) -> None:
    """Check whether the service on this machine is healthy: exit code 0 or 1 (for a container's HEALTHCHECK)."""
    from subtext.settings import load_settings

    settings = load_settings()
    is_healthy, failure = _check_worker(settings) if worker else _check_service(settings, port)
    if as_json:
        print_data('{"healthy": true}' if is_healthy else '{"healthy": false}')
    elif is_healthy:
        print("healthy")
    if is_healthy:
        return
    print_error(failure)
    raise typer.Exit(ExitCode.FAILURE)


def _check_service(settings: Settings, port: int | None) -> tuple[bool, str]:
    from subtext.cli.local_client import LocalService

    host = _EVERY_ADDRESS.get(settings.host, settings.host)
    service = LocalService(host, settings.port if port is None else port)
    return service.is_healthy(), f"no healthy service on {_authority(host, service.port)}: is it running there?"


def _check_worker(settings: Settings) -> tuple[bool, str]:
    from subtext.bootstrap.heartbeat import STALE_S, heartbeat_file, is_alive

    path = heartbeat_file(settings)
    return is_alive(path), f"no worker has written {path} in the last {STALE_S:g} s: does `subtext worker` run here?"


def bind(host: str, port: int) -> socket.socket:
    """Open a listening socket; raises `SettingsInvalid` if the address cannot be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        # Python adds the address to the system's reason.
        reason = describe_os_error(error).partition(" (while ")[0]
        raise SettingsInvalid(
            f"cannot serve on {_authority(host, port)}: {reason}. Stop what uses it, or choose another --port"
        ) from error


def _exit(*_: object) -> None:
    """End a start that is told to stop; without a handler the kernel drops the signal to PID 1 of a container."""
    raise SystemExit(ExitCode.OK)


def _require_startup(settings: Settings) -> None:
    """Start and stop the app once, so that a startup error ends the supervisor, which would replace its processes."""
    import asyncio

    from subtext.asgi import create_app
    from subtext.bootstrap.lifespan import open_app_state

    async def start() -> None:
        async with open_app_state(settings, create_app(settings), start_workers=False):
            pass

    asyncio.run(start())


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
