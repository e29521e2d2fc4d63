"""Logs for the tests of the Slack app."""

from __future__ import annotations

import pytest

from subtext.telemetry.logs import configure_logs


@pytest.fixture(autouse=True)
def _logs_of_this_test() -> None:
    """No stream of an earlier test, which is closed by now, is logged to."""
    configure_logs("error", "json")
