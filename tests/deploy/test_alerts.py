"""Each alert fires in its unit test, asks for metrics that exist, and leads to an entry of the runbook."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.support.metrics import promtool
from tests.support.repository import ROOT

DEPLOY = ROOT / "deploy"
RULES: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "alerts.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
TESTS: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "alerts.test.yaml").read_text(encoding="utf-8"))["tests"]
ENTRIES = re.split(r"^## ", (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
NAMES = [rule["alert"] for rule in RULES]


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


ENTRY_BY_ANCHOR = {anchor(entry.partition("\n")[0]): entry for entry in ENTRIES}


def test_promtool_accepts_the_rules() -> None:
    checked = promtool("check", "rules", DEPLOY / "alerts.yaml")

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(RULES)} rules found" in checked.stdout


def test_each_alert_fires_in_its_test() -> None:
    ran = promtool("test", "rules", DEPLOY / "alerts.test.yaml")

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_has_a_test_in_which_it_is_quiet_and_then_fires(name: str) -> None:
    cases = [case for test in TESTS for case in test["alert_rule_test"] if case["alertname"] == name]

    assert [len(case["exp_alerts"]) for case in cases] == [0, 1]


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_an_alert_leads_to_its_entry_of_the_runbook(rule: dict[str, Any]) -> None:
    path, _, target = rule["annotations"]["runbook"].partition("#")

    assert (path, target in ENTRY_BY_ANCHOR) == ("docs/runbook.md", True), sorted(ENTRY_BY_ANCHOR)
    assert f"`{rule['alert']}`" in ENTRY_BY_ANCHOR[target]
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_the_runbook_names_no_alert_that_is_none() -> None:
    named = set(re.findall(r"`(Subtext[A-Z]\w+)`", "".join(ENTRIES)))

    assert named == set(NAMES)
