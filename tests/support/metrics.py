"""Metrics as a scrape shows them, and the tools that judge them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Scrape:
    """One scrape: each series by its name and labels."""

    text: str

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of the series of this name that have these labels; 0 if there are none."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def labels(self, name: str, label: str) -> set[str]:
        """Return the values that a label has in the series of this name."""
        return {
            sample.labels[label]
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
            if sample.name == name
        }


def scrape_process() -> Scrape:
    """Scrape what this process has counted since it began, earlier tests included: compare two scrapes."""
    return Scrape(generate_latest(REGISTRY).decode())


def promtool(*arguments: str | Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run promtool, and return how it ended; skip the test with one line where there is none."""
    _require("promtool")
    return subprocess.run(["promtool", *map(str, arguments)], input=text, capture_output=True, text=True, check=False)


def require_prometheus() -> None:
    """Skip the test with one line where there is no Prometheus server; `promtool` in SUBTEXT_REQUIRE asks for both."""
    _require("prometheus")


def _require(program: str) -> None:
    present = shutil.which(program) is not None
    require_or_skip("promtool", present=present, why=f"`{program}` of Prometheus is not on the PATH")
