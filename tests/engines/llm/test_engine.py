from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest

from subtext import errors
from subtext.engines.llm.model_endpoint import ModelEndpoint, RequestLimits
from tests.support.engines import KEY, NONCE, TEXT, URL, completion, engine, good_draft, task
from tests.support.fakes import FakeClock

if TYPE_CHECKING:
    import respx

    from subtext.analysis.ports import AnalysisPart

GOOD = httpx.Response(200, json=completion(good_draft()))
HTML = httpx.Response(200, html="<html><body>Please sign in to the network</body></html>")


def failed(status: int, *, headers: dict[str, str] | None = None, **error: Any) -> httpx.Response:
    return httpx.Response(status, headers=headers, json={"error": {"message": "no", **error}})


def wrote(content: object, **others: Any) -> httpx.Response:
    return httpx.Response(200, json=completion(content, **others))


async def test_a_good_answer_becomes_a_draft_with_its_provenance(server: respx.Route, clock: FakeClock) -> None:
    server.mock(return_value=GOOD)

    async with engine(clock) as llm:
        reading = await llm.read(task())

    draft, provenance = reading.draft, reading.provenance
    assert draft.target == "Norwick Docks"
    assert draft.summary is not None
    assert [len(sentence.quotes) for sentence in draft.summary.sentences] == [1, 1, 2]
    assert draft.framing is not None
    assert draft.framing.confidence == 0.85
    assert [item.speaker for item in draft.framing.evidence] == [None, None, "Lena Brandt", "Lena Brandt"]
    assert provenance.engine.model_reported == "some-model-2026-01"
    assert provenance.engine.output_mode == "json_schema"
    assert provenance.prompt is not None
    assert provenance.prompt.id == "analysis"
    assert len(provenance.prompt.sha256) == 64
    assert [attempt.outcome for attempt in provenance.usage.attempts] == ["ok"]
    assert provenance.usage.input_tokens == 1_200
    assert provenance.usage.output_tokens == 300
    assert provenance.usage.cached_tokens == 1_000


async def test_the_request_asks_for_the_schema_and_ends_with_the_fenced_article(
    server: respx.Route, clock: FakeClock
) -> None:
    server.mock(return_value=GOOD)

    async with engine(clock, patience=RequestLimits(max_output_tokens=777)) as llm:
        await llm.read(task())

    request = server.calls.last.request
    asked = json.loads(request.content)
    schema = asked["response_format"]["json_schema"]
    assert asked["model"] == "some-model"
    assert asked["temperature"] == 0
    assert asked["max_tokens"] == 777
    assert schema["strict"] is True
    assert schema["schema"]["required"] == list(schema["schema"]["properties"])
    assert json.dumps(schema["schema"], separators=(",", ":")) in asked["messages"][0]["content"]
    assert TEXT not in asked["messages"][0]["content"]
    assert TEXT in asked["messages"][-1]["content"]
    assert NONCE in asked["messages"][-1]["content"]
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["accept-encoding"] == "identity"


async def test_nothing_of_the_environment_reaches_the_server(
    server: respx.Route, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "from-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/elsewhere")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.mock(return_value=GOOD)

    async with engine(clock, provider=ModelEndpoint(URL, "some-model")) as llm:
        await llm.read(task())

    headers = server.calls.last.request.headers
    assert "authorization" not in headers
    assert "from-the-environment" not in str(headers.raw)


@pytest.mark.parametrize("part", ["summary", "framing"])
async def test_a_part_alone_is_asked_with_its_own_prompt_and_schema(
    part: AnalysisPart, server: respx.Route, clock: FakeClock
) -> None:
    of_part = {"summary": {"headline", "sentences"}, "framing": {"evidence", "rationale", "label", "confidence"}}
    fields = {"target"} | of_part[part]
    server.mock(return_value=wrote({key: value for key, value in good_draft().items() if key in fields}))

    async with engine(clock) as llm:
        reading = await llm.read(task(parts=frozenset({part})))

    schema = json.loads(server.calls.last.request.content)["response_format"]["json_schema"]["schema"]
    assert set(schema["properties"]) == fields
    assert (reading.draft.summary is None, reading.draft.framing is None) == (part == "framing", part == "summary")
    assert reading.provenance.prompt is not None
    assert reading.provenance.prompt.id == {"summary": "summary", "framing": "stance"}[part]


async def test_a_second_axis_needs_no_code(server: respx.Route, clock: FakeClock) -> None:
    framing = {
        "label": "victim",
        "evidence": [{**good_draft()["evidence"][1], "pole": "victim"}],
    }
    server.mock(return_value=wrote(good_draft(**framing)))

    async with engine(clock) as llm:
        reading = await llm.read(task(axis="victim-villain"))

    schema = json.loads(server.calls.last.request.content)["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["label"]["enum"] == ["victim", "villain", "mixed", "neither"]
    assert reading.draft.framing is not None
    assert reading.draft.framing.label == "victim"


@dataclass(frozen=True)
class Fault:
    """What the server does, every time, and what comes of it."""

    id: str
    response: httpx.Response | Exception
    error: type[errors.EngineError]
    calls: int


REFUSED = httpx2.ConnectError("refused")
NEVER = [
    Fault("401", failed(401, code="invalid_api_key"), errors.EngineMisconfigured, 1),
    Fault("403", failed(403), errors.EngineMisconfigured, 1),
    Fault("404 model", failed(404, code="model_not_found"), errors.EngineMisconfigured, 1),
    Fault("404 in words", httpx.Response(404, json={"error": "model 'x' not found"}), errors.EngineMisconfigured, 1),
    Fault("400", failed(400, code="unknown_parameter"), errors.EngineRejectedRequest, 1),
    Fault("422", failed(422), errors.EngineRejectedRequest, 1),
    Fault("413", failed(413), errors.EngineInputTooLong, 1),
    Fault("402", failed(402), errors.EngineQuotaExhausted, 1),
    Fault("context by code", failed(400, code="context_length_exceeded"), errors.EngineInputTooLong, 1),
    Fault("context by type", failed(400, type="exceed_context_size_error"), errors.EngineInputTooLong, 1),
    Fault(
        "context in words",
        failed(400, message="This model's maximum context length is 8192 tokens."),
        errors.EngineInputTooLong,
        1,
    ),
    Fault("429 without credit", failed(429, code="insufficient_quota"), errors.EngineQuotaExhausted, 1),
    Fault("429 by type", failed(429, type="insufficient_quota"), errors.EngineQuotaExhausted, 1),
    Fault("400 content filter", failed(400, code="content_filter"), errors.EngineFiltered, 1),
    Fault(
        "307 elsewhere",
        httpx.Response(307, headers={"Location": "http://127.0.0.1:1/"}),
        errors.EngineRejectedRequest,
        1,
    ),
    Fault("cut at the limit", wrote('{"target":', finish_reason="length"), errors.EngineOutputTruncated, 2),
    Fault("filtered", wrote(None, finish_reason="content_filter"), errors.EngineFiltered, 1),
    Fault("declined in words", wrote("I’m sorry, but I can’t help with that."), errors.EngineRefused, 1),
    Fault(
        "compressed",
        httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=b"\x1f\x8b"),
        errors.EngineBadOutput,
        1,
    ),
]
AGAIN = [
    Fault("500", failed(500), errors.EngineServerError, 3),
    Fault("502", failed(502), errors.EngineServerError, 3),
    Fault("503", failed(503), errors.EngineUnavailable, 3),
    Fault("504", failed(504), errors.EngineServerError, 3),
    Fault("529", failed(529), errors.EngineServerError, 3),
    Fault("408", failed(408), errors.EngineTimedOut, 3),
    Fault("409", failed(409), errors.EngineServerError, 3),
    Fault("425", failed(425), errors.EngineServerError, 3),
    Fault("429", failed(429), errors.EngineRateLimited, 3),
    Fault("refused connection", REFUSED, errors.EngineUnavailable, 3),
    Fault("connect time-out", httpx2.ConnectTimeout("slow"), errors.EngineUnavailable, 3),
    Fault("read time-out", httpx2.ReadTimeout("slow"), errors.EngineTimedOut, 3),
    Fault("reset", httpx2.ReadError("reset"), errors.EngineServerError, 3),
    Fault("no protocol", httpx2.RemoteProtocolError("what?"), errors.EngineServerError, 3),
    Fault("html", HTML, errors.EngineBadOutput, 3),
    Fault("no content", httpx.Response(204), errors.EngineBadOutput, 3),
    Fault("blank", httpx.Response(200, text="  \n"), errors.EngineBadOutput, 3),
    Fault("a list", httpx.Response(200, json=[1, 2]), errors.EngineBadOutput, 3),
    Fault("null", httpx.Response(200, text="null"), errors.EngineBadOutput, 3),
    Fault("a string", httpx.Response(200, json="hello"), errors.EngineBadOutput, 3),
    Fault("an empty object", httpx.Response(200, json={}), errors.EngineBadOutput, 3),
    Fault("no choices", httpx.Response(200, json={"choices": []}), errors.EngineBadOutput, 3),
    Fault("null for choices", httpx.Response(200, json={"choices": None}), errors.EngineBadOutput, 3),
    Fault("null for a choice", httpx.Response(200, json={"choices": [None]}), errors.EngineBadOutput, 3),
    Fault("no message", httpx.Response(200, json={"choices": [{}]}), errors.EngineBadOutput, 3),
    Fault("null for content", wrote(None), errors.EngineBadOutput, 3),
    Fault("empty content", wrote(""), errors.EngineBadOutput, 3),
    Fault("cut JSON", httpx.Response(200, content=GOOD.content[:-40]), errors.EngineBadOutput, 3),
    Fault("bad UTF-8", httpx.Response(200, content=b'{"a": "\xff"}'), errors.EngineBadOutput, 3),
    Fault("UTF-16", httpx.Response(200, content=GOOD.text.encode("utf-16")), errors.EngineBadOutput, 3),
    Fault("byte order mark", httpx.Response(200, content=b"\xef\xbb\xbf" + GOOD.content), errors.EngineBadOutput, 3),
    Fault("error with 200", failed(200), errors.EngineServerError, 3),
    Fault("429 with 200", failed(200, code=429), errors.EngineRateLimited, 3),
    Fault("no credit with 200", failed(200, code="insufficient_quota"), errors.EngineQuotaExhausted, 1),
    Fault("401 with 200", failed(200, code=401), errors.EngineMisconfigured, 1),
]


@pytest.mark.parametrize("case", [*NEVER, *AGAIN], ids=lambda case: case.id)
async def test_every_fault_ends_in_its_own_error_after_as_many_calls_as_make_sense(
    case: Fault, server: respx.Route, clock: FakeClock
) -> None:
    server.mock(side_effect=lambda _request: _next(case))

    async with engine(clock) as llm:
        with pytest.raises(case.error) as caught:
            await llm.read(task())

    assert type(caught.value) is case.error
    assert server.call_count == case.calls
    for secret in (KEY, URL, "127.0.0.1", "Norwick", "sign in"):
        assert secret not in caught.value.detail


def _next(case: Fault) -> httpx.Response:
    """The response anew: one that was read once is used up."""
    if isinstance(case.response, Exception):
        raise case.response
    return httpx.Response(case.response.status_code, headers=case.response.headers, content=case.response.content)


async def test_a_refusal_field_is_taken_at_its_word(server: respx.Route, clock: FakeClock) -> None:
    refusal = completion(None)
    refusal["choices"][0]["message"]["refusal"] = "I would rather not."
    server.mock(return_value=httpx.Response(200, json=refusal))

    async with engine(clock) as llm:
        with pytest.raises(errors.EngineRefused):
            await llm.read(task())

    assert server.call_count == 1


@dataclass(frozen=True)
class Asked:
    """A Retry-After, and what is waited before the next attempt: None for a drawn time."""

    id: str
    header: str
    waited: float | None


@pytest.mark.parametrize(
    "case",
    [
        Asked("seconds", "1", 1.0),
        Asked("a fraction", "2.5", 2.5),
        Asked("a date", "Sun, 01 Mar 2026 12:00:07 GMT", 7.0),
        Asked("a date in the past", "Sun, 01 Mar 2026 11:00:00 GMT", None),
        Asked("zero", "0", None),
        Asked("negative", "-5", None),
        Asked("a word", "abc", None),
        Asked("infinity", "inf", None),
        Asked("no number", "nan", None),
        Asked("a date that is none", "Sun, 99 Mar 2026 12:00:00 GMT", None),
    ],
    ids=lambda case: case.id,
)
async def test_the_wait_that_a_server_asks_for_is_kept(case: Asked, server: respx.Route, clock: FakeClock) -> None:
    server.mock(side_effect=[failed(429, headers={"Retry-After": case.header}), GOOD])

    async with engine(clock) as llm:
        reading = await llm.read(task())

    first, second = reading.provenance.usage.attempts
    assert (first.outcome, first.status) == ("rate_limited", 429)
    assert second.outcome == "ok"
    assert len(clock.waits) == 1
    if case.waited is None:
        assert 0 <= clock.waits[0] <= 0.25
    else:
        assert clock.waits == [case.waited]
        assert second.wait_s == case.waited


async def test_a_date_counts_from_the_server_s_own_clock(server: respx.Route, clock: FakeClock) -> None:
    headers = {"Retry-After": "Sun, 01 Mar 2026 15:00:03 GMT", "Date": "Sun, 01 Mar 2026 15:00:00 GMT"}
    server.mock(side_effect=[failed(503, headers=headers), GOOD])

    async with engine(clock) as llm:
        await llm.read(task())

    assert clock.waits == [3.0]


@dataclass(frozen=True)
class TooLong:
    id: str
    status: int
    header: str
    error: type[errors.EngineError]
    told: float


@pytest.mark.parametrize(
    "case",
    [
        TooLong("an hour", 429, "3600", errors.EngineRateLimited, 600.0),
        TooLong("a little too long", 429, "31", errors.EngineRateLimited, 31.0),
        TooLong("endless digits", 429, "9" * 400, errors.EngineRateLimited, 600.0),
        TooLong("a far date", 429, "Mon, 02 Mar 2026 12:00:00 GMT", errors.EngineRateLimited, 600.0),
        TooLong("unavailable", 503, "45", errors.EngineUnavailable, 45.0),
    ],
    ids=lambda case: case.id,
)
async def test_a_wait_past_the_deadline_is_passed_on_and_not_sat_out(
    case: TooLong, server: respx.Route, clock: FakeClock
) -> None:
    server.mock(return_value=failed(case.status, headers={"Retry-After": case.header}))

    async with engine(clock) as llm:
        with pytest.raises(case.error) as caught:
            await llm.read(task())

    assert caught.value.retry_after_s == case.told
    assert clock.waits == []
    assert server.call_count == 1


async def test_no_attempt_begins_after_the_deadline(server: respx.Route, clock: FakeClock) -> None:
    def slow(_request: httpx.Request) -> httpx.Response:
        clock.elapsed += 12.0
        return failed(500)

    server.mock(side_effect=slow)

    async with engine(clock, patience=RequestLimits(max_attempts=10)) as llm:
        with pytest.raises(errors.EngineServerError):
            await llm.read(task(seconds=30.0))

    assert server.call_count == 3
    assert clock.elapsed <= 36.0 + 0.25 + 0.5


async def test_a_deadline_that_has_passed_asks_nobody(server: respx.Route, clock: FakeClock) -> None:
    async with engine(clock) as llm:
        with pytest.raises(errors.EngineTimedOut):
            await llm.read(task(seconds=-1.0))

    assert server.call_count == 0


async def test_waits_are_drawn_from_a_growing_span(server: respx.Route, clock: FakeClock) -> None:
    server.mock(return_value=failed(500))

    async with engine(clock, patience=RequestLimits(max_attempts=8)) as llm:
        with pytest.raises(errors.EngineServerError):
            await llm.read(task(seconds=600.0))

    spans = [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    assert len(clock.waits) == len(spans)
    assert all(0 <= wait <= span for wait, span in zip(clock.waits, spans, strict=True))


async def test_a_bad_answer_is_sent_back_once_with_what_is_wrong(server: respx.Route, clock: FakeClock) -> None:
    bad = good_draft(label="Desperate", confidence="high")
    server.mock(side_effect=[wrote(bad), GOOD])

    async with engine(clock) as llm:
        reading = await llm.read(task())

    first, second = (json.loads(call.request.content)["messages"] for call in server.calls)
    assert second[: len(first)] == first
    assert [message["role"] for message in second[len(first) :]] == ["assistant", "user"]
    assert json.loads(second[-2]["content"]) == bad
    assert "label must be one of desperation, domination, mixed, neither" in second[-1]["content"]
    assert "confidence must be a whole number from 0 to 100" in second[-1]["content"]
    assert clock.waits in ([], [0.0])
    usage = reading.provenance.usage
    assert [attempt.outcome for attempt in usage.attempts] == ["invalid", "ok"]
    assert usage.input_tokens == 2_400
    assert usage.output_tokens == 600


async def test_a_second_bad_answer_is_the_end(server: respx.Route, clock: FakeClock) -> None:
    server.mock(return_value=wrote(good_draft(label="Desperate")))

    async with engine(clock) as llm:
        with pytest.raises(errors.EngineBadOutput) as caught:
            await llm.read(task())

    assert server.call_count == 2
    assert "label" in caught.value.detail
    assert "Desperate" not in caught.value.detail


async def test_failed_attempts_stand_in_the_usage_of_the_one_that_succeeds(
    server: respx.Route, clock: FakeClock
) -> None:
    server.mock(side_effect=[failed(503, headers={"Retry-After": "2"}), wrote("no idea"), GOOD])

    async with engine(clock) as llm:
        usage = (await llm.read(task())).provenance.usage

    assert usage.calls == 3
    assert [attempt.outcome for attempt in usage.attempts] == ["overloaded", "no_json", "ok"]
    assert [attempt.status for attempt in usage.attempts] == [503, 200, 200]
    assert [attempt.wait_s for attempt in usage.attempts] == [0.0, 2.0, 0.0]
    assert [attempt.input_tokens for attempt in usage.attempts] == [None, 1_200, 1_200]
    assert usage.input_tokens == 2_400


async def test_usage_that_is_missing_or_nonsense_stays_unknown(server: respx.Route, clock: FakeClock) -> None:
    nonsense = {"prompt_tokens": "many", "completion_tokens": True, "prompt_tokens_details": [1]}
    server.mock(return_value=wrote(good_draft(), usage=nonsense))

    async with engine(clock) as llm:
        usage = (await llm.read(task())).provenance.usage

    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (None, None, None)


async def test_an_axis_that_is_in_no_book_is_refused(server: respx.Route, clock: FakeClock) -> None:
    known = task()
    unknown = type(known)(known.article, _renamed(known.axis), known.parts, known.deadline)

    async with engine(clock) as llm:
        with pytest.raises(errors.UnsupportedAxis):
            await llm.read(unknown)

    assert server.call_count == 0


def _renamed(axis: Any) -> Any:
    return type(axis)("elsewhere", 1, axis.title, axis.negative, axis.positive, axis.indicators, axis.sha256)


def test_the_card_names_the_model_without_asking_it(clock: FakeClock) -> None:
    card = engine(clock).info

    assert (card.name, card.kind, card.model, card.axes, card.languages) == ("llm", "llm", "some-model", (), ())


class JumpingClock(FakeClock):
    """A wall clock that is set an hour back and forth, while time goes on as ever."""

    def now(self) -> datetime:
        self._ahead = -getattr(self, "_ahead", -1)
        return super().now() + timedelta(hours=self._ahead)


async def test_a_clock_that_jumps_changes_neither_waits_nor_deadlines(server: respx.Route) -> None:
    clock = JumpingClock()
    server.mock(side_effect=[failed(429, headers={"Retry-After": "1"}), failed(503), GOOD])

    async with engine(clock) as llm:
        reading = await llm.read(task())

    assert [attempt.outcome for attempt in reading.provenance.usage.attempts] == ["rate_limited", "overloaded", "ok"]
    assert clock.waits[0] == 1.0
    assert clock.elapsed < 10
