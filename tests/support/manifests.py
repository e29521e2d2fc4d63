"""The manifests of deploy/kubernetes, rendered by kustomize."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from typing import Any

import yaml

from tests.support.containers import ROOT
from tests.support.requirements import require_or_skip

MANIFESTS = ROOT / "deploy" / "kubernetes"

Manifest = dict[str, Any]


@cache
def render(folder: str) -> tuple[Manifest, ...]:
    """Return the objects of a base or overlay; skip or fail without kubectl, which has kustomize inside."""
    kubectl = shutil.which("kubectl")
    require_or_skip("kubectl", present=kubectl is not None, why="kustomize is a part of it")
    command = (str(kubectl), "kustomize", str(MANIFESTS / folder))
    rendered = subprocess.run(command, capture_output=True, text=True, check=True)
    return tuple(yaml.safe_load_all(rendered.stdout))
