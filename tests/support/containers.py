"""A container engine for tests: Podman or Docker, the flags of a hardened run, and the service's image."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from tests.support.patience import GIVE_UP_S
from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
BASE_IMAGE = "docker.io/library/python:3.12-slim"
IMAGE = "localhost/subtext-test"
# Images of deploy/compose.yaml that a machine without a registry lacks; each is a target of the stand-ins' Dockerfile.
THIRD_PARTY = {
    "postgres": "docker.io/library/postgres:17-alpine",
    "redis": "docker.io/library/redis:8-alpine",
    "prometheus": "docker.io/prom/prometheus:v3.7.3",
}
# The beginning of programs that run inside a container: there is no curl in the image.
CALL = """
import json, sys, time, urllib.request
def call(path, body=None, kind="application/json"):
    data = None if body is None else body.encode()
    request = urllib.request.Request("http://127.0.0.1:8080" + path, data, {"Content-Type": kind})
    return json.load(urllib.request.urlopen(request, timeout=300))
"""
# Sends a batch of ten items, the argument in each, and prints it once it has ended.
RUN_BATCH = (
    CALL
    + """
items = [json.dumps({"custom_id": str(number), "text": sys.argv[1]}) for number in range(10)]
batch = call("/v1/batches", "\\n".join(items), "application/x-ndjson")
while batch["state"] in ("queued", "running"):
    time.sleep(0.1)
    batch = call("/v1/batches/" + batch["id"])
print(json.dumps(batch))
"""
)
HARDENED = (
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=512m",
    "--pids-limit=200",
)


@dataclass(frozen=True)
class ContainerEngine:
    """Podman, or Docker where that is what there is."""

    program: str

    def __call__(self, *words: str, stdin: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.program, *words], input=stdin, capture_output=True, text=True, check=check, timeout=900
        )

    def build(self, tag: str, context: Path, *flags: str) -> None:
        """Build an image from the Dockerfile of a folder; fail with the end of what the build says."""
        chroot = ("--isolation=chroot", "--network=host", "--pull=never", "--format=docker")
        engine_flags = chroot if self.program.endswith("podman") else ()
        built = self("build", *engine_flags, *flags, "-t", tag, str(context), check=False)
        assert built.returncode == 0, built.stderr[-2000:]

    def inspect(self, name: str, kind: str = "container") -> dict[str, Any]:
        """Return what the engine knows of a container or an image."""
        documents: list[dict[str, Any]] = json.loads(self(kind, "inspect", name).stdout)
        return documents[0]

    @contextmanager
    def run(self, image: str, *flags: str) -> Iterator[str]:
        """Run the service in a container, hardened and without a network; remove it afterwards."""
        name = f"subtext-test-{uuid.uuid4().hex[:8]}"
        self("run", "-d", "--name", name, *HARDENED, "--network=none", "-e", "SUBTEXT_AUTH=off", *flags, image)
        try:
            yield name
        finally:
            self("rm", "-f", "-v", name, check=False)

    def wait_until_healthy(self, name: str) -> None:
        """Run the health check of a container until it passes."""
        ends_at = time.monotonic() + GIVE_UP_S
        while self("exec", name, "subtext", "healthcheck", check=False).returncode != 0:
            assert time.monotonic() < ends_at, self("logs", name, check=False).stderr[-2000:]


def require_engine() -> ContainerEngine:
    """Return the container engine of this machine; skip or fail without one, or without the base image."""
    program = shutil.which("podman") or shutil.which("docker")
    runs = program is not None and _succeeds(program, "info")
    require_or_skip("container", present=runs, why="no container engine is running here")
    has_base = _succeeds(str(program), "image", "inspect", BASE_IMAGE)
    require_or_skip("container", present=has_base, why=f"{BASE_IMAGE} is not here, and tests fetch nothing")
    return ContainerEngine(str(program))


def wait_for(read: Callable[[], T], condition: Callable[[T], bool]) -> T:
    """Read again and again until the condition holds; a connection that is refused is no value yet."""
    ends_at = time.monotonic() + 4 * GIVE_UP_S
    while True:
        with contextlib.suppress(httpx2.HTTPError):
            value = read()
            if condition(value):
                return value
        assert time.monotonic() < ends_at, "the containers are not as expected"
        time.sleep(0.5)


def build_product(engine: ContainerEngine) -> str:
    """Build the service's image and return its name; without a change all steps come from the build cache."""
    engine.build(IMAGE, ROOT)
    return IMAGE


def build_stand_ins(engine: ContainerEngine) -> dict[str, str]:
    """Build what is missing of the third-party images from Debian's packages; return the names by service."""
    for name, image in THIRD_PARTY.items():
        if not _succeeds(engine.program, "image", "inspect", image):
            engine.build(image, ROOT / "tests" / "deploy" / "stand_ins", f"--target={name}")
    return THIRD_PARTY


def _succeeds(*words: str) -> bool:
    return subprocess.run(words, capture_output=True, check=False).returncode == 0
