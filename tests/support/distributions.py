"""Try wheel and sdist, of the service and of the client, in clean environments; print a line for each trial.

    python tests/support/distributions.py [--dist FOLDER] [VERSION...]

Without a folder they are built first. Without a version every one of `VERSIONS` is tried that uv finds; one that is
named must be there. Standard library only, as it runs where nothing is installed: `make try-dists` calls it, and so
does the release.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
WHEEL_MAX_BYTES = 60_000_000
SAMPLE = ROOT / "examples" / "desperation.txt"
LABEL, MODEL = "desperation", "subtext-encoder-1"
# What a caller's program does; the client must not bring the service along.
CALL = """\
import importlib.util, pathlib, sys
from subtext.client import Client
text = pathlib.Path(sys.argv[2]).read_text(encoding="utf-8")
with Client(sys.argv[1]) as client:
    print(client.analyze_article(text=text, engine="local").framing.label)
assert importlib.util.find_spec("fastapi") is None, "the client brings FastAPI"
"""


class TrialFailed(Exception):
    """A step of a trial did not do what it should."""


@dataclass(frozen=True)
class Environment:
    """Clean environment of one interpreter in a folder of its own, where its programs also run."""

    folder: Path
    python: str
    uv: str

    def find_program(self, name: str) -> Path:
        return self.folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / name

    def run(self, *command: str | Path) -> str:
        """Run a command and return its output; raises `TrialFailed` with the end of what it complains of."""
        ran = subprocess.run(
            command, cwd=self.folder, env=clean_environment(), capture_output=True, text=True, check=False
        )
        if ran.returncode != 0:
            raise TrialFailed(f"{Path(command[0]).name} ended with {ran.returncode}: {ran.stderr.strip()[-500:]}")
        return ran.stdout

    def install(self, requirement: str) -> None:
        """Create the environment, and install a distribution with what it needs."""
        self.folder.mkdir()
        self.run(self.uv, "venv", "--quiet", "--python", self.python, "venv")
        self.run(self.uv, "pip", "install", "--quiet", "--python", self.find_program("python"), requirement)


def clean_environment() -> dict[str, str]:
    """Return the environment without the settings of this project and of other environments."""
    foreign = ("SUBTEXT_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "COVERAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign) and name != "UV_PYTHON"}


def require_equal(actual: object, expected: object, what: str) -> None:
    """Raise `TrialFailed` unless the two are equal."""
    if actual != expected:
        raise TrialFailed(f"{what}: {actual!r} instead of {expected!r}")


def try_service(environment: Environment, distribution: Path) -> str:
    """Try the command line, and one POST to the service; return what was done."""
    if distribution.suffix == ".whl" and distribution.stat().st_size > WHEEL_MAX_BYTES:
        raise TrialFailed(f"the wheel has over {WHEEL_MAX_BYTES:,} bytes")
    environment.install(f"subtext[encoder] @ {distribution.as_uri()}")
    subtext = environment.find_program("subtext")
    version = distribution.name.removesuffix(".tar.gz").split("-")[1]
    require_equal(environment.run(subtext, "-V").strip(), f"subtext {version}", "subtext -V")
    analysis = json.loads(environment.run(subtext, "analyze", SAMPLE, "--engine", "local", "--json"))
    require_equal(analysis["framing"]["label"], LABEL, "subtext analyze")
    require_equal(analysis["engine"]["model"], MODEL, "the engine, whose weights are shipped")
    with serve(environment) as url:
        body = json.dumps({"text": SAMPLE.read_text(encoding="utf-8"), "engine": "local"}).encode()
        request = Request(f"{url}/v1/analyses", body, {"Content-Type": "application/json"})  # noqa: S310 - loopback
        with urlopen(request) as response:  # noqa: S310 - loopback
            require_equal(json.load(response)["framing"]["label"], LABEL, "POST /v1/analyses")
    return "-V, analyze, serve and POST"


def try_client(environment: Environment, distribution: Path, url: str) -> str:
    """Try one call to a service; return what was done."""
    environment.install(f"subtext-client @ {distribution.as_uri()}")
    label = environment.run(environment.find_program("python"), "-c", CALL, url, SAMPLE).strip()
    require_equal(label, LABEL, "analyze_article")
    return "one call to the service"


@contextmanager
def serve(environment: Environment) -> Iterator[str]:
    """Serve on a free port of loopback while the context is open; yields the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = (environment.find_program("subtext"), "serve", "--port", port)
    log = environment.folder / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=environment.folder, env=clean_environment(), stdout=output, stderr=output
        )
    try:
        wait_until_healthy(environment, process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def wait_until_healthy(environment: Environment, process: subprocess.Popen[bytes], port: str) -> None:
    """Ask until the service is healthy; raises `TrialFailed` if it ends."""
    command = (environment.find_program("subtext"), "healthcheck", "--port", port)
    while subprocess.run(command, env=clean_environment(), capture_output=True, check=False).returncode != 0:
        if process.poll() is not None:
            raise TrialFailed(f"subtext serve ended: {(environment.folder / 'serve.log').read_text()[-500:]}")


def try_distributions(python: str, dist: Path, uv: str) -> Iterator[tuple[str, str | TrialFailed]]:
    """Yield the name of each distribution with what was done, or why it failed; the first service answers clients."""
    services, clients = sorted(dist.glob("subtext-*")), sorted(dist.glob("subtext_client-*"))
    with tempfile.TemporaryDirectory() as folder:
        environments = {path: Environment(Path(folder) / path.name, python, uv) for path in (*services, *clients)}
        for path in services:
            yield path.name, attempt(partial(try_service, environments[path], path))
        with serve(environments[services[0]]) as url:
            for path in clients:
                yield path.name, attempt(partial(try_client, environments[path], path, url))


def attempt(trial: Callable[[], str]) -> str | TrialFailed:
    """Return what a trial did, or its failure."""
    try:
        return trial()
    except TrialFailed as failure:
        return failure


def find_uv() -> str:
    """Return the program: `UV`, that of `make setup`, or the one on the path."""
    own = ROOT / ".uv" / "bin" / "uv"
    return os.environ.get("UV") or (str(own) if own.exists() else shutil.which("uv") or "uv")


def build(uv: str, dist: Path) -> None:
    """Build wheel and sdist of the service and of the client; each wheel is built from its sdist."""
    for project in (ROOT, ROOT / "clients" / "python"):
        subprocess.run([uv, "build", "--quiet", "--out-dir", dist, project], env=clean_environment(), check=True)


def has_python(version: str, uv: str) -> bool:
    """Return whether uv finds an interpreter of a version, or downloads it if `UV_PYTHON_DOWNLOADS` lets it."""
    for command in (("find", "--no-project"), ("install",)):
        ran = subprocess.run(
            [uv, "python", *command, version], env=clean_environment(), capture_output=True, check=False
        )
        if ran.returncode == 0:
            return True
    return False


def main(arguments: Sequence[str]) -> int:
    """Run the trials; return 0 if all succeeded."""
    parser = argparse.ArgumentParser(description="try wheel and sdist in clean environments")
    parser.add_argument("--dist", type=Path, help="a folder with built distributions")
    parser.add_argument("versions", nargs="*", default=[], metavar="VERSION")
    options = parser.parse_args(arguments)
    uv, is_complete = find_uv(), True
    with tempfile.TemporaryDirectory() as folder:
        dist = options.dist.resolve() if options.dist else Path(folder)
        if options.dist is None:
            build(uv, dist)
        for version in options.versions or VERSIONS:
            if not has_python(version, uv):
                is_complete = is_complete and not options.versions
                print(f"absent  {version}  uv finds no such interpreter", flush=True)
                continue
            for name, outcome in try_distributions(version, dist, uv):
                has_failed = isinstance(outcome, TrialFailed)
                is_complete = is_complete and not has_failed
                print(f"{'failed' if has_failed else 'ok':6}  {version}  {name}: {outcome}", flush=True)
    return 0 if is_complete else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
