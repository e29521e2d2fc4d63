"""One version: the package, its clients and the image are released together."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def client_version(path: str) -> str:
    text = (ROOT / path).read_text(encoding="utf-8")
    found = tomllib.loads(text)["project"] if path.endswith(".toml") else json.loads(text)
    return str(found["version"])


@pytest.mark.parametrize("path", ["clients/python/pyproject.toml", "clients/typescript/package.json"])
def test_a_client_has_the_version_of_the_service(path: str) -> None:
    assert client_version(path) == VERSION


def test_the_changelog_begins_with_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert changelog.partition("\n## ")[2].startswith(f"{VERSION} ")


def test_a_release_tries_every_python_that_is_promised() -> None:
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")

    assert 'python: ["3.11", "3.12", "3.13", "3.14"]' in workflow
    assert "make try-dists DIST=dist PYTHONS=${{ matrix.python }}" in workflow
    assert "docker/build-push-action" in workflow
