"""Owners of what a caller stores: an API key's name, or a Slack workspace, and never one for the other."""

from __future__ import annotations

from subtext.domain.caller import key_owner, slack_owner


def test_a_workspace_is_another_owner_than_a_key_of_its_name() -> None:
    assert (key_owner("T1"), slack_owner("T1")) == ("T1", "slack:T1")
