from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.support.patience import GIVE_UP_S

ENDLESS = """
import asyncio
from subtext.cli.interruption import stop_on_signals

async def main():
    stop = stop_on_signals()
    print("started", flush=True)
    await stop.wait()
    print("stopping", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_the_first_signal_asks_to_stop_and_the_second_ends_at_once(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        process.send_signal(number)
        lines.append(process.stdout.readline())
        process.send_signal(number)
        code = process.wait(GIVE_UP_S)

    assert lines == ["started\n", "stopping\n"]
    assert code == -number
