"""Interruption: the first signal asks a command to stop cleanly, the second one ends it at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from subtext.cli.terminal import print_note

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def stop_on_signals() -> asyncio.Event:
    """Return an event that the first SIGINT or SIGTERM sets; the second one does what it does by default."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def handle() -> None:
        stop.set()
        print_note("stopping once what is in progress is done; a second Ctrl-C stops at once")
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    for number in _SIGNALS:
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, handle)
    return stop
