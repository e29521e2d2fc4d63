from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.slack.mrkdwn import escape_mrkdwn
from tests.support.slack import ATTACKS, OBEYED


@pytest.mark.parametrize("attack", ATTACKS)
def test_foreign_text_is_shown_and_never_obeyed(attack: str) -> None:
    shown = escape_mrkdwn(f"He said {attack} to them", 300)
    assert not OBEYED.search(shown), shown
    assert shown.startswith("He said ")


@given(st.text(max_size=400), st.integers(min_value=8, max_value=120))
def test_no_text_is_obeyed_or_longer_than_its_room(text: str, limit: int) -> None:
    shown = escape_mrkdwn(text, limit)
    assert not OBEYED.search(shown)
    assert len(shown) <= limit


@given(st.text(alphabet="&<>@.a *", max_size=300))
def test_what_takes_more_room_when_it_is_made_safe_is_cut_to_its_room(text: str) -> None:
    assert len(escape_mrkdwn(text, 20)) <= 20


def test_plain_words_stay_as_they_are() -> None:
    assert escape_mrkdwn("“We dictate the terms,” he said – at 5 p.m. on Monday.", 100).replace("\u2060", "") == (
        "“We dictate the terms,” he said – at 5 p.m. on Monday."
    )
