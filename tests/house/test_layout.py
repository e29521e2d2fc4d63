"""The rules of the house that no linter knows: how long things are, what is never a module, what is never committed."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.repository import PACKAGE, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_MAX, FUNCTION_MAX = 300, 40
# The tree of errors is one drawing with a class to each of its lines: it is read whole, and not split.
_WHOLE = {"errors.py": 480}
# Folders of a machine, such as a home; a path inside a container (/tmp, /data, /run) is no such thing.
_MACHINE = re.compile(r"(?<![\w./-])/(?:work|home|Users|root)/\w")
_BINARY = {".png", ".ico", ".woff2", ".gz", ".zip", ".npz", ".bin"}


def modules() -> list[Path]:
    """Every module of ours; a package's marker and vendored files are none."""
    found = (path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
    return sorted(path for path in found if "vendor" not in path.parts)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: what is tracked cannot be told")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """The name of each function and its length in lines, decorators and docstring left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            yield f"{path.name}:{node.lineno} {node.name}", (node.end_lineno or 0) - first.lineno + 1


def test_there_is_something_to_look_at() -> None:
    assert len(modules()) > 50
    assert ROOT / "pyproject.toml" in tracked()


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_short(path: Path) -> None:
    longest = _WHOLE.get(str(path.relative_to(PACKAGE)), FILE_MAX)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= longest
    assert [name for name, lines in functions(path) if lines > FUNCTION_MAX] == []


def test_nothing_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [path for path in modules() if drawers & {path.stem, *path.relative_to(PACKAGE).parts}] == []


def test_no_path_of_a_machine_is_committed() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.suffix not in _BINARY and path.is_file() and path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if _MACHINE.search(line)
    ]
    assert found == []
