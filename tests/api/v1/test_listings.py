"""The lists of axes, engines and prompts: whatever is listed can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.api import ASK

if TYPE_CHECKING:
    from starlette.testclient import TestClient


def test_every_axis_that_is_listed_can_be_asked_for(api: TestClient) -> None:
    axes = api.get("/v1/axes").json()["axes"]

    assert [(axis["id"], axis["version"]) for axis in axes] == [
        ("desperation-domination", 1),
        ("desperation-domination", 2),
    ]
    assert api.post("/v1/stances", json=ASK).json()["framing"]["axis"] == "desperation-domination@2"
    for axis in axes:
        poles = [pole["id"] for pole in axis["poles"]]
        assert axis["labels"] == [*poles, "mixed", "neither"]
        assert {indicator["pole"] for indicator in axis["indicators"]} == set(poles)
        ref = f"{axis['id']}@{axis['version']}"
        answer = api.post("/v1/stances", json={**ASK, "axis": ref})
        assert answer.json()["framing"]["axis"] == ref


def test_every_engine_that_is_listed_can_be_asked_for(api: TestClient) -> None:
    engines = api.get("/v1/engines").json()["engines"]

    assert [engine["name"] for engine in engines] == ["local"]
    for name in ("auto", *(engine["name"] for engine in engines)):
        answer = api.post("/v1/analyses", json={**ASK, "engine": name})
        assert answer.json()["engine"]["kind"] == engines[0]["kind"]


def test_there_is_a_prompt_for_each_part_and_for_both(api: TestClient) -> None:
    prompts = api.get("/v1/prompts").json()["prompts"]

    assert {tuple(prompt["parts"]) for prompt in prompts} == {("framing", "summary"), ("framing",), ("summary",)}
    assert all(len(prompt["sha256"]) == 64 for prompt in prompts)
