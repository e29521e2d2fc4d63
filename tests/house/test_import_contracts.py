"""Contracts of import-linter (pyproject.toml): one that keeps a library in one place holds for all other modules."""

from __future__ import annotations

import pkgutil
import tomllib

import pytest

import subtext
from tests.support.repository import ROOT

MODULES = {module.name for module in pkgutil.iter_modules(subtext.__path__)}
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


@pytest.mark.parametrize(
    ("name", "exempt"),
    [
        ("only bootstrap and the command line read settings", {"bootstrap", "cli", "settings"}),
        ("only telemetry knows Prometheus and OpenTelemetry", {"telemetry"}),
        ("only the queue knows DBOS", {"batches"}),
    ],
)
def test_it_holds_for_every_module_but_the_one_that_it_is_about(name: str, exempt: set[str]) -> None:
    (contract,) = (contract for contract in CONTRACTS if contract["name"] == name)

    assert set(contract["source_modules"]) == {f"subtext.{module}" for module in MODULES - exempt}
