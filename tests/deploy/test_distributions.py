"""Wheel and sdist, of the service and of the client, built and tried on the interpreter of the tests.

Without the network: what is installed comes from uv's cache, in the locked versions. `make try-dists` resolves them
anew, on every interpreter that is here.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.distributions import (
    ROOT,
    VERSIONS,
    WHEEL_MAX_BYTES,
    Environment,
    TrialFailed,
    clean_environment,
    find_uv,
    main,
    try_service,
)

if TYPE_CHECKING:
    from pathlib import Path

SYNC = ["sync", "--quiet", "--offline", "--locked", "--no-dev", "--extra", "encoder", "--no-install-project"]


class LockedEnvironment(Environment):
    """Environment with the locked versions of what a distribution needs, from uv's cache."""

    def install(self, requirement: str) -> None:
        self.folder.mkdir()
        own = clean_environment() | {"UV_PROJECT_ENVIRONMENT": str(self.folder / "venv")}
        subprocess.run([self.uv, *SYNC, "--python", self.python, "--project", ROOT], env=own, check=True)
        pip = ("pip", "install", "--quiet", "--offline", "--no-deps", "--python", self.find_program("python"))
        self.run(self.uv, *pip, requirement)


def build(project: Path, folder: Path, *options: str) -> None:
    subprocess.run(
        [find_uv(), "build", "--quiet", "--offline", *options, "--out-dir", folder, project],
        env=clean_environment(),
        check=True,
    )


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build(ROOT, folder)
    build(ROOT / "clients" / "python", folder)
    return folder


def test_the_wheel_that_its_sdist_builds_runs_where_it_was_installed(dist: Path, tmp_path: Path) -> None:
    (wheel,) = dist.glob("subtext-*.whl")

    done = try_service(LockedEnvironment(tmp_path / "service", sys.executable, find_uv()), wheel)

    assert done == "-V, analyze, serve and POST"


def test_a_wheel_is_not_too_large(dist: Path) -> None:
    sizes = [path.stat().st_size for path in dist.glob("*.whl")]

    assert [1_000 < size < WHEEL_MAX_BYTES for size in sizes] == [True] * 2


def test_the_sdist_of_the_client_builds_the_wheel_that_the_repository_builds(dist: Path, tmp_path: Path) -> None:
    (sdist,) = dist.glob("subtext_client-*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    build(tmp_path / sdist.name.removesuffix(".tar.gz"), tmp_path / "from-sdist", "--wheel")
    build(ROOT / "clients" / "python", tmp_path / "from-repository", "--wheel")

    modules = {}
    for folder in ("from-sdist", "from-repository"):
        (wheel,) = (tmp_path / folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive_of_wheel:
            modules[folder] = {name for name in archive_of_wheel.namelist() if name.startswith("subtext/")}
    assert modules["from-sdist"] == modules["from-repository"] >= {"subtext/client/client.py", "subtext/client/LICENSE"}


def test_a_wheel_that_is_too_large_fails_before_it_is_installed(tmp_path: Path) -> None:
    wheel = tmp_path / "subtext-0.1.0-py3-none-any.whl"
    with wheel.open("wb") as file:
        file.truncate(WHEEL_MAX_BYTES + 1)

    with pytest.raises(TrialFailed, match="over 60,000,000 bytes"):
        try_service(Environment(tmp_path / "service", sys.executable, find_uv()), wheel)


def test_a_program_that_fails_is_named_with_what_it_says(tmp_path: Path) -> None:
    environment = Environment(tmp_path, sys.executable, find_uv())

    with pytest.raises(TrialFailed, match="ended with 3: no such thing"):
        environment.run(sys.executable, "-c", "import sys; print('no such thing', file=sys.stderr); sys.exit(3)")


def test_a_version_that_is_named_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")

    assert main(["--dist", str(tmp_path), "3.99"]) == 1
    assert capsys.readouterr().out == "absent  3.99  uv finds no such interpreter\n"


@pytest.mark.parametrize("project", ["pyproject.toml", "clients/python/pyproject.toml"])
def test_the_classifiers_name_no_version_that_is_not_tried(project: str) -> None:
    classifiers = tomllib.loads((ROOT / project).read_text(encoding="utf-8"))["project"]["classifiers"]
    named = {line.rpartition(" :: ")[2] for line in classifiers if ":: Python :: 3." in line}

    assert {"3.11", "3.12", "3.13"} <= named <= set(VERSIONS)
