"""The client is light: importing it brings nothing of the service, and it runs on what its distribution declares."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib

from tests.support.repository import PACKAGE, ROOT

SERVICE = {
    "fastapi",
    "starlette",
    "sqlalchemy",
    "openai",
    "uvicorn",
    "trafilatura",
    "dbos",
    "structlog",
    "jinja2",
    "typer",
}
LIST = "import json, sys, subtext.client; print(json.dumps(sorted(sys.modules)))"


def test_importing_the_client_brings_nothing_of_the_service() -> None:
    listed = subprocess.run([sys.executable, "-c", LIST], capture_output=True, check=True).stdout
    loaded = set(json.loads(listed))

    assert loaded & SERVICE == set()
    assert {name for name in loaded if name.startswith("subtext.") and not name.startswith("subtext.client")} == set()
    assert "subtext.client.client" in loaded


def test_the_client_imports_what_its_distribution_declares() -> None:
    project = tomllib.loads((ROOT / "clients" / "python" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {requirement.partition(">")[0].strip() for requirement in project["dependencies"]}
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (PACKAGE / "client").rglob("*.py")]
    modules = {
        name.partition(".")[0]
        for tree in trees
        for node in ast.walk(tree)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else _names(node))
    }

    assert modules - set(sys.stdlib_module_names) - {"subtext"} - {"pydantic_core"} == declared


def _names(node: ast.AST) -> list[str]:
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_both_distributions_have_one_version() -> None:
    client, service = (
        tomllib.loads((ROOT / path / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for path in ("clients/python", ".")
    )
    assert client["version"] == service["version"]
    assert set(client["dependencies"]) <= set(service["dependencies"])
