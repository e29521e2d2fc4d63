"""The v1 object, field by field as it was promised."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.request import AnalysisRequest
from subtext.domain.analysis import Repair
from subtext.domain.article import AnalysisWarning
from subtext.domain.draft import Draft
from subtext.domain.evidence import Span
from subtext.errors import SubtextError
from subtext.schemas.analysis import AnalysisView
from tests.support.api import ASK, TEXT
from tests.support.builders import AXIS, BODY, article, claim, framing, summary
from tests.support.fakes import FakeClock, ScriptedEngine

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from subtext.domain.analysis import Analysis


def _fields(names: str) -> set[str]:
    return set(names.split())


SPAN = {"start", "end"}
LEAN = {"label", "scores", "score", "intensity"}
# Every field of the contract, by the pointer of the object that has it; `*` is any item of a list.
PROMISED = {
    "": _fields(
        "id schema_version created_at duration_ms status warnings document coverage target summary "
        "framing voices evidence grounding injection engine prompt usage cache links request_id"
    ),
    "/warnings/*": {"code", "message", "pointer", "range"},
    "/document": _fields(
        "source title byline site published_at language sha256 char_count word_count normalisation text"
    ),
    "/document/source": {"kind", "url", "final_url", "fetched_at"},
    "/document/language": {"code", "confidence"},
    "/coverage": {"complete", "ranges_read", "ranges_failed", "fraction"},
    "/coverage/ranges_read/*": SPAN,
    "/target": {"name", "aliases", "given_by", "mentions"},
    "/summary": {"headline", "sentences", "text"},
    "/summary/sentences/*": {"text", "evidence_ids", "support"},
    "/framing": LEAN | {"axis", "confidence", "rationale", "indicators", "by_voice", "headline", "divergence"},
    "/framing/confidence": {"value", "method", "calibration_id"},
    "/framing/indicators/*": {"code", "pole", "count", "evidence_ids"},
    "/framing/by_voice": {"author", "attributed"},
    "/framing/by_voice/author": LEAN,
    "/framing/by_voice/attributed": LEAN,
    "/framing/headline": LEAN,
    "/voices/*": LEAN | {"id", "kind", "name", "evidence_ids"},
    "/evidence/*": SPAN
    | _fields("id role quote utf16 occurrence occurrences match segment voice_id pole indicator strength polarity"),
    "/evidence/*/utf16": SPAN,
    "/grounding": {"proposed", "kept", "folded", "rejected", "rejected_items", "repairs"},
    "/grounding/rejected_items/*": {"quote", "reason"},
    "/grounding/repairs/*": {"kind", "count"},
    "/injection": {"suspected", "findings"},
    "/engine": {"kind", "model", "model_reported", "output_mode", "samples", "degraded_from"},
    "/prompt": {"id", "version", "sha256"},
    "/usage": {"input_tokens", "output_tokens", "cached_tokens", "calls", "attempts", "cost", "currency"},
    "/cache": {"hit", "age_s"},
    "/links": {"self", "report", "verify", "feedback"},
}


async def analysed(**changes: Any) -> Analysis:
    """An analysis with evidence of two voices, support, a rejected quote and a warning."""
    draft = Draft(
        summary=summary(("It went back to its creditors.", ("Orlan Freight went back to its creditors",))),
        framing=framing(claim("cap in hand", indicator="lifeline"), claim("not there at all")),
        target="Orlan Freight",
    )
    engine = ScriptedEngine(draft, warnings=(AnalysisWarning("odd", "this is odd", "/document", Span(1, 2)),))
    found = await Analyzer({"scripted": engine}, FakeClock()).analyze(article(BODY), AnalysisRequest(AXIS))
    repaired = replace(found.grounding, repairs=(Repair("list_cut", 2),))
    return replace(found, **{"grounding": repaired, **changes})


def objects_at(value: Any, pointer: str) -> list[Any]:
    found = [value]
    for step in pointer.split("/")[1:]:
        found = [inner for outer in found for inner in (outer if step == "*" else [outer[step]])]
    return found


@pytest.mark.parametrize("pointer", [pointer for pointer in PROMISED if pointer != "/prompt"], ids=str)
async def test_every_promised_field_is_there(pointer: str) -> None:
    view = AnalysisView.of(await analysed()).model_dump(mode="json")

    found = objects_at(view, pointer)
    assert found
    for item in found:
        assert item.keys() >= PROMISED[pointer]


async def test_a_part_that_was_not_asked_for_is_null_and_lists_are_there() -> None:
    view = AnalysisView.of(await analysed(summary=None, framing=None, target=None, voices=(), evidence=()))

    dumped = view.model_dump(mode="json")
    assert PROMISED[""] == dumped.keys()
    assert [dumped[name] for name in ("summary", "framing", "target")] == [None] * 3
    assert [dumped[name] for name in ("voices", "evidence")] == [[]] * 2


async def test_the_text_is_answered_only_when_asked_for() -> None:
    analysis = await analysed()

    assert AnalysisView.of(analysis).document.text is None
    assert AnalysisView.of(analysis, include_text=True).document.text == analysis.article.text


async def test_an_answer_that_would_misquote_is_none() -> None:
    """The contract of offsets is checked on what leaves, whatever went wrong before."""
    analysis = await analysed()
    first, *others = analysis.evidence
    moved = replace(first, match=replace(first.match, span=Span(first.match.span.start + 1, first.match.span.end + 1)))

    with pytest.raises(SubtextError, match="evidence e1 is not in the text at its offsets"):
        AnalysisView.of(replace(analysis, evidence=(moved, *others)))


async def test_a_stored_answer_is_read_back_as_it_was() -> None:
    view = AnalysisView.of(await analysed(), request_id="mine-1", include_text=True)

    assert AnalysisView.model_validate_json(view.model_dump_json()) == view
    assert AnalysisView.model_validate_json(view.model_dump_json(by_alias=True)) == view


def test_repairs_of_the_form_are_told_and_verified_answers_may_lack_them(
    answer: dict[str, Any], api: TestClient
) -> None:
    with_repairs, before = copy.deepcopy(answer), copy.deepcopy(answer)
    with_repairs["grounding"]["repairs"] = [{"kind": "list_cut", "count": 2}]
    del before["grounding"]["repairs"]

    for stored in (with_repairs, before):
        response = api.post("/v1/verify", json={"analysis": stored})
        assert (response.status_code, response.json()["valid"]) == (200, True)


def test_a_newer_answer_with_more_fields_is_still_read(answer: dict[str, Any], api: TestClient) -> None:
    response = api.post("/v1/verify", json={"analysis": {**answer, "mood": "new"}})

    assert (response.status_code, response.json()["valid"]) == (200, True)


def test_the_parts_of_one_article_are_the_same_object(api: TestClient) -> None:
    whole, summary_alone, framing_alone = (
        api.post(f"/v1/{path}", json=ASK).json() for path in ("analyses", "summaries", "stances")
    )

    assert whole.keys() == summary_alone.keys() == framing_alone.keys() == PROMISED[""]
    assert (summary_alone["framing"], framing_alone["summary"]) == (None, None)
    assert summary_alone["summary"]["text"] == whole["summary"]["text"]
    assert framing_alone["framing"]["label"] == whole["framing"]["label"]
    for part, absent in ((summary_alone, "/framing"), (framing_alone, "/summary")):
        assert [w["pointer"] for w in part["warnings"] if w["code"] == "not_requested"] == [absent]


@pytest.mark.parametrize(
    "before", ["", "😀 ", "e\u0301 \U0001f468\u200d\U0001f469\u200d\U0001f467\r\n", "\u202eabc\u202c "]
)
def test_offsets_count_code_points_and_utf16_units(before: str, api: TestClient) -> None:
    text = before + TEXT
    found = api.post("/v1/analyses", json={"text": text, "engine": "local", "include": ["text"]}).json()

    assert found["document"]["text"] == text
    assert found["evidence"]
    units = text.encode("utf-16-le")
    for item in found["evidence"]:
        pair = item["utf16"]
        assert text[item["start"] : item["end"]] == item["quote"]
        assert units[2 * pair["start"] : 2 * pair["end"]].decode("utf-16-le") == item["quote"]


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/cache/age_s", False),
        ("/cache/hit", 1),
        ("/duration_ms", "12"),
        ("/document/char_count", True),
        ("/grounding/kept", 6.5),
        ("/framing/score", "-0.7143"),
        ("/evidence/0/start", "105"),
        ("/voices/0/evidence_ids", "e1"),
    ],
)
def test_nothing_in_a_stored_answer_is_converted(
    pointer: str, value: object, answer: dict[str, Any], api: TestClient
) -> None:
    changed = copy.deepcopy(answer)
    *way, last = pointer.split("/")[1:]
    inner: Any = changed
    for step in way:
        inner = inner[int(step) if step.isdecimal() else step]
    inner[last] = value

    response = api.post("/v1/verify", json={"analysis": changed})

    assert (response.status_code, response.json()["code"]) == (422, "request_invalid")
    assert [field["pointer"] for field in response.json()["errors"]] == [f"/analysis{pointer}"]
