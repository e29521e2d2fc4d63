from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.url_mask import mask_url_secrets


@dataclass(frozen=True)
class Masked:
    id: str
    text: str
    shown: str


@pytest.mark.parametrize(
    "case",
    [
        Masked("no URL", "user:pw@host", "user:pw@host"),
        Masked("no secret", "https://llm.example/v1?mode=json", "https://llm.example/v1?mode=json"),
        Masked("database", "postgresql://app:pw@db/subtext", "postgresql://app:********@db/subtext"),
        Masked("user alone", "postgresql://app@db/subtext", "postgresql://app@db/subtext"),
        Masked("no user", "redis://:pw@cache:6379/0", "redis://:********@cache:6379/0"),
        Masked("a token in place of a user", "https://tok@llm.example/v1", "https://:********@llm.example/v1"),
        Masked("unquoted", "postgresql://app:p/w?#@x@db/n", "postgresql://app:********@db/n"),
        Masked("capitals", "HTTPS://u:pw@llm.example", "HTTPS://u:********@llm.example"),
        Masked("parameter", "postgresql://db/n?user=a&password=pw", "postgresql://db/n?user=a&password=********"),
        Masked("key", "https://llm.example/v1?api-key=k#f", "https://llm.example/v1?api-key=********#f"),
        Masked("driver", "postgresql+psycopg://a:pw@db/n", "postgresql+psycopg://a:********@db/n"),
        Masked(
            "two in a sentence",
            "from redis://:pw@a to https://b?token=pw, or not",
            "from redis://:********@a to https://b?token=******** or not",
        ),
    ],
    ids=lambda case: case.id,
)
def test_what_is_secret_in_a_url_is_masked(case: Masked) -> None:
    assert mask_url_secrets(case.text) == case.shown


SECRET = st.text(st.characters(exclude_categories=["Z", "C"], exclude_characters="*"), min_size=12, max_size=40)


@given(SECRET)
def test_no_password_gets_through(secret: str) -> None:
    assert secret not in mask_url_secrets(f"postgresql://app:{secret}@db.example/subtext")
