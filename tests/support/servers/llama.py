"""llama-server (llama.cpp) as a process, with a tiny model of random weights or with a real model."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

from tests.support.patience import GIVE_UP_S
from tests.support.ports import find_unused_port
from tests.support.requirements import SHARED, require_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = SHARED / "tools" / "llm"
KEY = "sk-llama"
MODEL = "tiny"
# The vocabulary is of single characters: a prompt has about as many tokens as characters.
CONTEXT_TOKENS = 40_000


@contextlib.contextmanager
def llama_server(*, context_tokens: int = CONTEXT_TOKENS) -> Iterator[str]:
    """Run a server with the tiny model and yield its base URL; skip the test if this machine has none."""
    model = FOLDER / "tiny.gguf"
    present = find_server() is not None and model.exists()
    require_or_skip("llm", present=present, why="no llama-server for this machine")
    override = f"llama.context_length=int:{context_tokens}"
    with serve_model(model, MODEL, "-c", str(context_tokens), "--override-kv", override) as url:
        yield url


def find_server() -> Path | None:
    """Return the llama-server that SUBTEXT_LLAMA_SERVER names, else the one on PATH or beside the checkout."""
    named = os.environ.get("SUBTEXT_LLAMA_SERVER") or shutil.which("llama-server")
    path = Path(named) if named else FOLDER / "llama-server"
    return path if path.exists() and (named or platform.machine() == "x86_64") else None


@contextlib.contextmanager
def serve_model(weights: Path, name: str, *options: str) -> Iterator[str]:
    """Run llama-server with these weights under this name, one request at a time, and yield its base URL."""
    server, port = find_server(), find_unused_port()
    assert server is not None
    where = ["-m", str(weights), "--alias", name, "--host", "127.0.0.1", "--port", str(port), "--api-key", KEY]
    command = [str(server), "--no-warmup", "-np", "1", "-t", "2", *where, *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_until_ready(port, process)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    health = f"http://127.0.0.1:{port}/health"
    end = time.monotonic() + GIVE_UP_S
    while time.monotonic() < end and process.poll() is None:
        # Another program's readiness can only be asked for.
        with contextlib.suppress(URLError, ConnectionError), opener.open(health, timeout=1.0) as response:
            if response.status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError("llama-server did not start")
