"""What readers said, as a labelled set that `subtext eval` takes as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from subtext.asgi import create_app
from subtext.settings import StoreSettings
from tests.support.api import ASK, client, settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.testclient import TestClient

    from tests.support.cli import CliResult

    Subtext = Callable[..., CliResult]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    found = f"sqlite:///{tmp_path / 'kept.db'}"
    monkeypatch.setenv("SUBTEXT_STORE_DATABASE_URL", found)
    return found


def say(service: TestClient, target: str, *said: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = service.post("/v1/analyses", json={**ASK, "target": target}).json()
    for body in said:
        assert service.post(found["links"]["feedback"], json=body).status_code == 201
    return found


def test_the_last_word_on_each_article_becomes_a_case(url: str, tmp_path: Path, subtext: Subtext) -> None:
    with client(create_app(settings(store=StoreSettings(database_url=url, text=True)))) as service:
        right = say(service, "Orlan Freight", {"verdict": "wrong", "label": "neither"}, {"verdict": "right"})
        wrong = say(service, "Ivo Brandt", {"verdict": "wrong", "label": "mixed", "comment": "Both."})
        say(service, "the creditors", {"verdict": "wrong"})

    ran = subtext("eval", "export-feedback")

    assert (ran.code, "1 left out because the reader did not give the right label" in ran.err) == (0, True)
    cases = {case["id"]: case for case in map(json.loads, ran.out.splitlines())}
    assert {name: case["label"] for name, case in cases.items()} == {right["id"]: "desperation", wrong["id"]: "mixed"}
    assert cases[wrong["id"]]["comment"] == "Both."
    written = subtext("eval", "export-feedback", "-o", "set.jsonl")
    assert (written.code, written.out) == (0, "")
    assert "2 articles with feedback exported to set.jsonl" in written.err
    assert (tmp_path / "set.jsonl").read_text(encoding="utf-8") == ran.out
    assert json.loads(subtext("eval", "export-feedback", "--json").out) == list(map(json.loads, ran.out.splitlines()))
    said = tmp_path / "said.jsonl"
    said.write_text(ran.out, encoding="utf-8")
    measured = subtext("eval", str(said), "--engine", "local", "--json")
    assert json.loads(measured.out)["sets"][0]["name"] == "said.jsonl"


def test_an_article_whose_text_was_not_kept_is_counted(url: str, subtext: Subtext) -> None:
    with client(create_app(settings(store=StoreSettings(database_url=url)))) as service:
        say(service, "Orlan Freight", {"verdict": "right"})

    ran = subtext("eval", "export-feedback", "--owner", "")

    assert (ran.code, ran.out) == (0, "")
    assert "1 left out without a stored text: SUBTEXT_STORE_TEXT=true" in ran.err
