"""The pods of the evaluation overlay, really run by `podman kube play`, as no API server is here: `make try-stack`.

Podman 4 runs no Job, publishes every port of a pod on the host, and leaves the values of a Secret encoded: `_adapt`
makes up for it.
"""

from __future__ import annotations

import base64
import json
import os
import uuid
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.containers import (
    IMAGE,
    ROOT,
    RUN_BATCH,
    ContainerEngine,
    build_product,
    build_stand_ins,
    require_engine,
    wait_for,
)
from tests.support.manifests import Manifest, render
from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POSTGRES = ("POSTGRES_USER=subtext", "POSTGRES_PASSWORD=subtext", "POSTGRES_DB=subtext")


@pytest.fixture
def engine() -> ContainerEngine:
    wanted = os.environ.get("SUBTEXT_TRY_STACK") == "1"
    require_or_skip("stack", present=wanted, why="it takes minutes: make try-stack")
    engine = require_engine()
    require_or_skip("stack", present=engine.program.endswith("podman"), why="Docker plays no manifests")
    return engine


@pytest.fixture
def network(engine: ContainerEngine) -> Iterator[str]:
    """A network on which PostgreSQL and Redis answer to the names of their Services."""
    build_product(engine)
    images = build_stand_ins(engine)
    name = f"subtext-pods-{uuid.uuid4().hex[:8]}"
    engine("network", "create", name)
    settings = [word for setting in POSTGRES for word in ("-e", setting)]
    for service, words in {"postgres": (), "redis": ("redis-server", "--protected-mode", "no")}.items():
        flags = ("--name", f"{name}-{service}", "--network", name, "--network-alias", service)
        engine("run", "-d", *flags, *settings, images[service], *words)
    try:
        yield name
    finally:
        engine("rm", "-f", "-v", f"{name}-postgres", f"{name}-redis", check=False)
        engine("network", "rm", "-f", name, check=False)


@pytest.fixture
def pods(engine: ContainerEngine, network: str, tmp_path: Path) -> Iterator[None]:
    """Play the migration, then the service and the worker."""
    manifests = [_adapt(manifest) for manifest in render("overlays/evaluation")]
    shared = [manifest for manifest in manifests if manifest["kind"] == "ConfigMap"]
    secrets = [manifest for manifest in manifests if manifest["kind"] == "Secret"]
    ours = [manifest for manifest in manifests if manifest["metadata"]["name"].startswith("subtext-")]
    steps = [[manifest for manifest in ours if manifest["kind"] == kind] for kind in ("Pod", "Deployment")]
    files = []
    try:
        for secret in secrets:
            engine("secret", "create", secret["metadata"]["name"], "-", stdin=yaml.safe_dump(secret))
        for number, step in enumerate(steps):
            files.append(tmp_path / f"{number}.yaml")
            files[-1].write_text(yaml.safe_dump_all(shared + step), encoding="utf-8")
            played = engine("kube", "play", "--network", network, str(files[-1]), check=False)
            assert played.returncode == 0, played.stderr[-2000:]
            if number == 0:
                wait_for(lambda: engine.inspect("subtext-migrate-migrate")["State"], _has_succeeded)
        yield
    finally:
        for file in files:
            engine("kube", "down", str(file), check=False)
        engine("secret", "rm", *(secret["metadata"]["name"] for secret in secrets), check=False)


def _adapt(manifest: Manifest) -> Manifest:
    if manifest["kind"] == "Secret":
        decoded = {name: base64.b64decode(value).decode() for name, value in manifest["data"].items()}
        return manifest | {"data": decoded}
    if manifest["kind"] not in ("Deployment", "Job"):
        return manifest
    pod: dict[str, Any] = manifest["spec"]["template"]
    for container in pod["spec"]["containers"]:
        container.pop("ports", None)
        container |= {"image": IMAGE, "imagePullPolicy": "Never"}
    if manifest["kind"] == "Job":
        name = {"name": manifest["metadata"]["name"]}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": name, "spec": pod["spec"]}
    return manifest


def _has_succeeded(state: dict[str, Any]) -> bool:
    return not state["Running"] and state["ExitCode"] == 0


@pytest.mark.usefixtures("pods")
def test_the_pods_run_a_batch(engine: ContainerEngine) -> None:
    article = (ROOT / "examples" / "desperation.txt").read_text(encoding="utf-8")
    engine.wait_until_healthy("subtext-api-pod-0-api")

    ran = engine("exec", "-i", "subtext-api-pod-0-api", "python", "-", article, stdin=RUN_BATCH)

    assert json.loads(ran.stdout)["counts"]["done"] == 10
    assert engine("exec", "subtext-worker-pod-0-worker", "id", "-u").stdout.strip() == "65532"
