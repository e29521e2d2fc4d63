"""The dashboard as it is committed: its panels, and the expressions that Grafana would ask for."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.support.repository import ROOT

DASHBOARD = ROOT / "deploy" / "dashboard.json"
_INTERVAL = "$__rate_interval"


@dataclass(frozen=True)
class Panel:
    """One panel: its row, title, unit, and each expression with its legend."""

    row: str
    title: str
    unit: str
    expressions: tuple[tuple[str, str], ...]


def read_panels(rate_interval: str) -> tuple[Panel, ...]:
    """Return the panels in order, with Grafana's rate interval as given, such as `1m`."""
    panels, row = [], ""
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        if panel["type"] == "row":
            row = panel["title"]
            continue
        expressions = (
            (each["expr"].replace(_INTERVAL, rate_interval), each["legendFormat"]) for each in panel["targets"]
        )
        panels.append(Panel(row, panel["title"], panel["fieldConfig"]["defaults"]["unit"], tuple(expressions)))
    return tuple(panels)
