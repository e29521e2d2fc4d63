"""The TypeScript client under test: built in a copy, with programs that use it, and run with Node."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.support.repository import ROOT
from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FOLDER = ROOT / "clients" / "typescript"


def require_node() -> None:
    """Skip the test, or fail it, without Node and npm."""
    require_or_skip("node", present=shutil.which("npm") is not None, why="npm is not installed")


def run_tool(*command: str, cwd: Path, **environment: str) -> str:
    """Run a program of Node's; return what it prints, or fail with what it says."""
    result = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def build_client(folder: Path, programs: Mapping[str, str] | None = None) -> Path:
    """Build the client in a copy, and programs of its users by their names (`dist/test/programs`); return the copy."""
    copy = folder / "clients" / "typescript"
    shutil.copytree(_FOLDER, copy, ignore=shutil.ignore_patterns("node_modules", "dist", "schema.ts"))
    (folder / "tests" / "api").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "api" / "openapi.json", folder / "tests" / "api")
    (copy / "test" / "programs").mkdir()
    for name, code in (programs or {}).items():
        (copy / "test" / "programs" / f"{name}.ts").write_text(code, encoding="utf-8")
    run_tool("npm", "ci", "--no-audit", "--no-fund", "--prefer-offline", cwd=copy)
    run_tool("npm", "run", "build", cwd=copy)
    return copy
