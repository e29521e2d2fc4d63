"""The guides name only what exists: files, classes, commands and decisions."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "service" / "subtext"
DECISIONS = ROOT / "docs" / "decisions"
GUIDES = [ROOT / "docs" / "architecture.md", ROOT / "CONTRIBUTING.md"]
ENDINGS = {".md", ".py", ".toml", ".yaml"}
FILE = re.compile(r"\.?[\w-]+(?:/[\w.-]+)*/?")


def code(guide: Path) -> set[str]:
    """What a guide has between backticks, without blocks of code."""
    text = re.sub(r"^```.*?^```", "", guide.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([^`\n]+)`", text))


def named_files(guide: Path) -> set[str]:
    """The paths that a guide names; of one with a placeholder, such as `<id>`, the folder."""
    words = {re.sub(r"/[^/]*<\w+>.*", "/", word) for words in code(guide) for word in words.split()}
    return {
        word for word in words if FILE.fullmatch(word) and ("/" in word or Path(word).suffix in {".py", ".md", ".toml"})
    }


def defined_types() -> set[str]:
    """The classes and the type aliases of the package."""
    names = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Assign):
                names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_a_guide_names_only_files_that_exist(guide: Path) -> None:
    files = named_files(guide)
    assert len(files) > 5
    assert [name for name in sorted(files) if not ((ROOT / name).exists() or (PACKAGE / name).exists())] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_a_guide_names_only_types_that_exist(guide: Path) -> None:
    types = {word.split(".")[0] for word in code(guide) if re.fullmatch(r"[A-Z]\w*[a-z]\w*(?:\.\w+)?", word)}
    assert types - defined_types() == set()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_a_guide_names_only_commands_that_exist(guide: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {words[1] for word in code(guide) if (words := word.split())[0] == "make" and len(words) > 1}
    assert named
    assert named - targets == set()


def test_the_drawing_of_the_layers_is_that_of_the_contract() -> None:
    guide = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawing = re.search(r"^```text\n(cli\n.*?)^```", guide, re.MULTILINE | re.DOTALL)
    lines = drawing[1].splitlines() if drawing else []
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    assert [re.split(r"  +", line)[0].replace(" · ", " | ") for line in lines] == layers


def decision_rows() -> dict[str, tuple[int, str]]:
    """The rows of the index: file, number and title, each with a status and a date."""
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    row = r"^\| \[(\d+)\]\(([\w.-]+)\) \| (.+?) \| [a-z].+? \| \d{4}-\d\d-\d\d \|$"
    return {file: (int(number), title) for number, file, title in re.findall(row, index, re.MULTILINE)}


def test_the_index_has_every_decision_under_its_own_title() -> None:
    titles = {}
    for path in DECISIONS.glob("0*.md"):
        number, _, title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").partition(". ")
        titles[path.name] = (int(number), title)
    assert decision_rows() == titles


def test_the_index_names_the_numbers_that_were_never_used() -> None:
    used = {number for number, _ in decision_rows().values()}
    unused = sorted(set(range(1, max(used))) - used)
    sentence = re.search(r"(\d[\d, and]*) were never used", (DECISIONS / "README.md").read_text(encoding="utf-8"))
    assert [int(number) for number in re.findall(r"\d+", sentence[1] if sentence else "")] == unused
