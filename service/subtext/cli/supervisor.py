"""Supervisor of `subtext serve --workers`: start processes that share one listening socket, and replace dead ones.

uvicorn's own supervisor builds plain servers: its processes would not drain, and it passes no second signal on. Here
processes are forked from one that has imported the service and started no thread (`forkserver`): a new one starts in
milliseconds, and all share the memory of the code.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from subtext.cli.exit_codes import ExitCode
from subtext.cli.server import run_server
from subtext.logs import get_logger, log_failure, log_uncaught_errors
from subtext.telemetry.exposition import forget_process, metrics_directory
from subtext.telemetry.http_metrics import PROCESS_RESTARTS

if TYPE_CHECKING:
    import socket
    from multiprocessing.process import BaseProcess
    from types import FrameType

    from subtext.settings import Settings

# A process that cannot start is tried again once in so many seconds.
_RESTART_S = 1.0
_PRELOADED = ["subtext.asgi", "subtext.cli.server", "subtext.storage.analyses", "subtext.storage.background"]
_log = get_logger("subtext.supervisor")


class Supervisor:
    """Run the service in several processes until a signal ends all of them.

    The first process does what one alone should do: the work of batches, and the deliveries of webhooks.
    """

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self._settings, self._listener = settings, listener
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_PRELOADED)
        self._processes: dict[int, BaseProcess] = {}
        self._is_stopping = self._is_starting = False

    def run(self) -> None:
        """Start the processes, replace each that ends by itself, and return once all have ended after a signal."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        with metrics_directory():
            self._run_processes()

    def _run_processes(self) -> None:
        for index in range(self._settings.workers):
            self._start(index)
        while self._processes:
            ended = set(wait([process.sentinel for process in self._processes.values()]))
            for index, process in list(self._processes.items()):
                if process.sentinel in ended:
                    self._replace(index, process)

    def _stop(self, _: int, __: FrameType | None) -> None:
        """Tell every process to drain; a second signal tells it to end at once, as it does for one alone.

        Only they accept from now on: as long as this process held the socket, too, the kernel would go on to establish
        connections that nobody serves.
        """
        self._is_stopping = True
        for process in tuple(self._processes.values()):
            process.terminate()
        if not self._is_starting:
            self._listener.close()

    def _start(self, index: int, *, is_replacement: bool = False) -> None:
        self._is_starting = True
        if not self._is_stopping:
            self._start_process(index, is_replacement=is_replacement)
        self._is_starting = False
        if self._is_stopping:
            self._listener.close()

    def _start_process(self, index: int, *, is_replacement: bool) -> None:
        settings = _settings_for(index, self._settings)
        process = self._context.Process(
            target=_serve, args=(settings, self._listener, is_replacement), name=f"subtext-{index}"
        )
        process.start()
        self._processes[index] = process
        # A signal may have come while it was no process yet.
        if self._is_stopping:
            process.terminate()

    def _replace(self, index: int, process: BaseProcess) -> None:
        process.join()
        del self._processes[index]
        if process.pid is not None:
            forget_process(process.pid)
        if self._is_stopping:
            return
        _log.error("server_process_died", process=index, exit_code=process.exitcode)
        time.sleep(_RESTART_S)
        if not self._is_stopping:
            self._start(index, is_replacement=True)


def _settings_for(index: int, settings: Settings) -> Settings:
    if index == 0:
        return settings
    batches = settings.batches.model_copy(update={"work": False})
    # It shows what all of them count, but one alone can listen on the address.
    metrics = settings.metrics.model_copy(update={"address": None})
    return settings.model_copy(update={"batches": batches, "metrics": metrics})


def _serve(settings: Settings, listener: socket.socket, is_replacement: bool) -> None:
    """Serve in a process of the supervisor's; it drains and ends if the supervisor dies."""
    # Ctrl-C reaches every process of a terminal's group: these hear of it from the supervisor alone.
    os.setsid()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if is_replacement:
        PROCESS_RESTARTS.inc()
    log_uncaught_errors()
    try:
        is_up = run_server(settings, listener)
    except Exception as error:  # noqa: BLE001 - the process edge: its supervisor's library would print the message
        log_failure("process_failed", error)
        is_up = False
    if not is_up:
        sys.exit(ExitCode.FAILURE)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
