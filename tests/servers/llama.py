"""A real OpenAI-compatible server (llama.cpp, x86-64) with a tiny model of random weights: all real but the content."""

from __future__ import annotations

import contextlib
import platform
import socket
import subprocess
import time
import urllib.request
from typing import TYPE_CHECKING
from urllib.error import URLError

from needs import SHARED, require_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = SHARED / "tools" / "llm"
KEY = "sk-llama"
MODEL = "tiny"
# The vocabulary is of single characters: a prompt has about as many tokens as characters.
CONTEXT_TOKENS = 40_000
_START_S = 30.0


@contextlib.contextmanager
def llama_server(*, context_tokens: int = CONTEXT_TOKENS) -> Iterator[str]:
    """The base URL of a running server; skips the test where this machine has none."""
    server, model = FOLDER / "llama-server", FOLDER / "tiny.gguf"
    present = server.exists() and model.exists() and platform.machine() == "x86_64"
    require_or_skip("llm", present=present, why="no llama-server for this machine")
    port = _free_port()
    options = {
        "-m": str(model),
        "--alias": MODEL,
        "--host": "127.0.0.1",
        "--port": str(port),
        "-c": str(context_tokens),
        "-np": "1",
        "-t": "2",
        "--api-key": KEY,
        "--override-kv": f"llama.context_length=int:{context_tokens}",
    }
    command = [str(server), "--no-warmup", *(word for option in options.items() for word in option)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_until_ready(port, process)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    health = f"http://127.0.0.1:{port}/health"
    end = time.monotonic() + _START_S
    while time.monotonic() < end and process.poll() is None:
        # Another program's readiness can only be asked for.
        with contextlib.suppress(URLError, ConnectionError), opener.open(health, timeout=1.0) as response:
            if response.status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError("llama-server did not start")
