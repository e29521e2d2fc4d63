"""The rules of the suite itself: where its parts stand, what they import, and what no test does."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

from tests.support.repository import PACKAGE, ROOT, TESTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What is no mirror of a package, and why.
OTHER_FOLDERS = {
    "clients": "clients in other languages, which are not in the package",
    "contracts": "one suite for every engine behind the port",
    "deploy": "the image and the manifests, not the package",
    "docs": "the documents: their code, their links, their site",
    "examples": "the notebook of examples/, which uses the whole service",
    "house": "rules of the repository",
    "models": "the whole service with a real model",
}
# Another process, or a service that is asked over HTTP, cannot say by itself when it is ready: it is asked again.
MAY_SLEEP = {
    "tests/api/v1/test_webhooks.py": "the state of a message, asked over HTTP",
    "tests/http/test_rate_limiter_on_redis.py": "redis-server starts",
    "tests/support/batches.py": "the state of a batch, asked over HTTP",
    "tests/support/containers.py": "containers start, and the state of a batch is asked over HTTP",
    "tests/support/servers/llama.py": "llama-server starts",
}
# Seams are arguments; only what belongs to the interpreter is replaced.
MAY_BE_REPLACED = {"'sys.stdin'"}

_TEST_MODULE = re.compile(r"tests\.(?:.*\.)?(?:test_\w+|conftest)(?:\.|$)")
MODULES = sorted(path for path in TESTS.rglob("*.py") if path.name != "__init__.py")
TEST_MODULES = [path for path in MODULES if path.name.startswith("test_")]
CLIENTS = [*MODULES, *sorted((ROOT / "benchmarks").glob("*.py"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    """The dotted name of everything that a module imports: `a.b` and `a.b.c` for `from a.b import c`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_every_folder_is_a_package_whose_marker_is_empty() -> None:
    folders = {parent for path in MODULES for parent in path.parents if TESTS in (parent, *parent.parents)}
    markers = [folder / "__init__.py" for folder in folders]
    assert [name_of(marker) for marker in markers if not marker.exists() or marker.read_text(encoding="utf-8")] == []


def test_what_is_no_test_stands_in_support() -> None:
    support = TESTS / "support"
    lost = [path for path in MODULES if path.name != "conftest.py" and path not in TEST_MODULES]
    assert [name_of(path) for path in lost if support not in path.parents] == []
    assert [name_of(path) for path in (*TEST_MODULES, *TESTS.rglob("conftest.py")) if support in path.parents] == []


def test_nothing_is_imported_from_a_test_module_or_a_conftest() -> None:
    assert [
        f"{name_of(path)}: {name}"
        for path in CLIENTS
        for name in imports(parse(path))
        if _TEST_MODULE.match(name) and not name.startswith("tests.support.")
    ] == []


def test_each_module_mirrors_a_package_and_is_named_after_a_module_or_says_what_it_is_about() -> None:
    nameless = []
    for path in TEST_MODULES:
        place, name = path.parent.relative_to(TESTS), path.stem.removeprefix("test_")
        is_mirror = (PACKAGE / place / f"{name}.py").exists() or (PACKAGE / place / name).is_dir()
        if not is_mirror and ast.get_docstring(parse(path)) is None:
            nameless.append(name_of(path))
    assert nameless == []


def test_tests_mirror_the_package() -> None:
    places = {path.parent.relative_to(TESTS) for path in TEST_MODULES}
    others = {place for place in places if not (PACKAGE / place).is_dir()}
    assert {str(place) for place in others} == set(OTHER_FOLDERS)


def test_nothing_is_mocked() -> None:
    for path in MODULES:
        tree = parse(path)
        mocks = [name for name in imports(tree) if name.startswith(("unittest.mock", "mock", "pytest_mock"))]
        replaced = {ast.unparse(call.args[0]) for function, call in calls(tree) if function.endswith(".setattr")}
        assert (name_of(path), mocks, replaced - MAY_BE_REPLACED) == (name_of(path), [], set())


def test_nothing_sleeps_but_what_asks_another_process_again() -> None:
    sleepers = {name_of(path) for path in MODULES if "time.sleep" in {function for function, _ in calls(parse(path))}}
    assert sleepers == set(MAY_SLEEP)
