"""docs/telemetry.md lists every metric, with its type, its labels and what it means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import prometheus_client
import pytest
from prometheus_client.parser import text_string_to_metric_families

from subtext.asgi import create_app
from subtext.settings import StoreSettings
from tests.support.api import client, settings
from tests.support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from prometheus_client import Metric

GUIDE = (ROOT / "docs" / "telemetry.md").read_text(encoding="utf-8")
ROWS = set(re.findall(r"^\| `subtext_.+\|$", GUIDE, re.MULTILINE))
NAMES = set(re.findall(r"\bsubtext_\w+", GUIDE))


@pytest.fixture
def families(tmp_path: Path) -> dict[str, Metric]:
    """Return the families of metrics of a service with a database, by the name of their series."""
    store = StoreSettings(database_url=f"sqlite:///{tmp_path / 'kept.db'}")
    with client(create_app(settings(store=store))) as service:
        text = service.get("/metrics").text
    found = (family for family in text_string_to_metric_families(text) if family.name.startswith("subtext_"))
    return {family.name + ("_total" if family.type == "counter" else ""): family for family in found}


def label_names(family: Metric) -> list[str]:
    """Return the labels of a family: as the code defines them, or as its series have them."""
    collector = prometheus_client.REGISTRY._names_to_collectors.get(family.name)  # noqa: SLF001 - there is no public way
    if collector is not None:
        return list(collector._labelnames)  # type: ignore[attr-defined] # noqa: SLF001 - as above
    return sorted({name for sample in family.samples for name in sample.labels})


def test_the_guide_lists_every_metric_as_it_is(families: dict[str, Metric]) -> None:
    expected = {
        f"| `{name}` | {family.type} | {', '.join(label_names(family)) or '–'} | {family.documentation} |"
        for name, family in families.items()
    }

    assert sorted(expected - ROWS) == []
    assert sorted(ROWS - expected) == []


def test_everything_that_is_asked_for_is_a_metric(families: dict[str, Metric]) -> None:
    """The dashboard, the alerts and the runbook ask for no metric that is none."""
    known = {*families, *(f"{name}{end}" for name in families for end in ("_bucket", "_count", "_sum"))}
    asked = {
        name
        for path in ("deploy/dashboard.json", "deploy/alerts.yaml", "deploy/alerts.test.yaml", "docs/runbook.md")
        for name in re.findall(r"\bsubtext_\w+", (ROOT / path).read_text(encoding="utf-8"))
    }

    assert sorted(asked - known) == []
