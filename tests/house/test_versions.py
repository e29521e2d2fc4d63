"""One version: the package, its clients and the image are released together."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def client_version(path: str) -> str:
    text = (ROOT / path).read_text(encoding="utf-8")
    package = tomllib.loads(text)["project"] if path.endswith(".toml") else json.loads(text)
    return str(package["version"])


@pytest.mark.parametrize("path", ["clients/python/pyproject.toml", "clients/typescript/package.json"])
def test_a_client_has_the_version_of_the_service(path: str) -> None:
    assert client_version(path) == VERSION


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("Dockerfile", "ARG VERSION={}"),
        ("deploy/kubernetes/base/kustomization.yaml", "    newTag: {}"),
        ("deploy/kubernetes/overlays/production/kustomization.yaml", "    newTag: {}"),
    ],
)
def test_the_image_has_the_version_of_the_service(path: str, line: str) -> None:
    assert line.format(VERSION) in (ROOT / path).read_text(encoding="utf-8").splitlines()


def test_the_image_is_built_with_the_uv_of_the_checkout() -> None:
    makefile, dockerfile = ((ROOT / name).read_text(encoding="utf-8") for name in ("Makefile", "Dockerfile"))

    assert re.findall(r"^UV_VERSION := (\S+)$", makefile, re.MULTILINE) == re.findall(r"uv==(\S+)", dockerfile)


def test_the_changelog_begins_with_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert changelog.partition("\n## ")[2].startswith(f"{VERSION} ")


def test_a_release_tries_every_python_that_is_promised() -> None:
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")

    assert 'python: ["3.11", "3.12", "3.13", "3.14"]' in workflow
    assert "make try-dists DIST=dist PYTHONS=${{ matrix.python }}" in workflow
    assert "docker/build-push-action" in workflow


def test_a_released_image_names_its_commit() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    builds = [step["with"] for step in workflow["jobs"]["image"]["steps"] if "build-push" in step.get("uses", "")]

    assert [build["build-args"] for build in builds] == ["REVISION=${{ github.sha }}"]
    # As the manifests name it: without the letter of the git tag.
    assert ["github.ref_name" in build["tags"] for build in builds] == [False]
