"""Answers that were good once: cut, changed and garbled in every way, none of which may get past the checks."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.ports import ALL_PARTS, EngineInfo, EngineRequest, EngineResult
from subtext.analysis.request import AnalysisRequest
from subtext.clock import SystemClock
from subtext.domain.analysis import EngineUsed, Provenance, Usage
from subtext.engines.llm.completion import parse_completion, require_complete
from subtext.engines.llm.conversation import Conversation, ParsedDraft
from subtext.engines.llm.failures import AttemptFailed
from subtext.engines.llm.json_repair import repair_json
from subtext.engines.llm.output_schema import output_schema_for
from subtext.prompts.spec import Message
from subtext.schemas.analysis import AnalysisView
from tests.support.engines import TEXT, article, completion, good_draft, prompts

AXIS = prompts().axis("desperation-domination").axis
FORM = output_schema_for(ALL_PARTS, AXIS)
BODY = json.dumps(completion(good_draft()), ensure_ascii=False).encode()
CONTENT = json.dumps(good_draft(), ensure_ascii=False)

# What a value may become: of another kind, out of range, foreign, empty, endless.
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10**20),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["domination", "desperation", "mixed", "neither", "strong", "denies", "\ud800", "\x00", "”", TEXT]),
    st.just([]),
    st.just({}),
    st.just(["x"] * 50),
    # What is put right: another spelling, notation or shape, and what reads like an answer of its own.
    st.sampled_from([" Domination.", "STRONG", "85 %", 0.85, 1.0, "none", "The author", "“last resort”", "\u202e"]),
    st.sampled_from([*good_draft()["evidence"], *good_draft()["sentences"], good_draft()]),
    st.sampled_from([{"quote": TEXT[:30]}, [TEXT[50:90]], {"text": "not there"}, ["a", "b"], [[["x"]]], "x " * 3_000]),
)
NAMES = st.sampled_from(
    ["Label", "note", "quote", "quotes", "text", "evidence", "framing", "summary", "analysis", "at"]
)
CUTS = st.tuples(st.integers(0, 2_000), st.integers(0, 60), st.text(max_size=6))


def _paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in steps for found in _paths(inner, (*path, key)))]


PATHS = _paths(good_draft())[1:]


@st.composite
def drafts(draw: st.DrawFn) -> str:
    """A good draft with up to three of its values changed or taken away, some fields added, and some wrappers."""
    draft: Any = copy.deepcopy(good_draft())
    for path in draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=3)):
        holder: Any = draft
        try:
            for step in path[:-1]:
                holder = holder[step]
            if draw(st.booleans()):
                holder[path[-1]] = copy.deepcopy(draw(VALUES))
            else:
                del holder[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
    for name, value in draw(st.dictionaries(NAMES, VALUES, max_size=2)).items():
        holder = draw(st.sampled_from([draft, *_objects(draft.get("evidence")), *_objects(draft.get("sentences"))]))
        holder.setdefault(name, copy.deepcopy(value))
    for wrap in draw(st.lists(st.sampled_from(["list", "analysis", "framing"]), max_size=2)):
        draft = [draft] if wrap == "list" else {wrap: draft}
    return json.dumps(draft, ensure_ascii=draw(st.booleans()))


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def garbled(text: str, cuts: list[tuple[int, int, str]]) -> str:
    for at, length, instead in cuts:
        text = text[:at] + instead + text[at + length :]
    return text


CONTENTS = st.one_of(drafts(), st.lists(CUTS, min_size=1, max_size=3).map(lambda cuts: garbled(CONTENT, cuts)))


class Recorded:
    info = EngineInfo("recorded", "llm", "m")

    def __init__(self, drafted: ParsedDraft) -> None:
        self._drafted = drafted

    async def read(self, _: EngineRequest) -> EngineResult:
        provenance = Provenance(EngineUsed("llm", "m"), None, Usage())
        return EngineResult(self._drafted.draft, provenance, (), None, self._drafted.partial, self._drafted.repairs)


def drafted_from(content: str) -> ParsedDraft | None:
    """The draft in an answer, or what was whole in it, or nothing: as an exchange ends."""
    exchange = Conversation(FORM, [Message("user", "An article.")], "No: {}.".format, {}, 100)
    try:
        return exchange.draft(content)
    except AttemptFailed:
        return exchange.salvaged


@given(CONTENTS)
async def test_no_garbled_answer_raises_or_gets_a_quote_past_the_text(content: str) -> None:
    drafted = drafted_from(content)
    if drafted is None:
        return
    analysis = await Analyzer({"recorded": Recorded(drafted)}, SystemClock()).analyze(article(), AnalysisRequest(AXIS))
    view = AnalysisView.of(analysis)
    assert all(TEXT[item.start : item.end] == item.quote for item in view.evidence)
    assert view.framing is None or view.framing.label in {*AXIS.poles, "mixed", "neither", None}
    poles = {item.pole for item in view.evidence if item.role == "framing"}
    assert view.framing is None or view.framing.label not in AXIS.poles or view.framing.label in poles
    assert AnalysisView.model_validate_json(view.model_dump_json()) == view


@given(st.lists(CUTS, min_size=1, max_size=3))
def test_no_garbled_body_raises(cuts: list[tuple[int, int, str]]) -> None:
    body = garbled(BODY.decode(), cuts).encode("utf-8", "surrogatepass")
    try:
        answer = parse_completion(body)
        require_complete(answer)
    except AttemptFailed:
        return
    drafted_from(answer.content)


PLACES = st.sampled_from(["content", "reasoning_content", "reasoning", "tool_calls", "function_call"])


@given(CONTENTS, st.lists(PLACES, min_size=1, max_size=3, unique=True), st.sampled_from(["stop", "length", None]))
def test_no_garbled_answer_in_another_place_raises(content: str, places: list[str], reason: str | None) -> None:
    called = {"function": {"arguments": content}}
    fields = dict.fromkeys(places, content) | {"tool_calls": [called, 3], "function_call": called["function"]}
    body = completion(None, finish_reason=reason)
    body["choices"][0]["message"] |= {name: fields[name] for name in places}
    try:
        answer = parse_completion(json.dumps(body).encode())
        require_complete(answer)
    except AttemptFailed:
        return
    drafted_from(answer.content)


@given(CONTENTS)
def test_a_repair_makes_no_quote_and_no_label_up(content: str) -> None:
    drafted = drafted_from(content)
    if drafted is None or not drafted.repairs:
        return
    summary, framing = drafted.draft.summary, drafted.draft.framing
    quotes = [quote for sentence in (summary.sentences if summary else ()) for quote in sentence.quotes]
    quotes += [item.quote for item in (framing.evidence if framing else ())]
    written = " ".join(_strings(content))
    assert all(quote in written for quote in quotes)
    assert framing is None or framing.label is None or framing.label in written.casefold()


def _strings(content: str) -> list[str]:
    """Every string in what was written, decoded; the whole of it if it is no JSON."""
    try:
        value = json.loads(content)
    except ValueError:
        return [content, content.replace("\\n", "\n"), *_literals(content)]
    found = [value]
    for item in found:
        found += list(item.values()) if isinstance(item, dict) else item if isinstance(item, list) else []
    return [item for item in found if isinstance(item, str)]


def _literals(content: str) -> list[str]:
    """The strings of garbled JSON, as the mended text has them."""
    return re.findall(r'"((?:[^"\\]|\\.)*)"', repair_json(content))
