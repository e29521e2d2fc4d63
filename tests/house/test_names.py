"""Names of the package: each stands for one thing, modules are nouns, and no module is a fragment."""

from __future__ import annotations

from pathlib import Path

from benchmarks import structure

ROOT = Path(__file__).resolve().parents[2]
MODULES = structure.read_modules(ROOT)
# A distribution of its own, whose classes are named as the objects of the API: no other part imports it.
CLIENT = "client"


def test_no_class_name_stands_for_two_things() -> None:
    assert len(MODULES) > 50
    for modules in (
        [module for module in MODULES if module.part != CLIENT],
        [module for module in MODULES if module.part == CLIENT],
    ):
        assert structure.find_repeated(name for module in modules for name in module.classes()) == []


def test_no_module_is_named_by_a_gerund() -> None:
    assert structure.find_gerunds(MODULES) == []


def test_no_module_is_a_fragment() -> None:
    assert [module.path for module in MODULES if module.lines < structure.SHORT_LINES] == []
