"""The image, really built and run: as another user, on a read-only root, without capabilities and without a network."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.patience import GIVE_UP_S
from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
BASE_IMAGE = "docker.io/library/python:3.12-slim"
# The database and its driver brought it from 328 MB to 366 (docs/decisions/0016-storage.md).
SIZE_MAX_BYTES = 375_000_000
HARDENED = (
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=512m",
    "--pids-limit=200",
)
ASK = """
import json, urllib.request
body = {"text": open("/tmp/article.txt", encoding="utf-8").read(), "include": ["text"]}
request = urllib.request.Request(
    "http://127.0.0.1:8080/v1/analyses", json.dumps(body).encode(), {"Content-Type": "application/json"}
)
print(urllib.request.urlopen(request, timeout=300).read().decode())
"""


@dataclass(frozen=True)
class ContainerTool:
    """Podman, or Docker where that is what there is."""

    program: str

    def __call__(self, *words: str, stdin: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.program, *words], input=stdin, capture_output=True, text=True, check=check, timeout=600
        )

    def build_flags(self) -> list[str]:
        chroot = ["--isolation=chroot", "--network=host", "--pull=never", "--format=docker"]
        return chroot if self.program.endswith("podman") else []


@pytest.fixture(scope="module")
def tool() -> ContainerTool:
    program = shutil.which("podman") or shutil.which("docker")
    runs = program is not None and _succeeds(program, "info")
    require_or_skip("container", present=runs, why="no container engine is running here")
    has_base = _succeeds(str(program), "image", "inspect", BASE_IMAGE)
    require_or_skip("container", present=has_base, why=f"{BASE_IMAGE} is not here, and tests fetch nothing")
    return ContainerTool(str(program))


def _succeeds(*words: str) -> bool:
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def image(tool: ContainerTool) -> str:
    name = "localhost/subtext-test"
    built = tool("build", *tool.build_flags(), "-t", name, str(ROOT), check=False)
    assert built.returncode == 0, built.stderr[-2000:]
    return name


@pytest.fixture(scope="module")
def offline(tool: ContainerTool, image: str) -> Iterator[str]:
    """A hardened container with no network at all, once it is healthy."""
    name = f"subtext-test-{uuid.uuid4().hex[:8]}"
    tool("run", "-d", "--name", name, *HARDENED, "--network=none", "-e", "SUBTEXT_AUTH=off", image)
    try:
        _wait_until_healthy(tool, name)
        yield name
    finally:
        tool("rm", "-f", name, check=False)


def _wait_until_healthy(tool: ContainerTool, name: str) -> None:
    ends_at = time.monotonic() + GIVE_UP_S
    while tool("exec", name, "subtext", "healthcheck", check=False).returncode != 0:
        assert time.monotonic() < ends_at, tool("logs", name, check=False).stderr[-2000:]


def _inspected(tool: ContainerTool, image: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(tool("image", "inspect", image).stdout)
    return found[0]


def test_the_image_is_small_and_says_how_to_run_it(tool: ContainerTool, image: str) -> None:
    about = _inspected(tool, image)

    assert about["Size"] <= SIZE_MAX_BYTES
    assert about["Config"]["User"] == "65532:65532"
    assert about["Config"]["Entrypoint"] == ["subtext"]
    health = about.get("Healthcheck") or about["Config"]["Healthcheck"]  # Podman's place, or Docker's
    assert health["Test"] == ["CMD", "subtext", "healthcheck"]


def test_the_embedded_engine_needs_no_network(tool: ContainerTool, offline: str) -> None:
    article = (ROOT / "examples" / "desperation.txt").read_text(encoding="utf-8")
    tool(
        "exec",
        "-i",
        offline,
        "python",
        "-c",
        "import sys; open('/tmp/article.txt','w').write(sys.stdin.read())",
        stdin=article,
    )

    answer = json.loads(tool("exec", "-i", offline, "python", "-", stdin=ASK).stdout)

    assert answer["framing"]["label"] == "desperation"
    assert answer["engine"]["kind"] == "local"
    text = answer["document"]["text"]
    assert all(text[item["start"] : item["end"]] == item["quote"] for item in answer["evidence"])


def test_the_process_is_nobody_and_can_write_nowhere_but_tmp(tool: ContainerTool, offline: str) -> None:
    assert tool("exec", offline, "id", "-u").stdout.strip() == "65532"
    assert tool("exec", offline, "touch", "/opt/subtext/x", check=False).returncode != 0


def test_certificates_are_in_the_image(tool: ContainerTool, image: str) -> None:
    ask = "import ssl; print(ssl.create_default_context().cert_store_stats()['x509_ca'])"

    assert int(tool("run", "--rm", "--entrypoint", "python", image, "-c", ask).stdout) > 0


def test_serving_to_everybody_must_be_meant(tool: ContainerTool, image: str) -> None:
    refused = tool("run", "--rm", *HARDENED, "--network=none", image, check=False)

    assert refused.returncode != 0
    assert "SUBTEXT_AUTH=off" in refused.stderr


def test_a_stop_is_graceful(tool: ContainerTool, image: str) -> None:
    name = f"subtext-test-{uuid.uuid4().hex[:8]}"
    tool("run", "-d", "--name", name, *HARDENED, "--network=none", "-e", "SUBTEXT_AUTH=off", image)
    try:
        _wait_until_healthy(tool, name)
        tool("stop", "-t", "30", name)
        state = json.loads(tool("inspect", name).stdout)[0]["State"]
    finally:
        tool("rm", "-f", name, check=False)

    assert state["ExitCode"] == 0
