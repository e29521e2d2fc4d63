"""Measure how the package is laid out: sizes, names, what a request passes through, and where things are wired.

Run it: `make structure`, or `.venv/bin/python -m benchmarks.structure [TREE ...]`; it prints one column for each tree
(a checkout with `service/subtext`), so that two states can be compared. Every count is by rule, none by eye:

- a module is a `.py` file that is no `__init__.py`, migration or vendored file;
- a gerund is a stem whose last word ends in -ing; terms of the glossary and names of methods (`NOUNS`) count apart;
- a request's modules are those in which a function runs while one article is POSTed to an application in this process,
  after one that fills caches of code, read by the word scorer and kept in SQLite;
- a part wires if a function in it takes settings, or a copy of a group of them, and calls a class of another part;
- a docstring is not imperative if ruff's D401 says so.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
# Terms of the glossary, and methods that the field looks up by these words and no others.
NOUNS = frozenset(("framing", "grounding", "chunking", "load_shedding", "entity_masking", "scoring", "stemming"))
SHORT_LINES = 20
_GERUND = re.compile(r"(?:^|_)\w*ing$")
_SETTINGS = re.compile(r"\b\w*(?:Settings|Plan)\b")
_CLASS_NAME = re.compile(r"[A-Z][a-z]\w*")
_ENTERING = "--modules-of-a-request"
_ARTICLE = (
    "The minister said the bill would end waste. Critics called it a desperate plea from a government that has run out "
    "of time. “We beg them to stay,” one of them said. Number {number} of the reports was published on Monday."
)


@dataclass(frozen=True, slots=True)
class Module:
    """A module: its path inside the package, the number of its lines, and its syntax tree."""

    path: str
    lines: int
    tree: ast.Module

    @property
    def stem(self) -> str:
        """Return the name of its file."""
        return Path(self.path).stem

    @property
    def part(self) -> str:
        """Return the part of the package that it belongs to: a folder, or a module at the root."""
        return Path(self.path).parts[0].removesuffix(".py")

    def classes(self) -> Iterator[str]:
        """Yield the names of its classes, wherever they are defined in it."""
        return (node.name for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))

    def wires(self) -> bool:
        """Return whether a function of it takes settings and calls a class of another part."""
        classes = set(self._imported_classes())
        functions = (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        return any(_takes_settings(function) and not classes.isdisjoint(_calls(function)) for function in functions)

    def _imported_classes(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("subtext."):
                part = (node.module or "").split(".")[1]
                if part not in {self.part, "errors", "settings"}:
                    yield from (alias.name for alias in node.names if _CLASS_NAME.fullmatch(alias.name))


def _takes_settings(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = (*function.args.args, *function.args.kwonlyargs)
    return any(each.annotation and _SETTINGS.search(ast.unparse(each.annotation)) for each in arguments)


def _calls(function: ast.AST) -> Iterator[str]:
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return (callee.id for callee in calls if isinstance(callee, ast.Name))


def read_modules(tree: Path) -> list[Module]:
    """Read the modules of a checkout, by path."""
    package = tree / "service" / "subtext"
    modules = []
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        if path.name != "__init__.py" and not {"migrations", "vendor"} & set(place.parts):
            text = path.read_text(encoding="utf-8")
            modules.append(Module(place.as_posix(), text.count("\n"), ast.parse(text)))
    return modules


def find_gerunds(modules: list[Module]) -> list[str]:
    """Return the paths of modules that are named by a gerund."""
    return [each.path for each in modules if _GERUND.search(each.stem) and not _is_noun(each.stem)]


def find_terms_in_ing(modules: list[Module]) -> list[str]:
    """Return the paths of modules that are named by a term that only looks like a gerund."""
    return [each.path for each in modules if _is_noun(each.stem)]


def _is_noun(stem: str) -> bool:
    return any(stem == noun or stem.endswith(f"_{noun}") for noun in NOUNS)


def find_repeated(names: Iterator[str]) -> list[str]:
    """Return the names that come more than once, each once."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def count_docstrings_not_imperative(tree: Path) -> int:
    """Return how many docstrings of the package do not begin with a verb in the imperative, by ruff's D401."""
    ruff = Path(sys.executable).with_name("ruff")
    command = [
        str(ruff),
        "check",
        "--isolated",
        "--select",
        "D401",
        "--output-format",
        "json",
        str(tree / "service" / "subtext"),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ruff, on our own tree
    return len(json.loads(result.stdout))


def find_modules_of_a_request(tree: Path) -> list[str]:
    """Return the modules that a POSTed article enters, measured in a process that imports the package of `tree`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUBTEXT_")}
    with tempfile.TemporaryDirectory() as folder:
        environment |= {
            "PYTHONPATH": str(tree / "service"),
            "SUBTEXT_STORE_DATABASE_URL": f"sqlite:///{folder}/subtext.db",
            "SUBTEXT_LOCAL_SCORER": "words",
            "SUBTEXT_LOG_LEVEL": "error",
        }
        command = [sys.executable, "-P", __file__, _ENTERING]
        result = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603 - this script
    modules: list[str] = json.loads(result.stdout)
    return modules


@contextmanager
def record_files(prefix: str) -> Iterator[tuple[set[str], threading.Event]]:
    """Record the files below `prefix` in which functions run while the event is set, in threads begun from here on."""
    files: set[str] = set()
    recording = threading.Event()

    def record(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and recording.is_set() and frame.f_code.co_filename.startswith(prefix):
            files.add(frame.f_code.co_filename.removeprefix(prefix))

    threading.setprofile(record)
    sys.setprofile(record)
    try:
        yield files, recording
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


async def post_articles() -> list[str]:
    """Post two articles to an application of this process; return the modules that the second enters."""
    import subtext.asgi  # noqa: PLC0415 - of the tree that the path names

    package = Path(subtext.asgi.__file__).parent
    with record_files(f"{package}{os.sep}") as (files, recording):
        app = subtext.asgi.create_app()
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client,
        ):
            for number in range(2):
                if number:
                    recording.set()
                reply = await client.post("/v1/analyses", json={"text": _ARTICLE.format(number=number) * 4})
                reply.raise_for_status()
            recording.clear()
    return sorted(files)


def measure(tree: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the figures of a checkout by what they count, and the names behind them."""
    modules = read_modules(tree)
    names = {
        "gerund modules": find_gerunds(modules),
        "modules named by a term in -ing": find_terms_in_ing(modules),
        "stems used more than once": find_repeated(each.stem for each in modules),
        "class names used more than once": find_repeated(name for each in modules for name in each.classes()),
        f"modules below {SHORT_LINES} lines": [each.path for each in modules if each.lines < SHORT_LINES],
        "modules that a POSTed article enters": find_modules_of_a_request(tree),
        "parts of the package that wire": sorted({each.part for each in modules if each.wires()}),
    }
    figures = {
        "modules": f"{len(modules)}",
        "median lines": f"{statistics.median(each.lines for each in modules):.0f}",
        **{what: f"{len(found)}" for what, found in names.items()},
        "docstrings not imperative": f"{count_docstrings_not_imperative(tree)}",
    }
    return figures, names


def main() -> None:
    """Print a table with a column for each tree, and below it the names of the last one."""
    if sys.argv[1:] == [_ENTERING]:
        sys.stdout.write(json.dumps(asyncio.run(post_articles())))
        return
    trees = [Path(name).resolve() for name in sys.argv[1:]] or [ROOT]
    results = [measure(tree) for tree in trees]
    lines = [f"| | {' | '.join(tree.name for tree in trees)} |", f"|---|{'---|' * len(trees)}"]
    lines += (f"| {what} | {' | '.join(figures[what] for figures, _ in results)} |" for what in results[0][0])
    lines += (f"\n{what}: {', '.join(listed) or 'none'}" for what, listed in results[-1][1].items())
    sys.stdout.write("\n".join((*lines, "")))


if __name__ == "__main__":
    main()
