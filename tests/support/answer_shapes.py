"""Table of the shapes in which models and their servers answer: what is read from each, or why it is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.engines import completion, evidence, good_draft

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = json.dumps(good_draft())
DECOY = json.dumps(good_draft(target="Decoy", label="domination"))
SENTENCES: list[Any] = good_draft()["sentences"]
EVIDENCE: list[Any] = good_draft()["evidence"]
UNREADABLE = {"quote": "The firm is running out of time", "pole": "villain"}
LONG = "word " * 1_000


@dataclass(frozen=True)
class Shape:
    """A body that a server sends; what is read is a good draft with the changes `read`, after the `repairs`."""

    id: str
    body: bytes
    repairs: dict[str, int] = field(default_factory=dict)
    read: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """A body of which nothing is read, and what the caller is told."""

    id: str
    body: bytes
    told: str


def to_body(content: object, **others: Any) -> bytes:
    """Return the body of a completion with this content, as JSON."""
    text = content if isinstance(content, str) else json.dumps(content)
    return json.dumps(completion(text, **others)).encode()


def message(reason: str = "stop", **fields: Any) -> bytes:
    """Return the body of a completion whose message has these fields, too."""
    body = completion(None, finish_reason=reason)
    body["choices"][0]["message"] |= fields
    return json.dumps(body).encode()


def stream(*deltas: dict[str, Any]) -> bytes:
    """Return the body of a stream of these deltas."""
    chosen: list[dict[str, Any]] = [{"delta": delta, "finish_reason": None} for delta in deltas]
    chosen.append({"delta": {}, "finish_reason": "stop"})
    events = (b"data: %s\n\n" % json.dumps({"model": "m", "choices": [one]}).encode() for one in chosen)
    return b"".join(events) + b"data: [DONE]\n\n"


def pieces(text: str, size: int = 100) -> list[str]:
    """Split a text into pieces of a size."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def without(name: str, item: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a copy of an object (a good draft) without one field."""
    return {key: value for key, value in (item or good_draft()).items() if key != name}


def first_claim(**changes: Any) -> list[Any]:
    """Return the evidence with its first entry changed."""
    return [EVIDENCE[0] | changes, *EVIDENCE[1:]]


def first_sentence(**changes: Any) -> list[Any]:
    """Return the sentences of the summary with the first one changed."""
    return [SENTENCES[0] | changes, *SENTENCES[1:]]


def _around() -> Iterator[Shape]:
    """Yield answers with something around the object."""
    summary = {name: good_draft()[name] for name in ("headline", "sentences")}
    framing = {name: value for name, value in good_draft().items() if name not in summary}
    yield Shape("as asked", to_body(GOOD))
    yield Shape("a byte order mark", to_body("\ufeff" + GOOD))
    yield Shape("a fence", to_body(f"```json\n{GOOD}\n```"))
    yield Shape("a fence without a language", to_body(f"```\n{GOOD}\n```"))
    yield Shape("prose and a fence", to_body(f"Here is the analysis:\n\n```json\n{GOOD}\n```\nLet me know!"))
    for name in ("analysis", "answer", "result", "output", "whatever"):
        yield Shape(f"wrapped in {name}", to_body({name: good_draft()}), {"unwrapped": 1})
    sibling = {"status": "ok", "result": good_draft()}
    yield Shape("wrapped beside a field", to_body(sibling), {"unwrapped": 1, "field_dropped": 1})
    yield Shape("wrapped twice", to_body({"response": {"analysis": good_draft()}}), {"unwrapped": 2})
    yield Shape("a list of one", to_body([good_draft()]), {"unwrapped": 1})
    yield Shape("a list of one in a fence", to_body(f"```json\n[{GOOD}]\n```"), {"unwrapped": 1})
    yield Shape("a wrapped list of one", to_body({"answers": [good_draft()]}), {"unwrapped": 2})
    yield Shape("an object for each part", to_body({"summary": summary, "framing": framing}), {"unwrapped": 2})
    yield Shape("an object for the framing", to_body({**summary, "framing": framing}), {"unwrapped": 1})
    called = f'<tool_call>{{"name": "answer", "arguments": {GOOD}}}</tool_call>'
    yield Shape("a call written as text", to_body(called), {"unwrapped": 1, "field_dropped": 1})
    yield Shape("a second thought", to_body(f"{DECOY}\nNo, wait:\n{GOOD}"))
    yield Shape("a second thought with a comma too many", to_body(f"{DECOY}\nNo:\n{GOOD[:-1]},}}"), {"syntax": 1})
    yield Shape("a remark behind it", to_body(f'{GOOD}\n{{"note": "done"}}'))
    yield Shape("a part behind it", to_body(f'{GOOD}\n{{"label": "domination", "confidence": 90}}'))


def _thoughts() -> Iterator[Shape]:
    for name in ("think", "thinking", "Think", "reasoning", "thought", "seed:think"):
        thought = f"<{name}>Or rather {DECOY}?</{name}>"
        yield Shape(f"<{name}> before", to_body(thought + GOOD))
        yield Shape(f"<{name}> after", to_body(GOOD + thought))
    thought = f"<think>{DECOY}</think>"
    yield Shape("thoughts before and after", to_body(f"{thought}\n{GOOD}\n{thought}"))
    yield Shape("prose and a thought after", to_body(f"Here: {GOOD}\n{thought}\nDone."))
    yield Shape("a thought without an end after", to_body(f"{GOOD}\n<think>{DECOY}"))
    yield Shape("prose and a thought without an end after", to_body(f"Here: {GOOD}\n<thinking>{DECOY}"))
    yield Shape("a thought without a beginning", to_body(f'maybe "{{ {DECOY}?</think>\n{GOOD}'))
    yield Shape("a thought without a beginning, one after", to_body(f"maybe {DECOY}?</think>{GOOD}{thought}"))
    yield Shape("a thought about thoughts", to_body(f"<think>in <think> tags: {DECOY}</think>{GOOD}"))
    yield Shape("thoughts in brackets", to_body(f"[THINK]{DECOY}[/THINK]{GOOD}"))
    quoting = first_sentence(text="It says “</think>” and <think>.")
    yield Shape("an answer that quotes a tag", to_body(good_draft(sentences=quoting)), {}, {"sentences": quoting})


def _places() -> Iterator[Shape]:
    """Yield answers in other places of the body."""
    call = [{"id": "c1", "type": "function", "function": {"name": "answer", "arguments": GOOD}}]
    from_call, from_reasoning = {"read_from_tool_call": 1}, {"read_from_reasoning": 1}
    yield Shape("in parts", message(content=[{"type": "text", "text": part} for part in pieces(GOOD)]))
    yield Shape("in a tool call", message("tool_calls", tool_calls=call), from_call)
    yield Shape("in a tool call beside blanks", message("tool_calls", content=" \n", tool_calls=call), from_call)
    yield Shape("in a tool call beside prose", message("tool_calls", content="Done.", tool_calls=call), from_call)
    decoded = [{"function": {"name": "answer", "arguments": good_draft()}}]
    yield Shape("in a tool call, decoded", message("tool_calls", tool_calls=decoded), from_call)
    legacy = {"name": "answer", "arguments": GOOD}
    yield Shape("in a function call", message("function_call", function_call=legacy), from_call)
    yield Shape(
        "in a tool call, wrapped",
        message(tool_calls=[{"function": {"arguments": f'{{"a": {GOOD}}}'}}]),
        {
            **from_call,
            "unwrapped": 1,
        },
    )
    yield Shape("in the reasoning", message(reasoning_content=GOOD), from_reasoning)
    yield Shape("in the reasoning, by its other name", message(content="", reasoning=GOOD), from_reasoning)
    yield Shape("behind the reasoning", message(reasoning_content=f"Hm, {DECOY}?</think>{GOOD}"), from_reasoning)
    yield Shape("beside a draft in the reasoning", message(content=GOOD, reasoning_content=DECOY))
    yield Shape("beside a call of another tool", message(content=GOOD, tool_calls=[{"function": {"arguments": DECOY}}]))
    yield Shape("a stream", stream(*({"content": part} for part in pieces(GOOD))))
    yield Shape(
        "a stream of reasoning", stream(*({"reasoning_content": part} for part in pieces(GOOD))), from_reasoning
    )
    calls = [{"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in pieces(GOOD)]
    yield Shape("a stream of a tool call", stream({"content": None}, *calls), from_call)
    parts = [{"function_call": {"arguments": part}} for part in pieces(GOOD)]
    yield Shape("a stream of a function call", stream(*parts), from_call)


def _fields() -> Iterator[Shape]:
    """Yield answers with fields too many, missing, null or under another name."""
    yield Shape("a field too many", to_body(good_draft(note="x")), {"field_dropped": 1})
    yield Shape(
        "a field too many in a sentence", to_body(good_draft(sentences=first_sentence(id=1))), {"field_dropped": 1}
    )
    yield Shape(
        "a field too many in the evidence", to_body(good_draft(evidence=first_claim(at=3))), {"field_dropped": 1}
    )
    everywhere = good_draft(a={}, sentences=first_sentence(b=[]), evidence=first_claim(c=None, d=1))
    yield Shape("fields too many at every level", to_body(everywhere), {"field_dropped": 4})
    loud = {key.upper(): value for key, value in good_draft().items()}
    yield Shape("names in capitals", to_body(loud), {"spelling_matched": 7})
    own = {"target": None, "headline": "", "rationale": "", "confidence": None}
    for name, value in own.items():
        yield Shape(f"no {name}", to_body(without(name)), {"field_defaulted": 1}, {name: value})
    for name in ("headline", "rationale", "confidence"):
        yield Shape(f"{name} null", to_body(good_draft(**{name: None})), {"field_defaulted": 1}, {name: own[name]})
    yield Shape("target unknown", to_body(good_draft(target="None")), {"field_defaulted": 1}, {"target": None})
    yield Shape("target a number", to_body(good_draft(target=7)), {"field_defaulted": 1}, {"target": None})
    least = {"speaker": "", "indicator": None, "strength": "weak", "polarity": "asserts"}
    for name, value in least.items():
        entry = without(name, EVIDENCE[0])
        read = {"evidence": first_claim(**{name: value})}
        yield Shape(f"no {name}", to_body(good_draft(evidence=[entry, *EVIDENCE[1:]])), {"field_defaulted": 1}, read)
    bare = [{"quote": "pleaded for patience", "pole": "desperation"}]
    full = [{**bare[0], **least}]
    yield Shape("a quote and a pole", to_body(good_draft(evidence=bare)), {"field_defaulted": 4}, {"evidence": full})
    no_quotes = [without("quotes", SENTENCES[0]), *SENTENCES[1:]]
    read = {"sentences": first_sentence(quotes=[])}
    yield Shape("no quotes", to_body(good_draft(sentences=no_quotes)), {"field_defaulted": 1}, read)
    yield Shape("quotes null", to_body(good_draft(sentences=first_sentence(quotes=None))), {"field_defaulted": 1}, read)
    nothing = {"evidence": [], "label": "neither"}
    yield Shape("evidence null", to_body(good_draft(evidence=None, label="neither")), {"field_defaulted": 1}, nothing)


def _words() -> Iterator[Shape]:
    """Yield answers with labels and other closed words in other spellings."""
    matched = {"spelling_matched": 1}
    for label in ("Desperation", "DESPERATION", " desperation\n", '"desperation"', "desperation.", "**desperation**"):
        yield Shape(f"the label {label!r}", to_body(good_draft(label=label)), matched)
    for pole in ("Desperation", " desperation ", "‘desperation’"):
        yield Shape(f"the pole {pole!r}", to_body(good_draft(evidence=first_claim(pole=pole))), matched)
    for strength in ("Strong", "STRONG ", "high"):
        yield Shape(f"the strength {strength!r}", to_body(good_draft(evidence=first_claim(strength=strength))), matched)
    huge, weak = first_claim(strength="huge"), {"evidence": first_claim(strength="weak")}
    yield Shape("a strength that is none", to_body(good_draft(evidence=huge)), {"field_defaulted": 1}, weak)
    for polarity in ("Asserts", "asserted", "asserts."):
        yield Shape(f"the polarity {polarity!r}", to_body(good_draft(evidence=first_claim(polarity=polarity))), matched)
    code = {"evidence": first_claim(indicator="running_out_of_time")}
    for sign in ("Running out of time", "running-out-of-time", "RUNNING_OUT_OF_TIME", "runningOutOfTime"):
        yield Shape(f"the indicator {sign!r}", to_body(good_draft(evidence=first_claim(indicator=sign))), matched, code)
    dropped = {"indicator_dropped": 1}
    yield Shape("an indicator of nobody", to_body(good_draft(evidence=first_claim(indicator="plight"))), dropped)
    yield Shape(
        "an indicator of the other pole", to_body(good_draft(evidence=first_claim(indicator="control"))), dropped
    )
    yield Shape(
        "the indicator none", to_body(good_draft(evidence=first_claim(indicator="none"))), {"field_defaulted": 1}
    )
    for speaker in ("null", "None", "author", "The author"):
        yield Shape(f"the speaker {speaker!r}", to_body(good_draft(evidence=first_claim(speaker=speaker))), matched)
    for speaker in ("unknown", "N/A"):
        read = {"evidence": first_claim(speaker="")}
        yield Shape(
            f"the speaker {speaker!r}", to_body(good_draft(evidence=first_claim(speaker=speaker))), matched, read
        )


def _numbers() -> Iterator[Shape]:
    converted = {"number_converted": 1}
    for written in ("85", "85%", " 85 % ", "85 percent", "85/100", "0.85", "85.0", "0,85", 0.85, 85.0, 84.6):
        yield Shape(f"the confidence {written!r}", to_body(good_draft(confidence=written)), converted)
    # The schema asks for whole percentages; only a decimal point makes a share of a number.
    yield Shape("the confidence 1", to_body(good_draft(confidence=1)), {}, {"confidence": 1})
    yield Shape("the confidence '1'", to_body(good_draft(confidence="1")), converted, {"confidence": 1})
    yield Shape("the confidence 1.0", to_body(good_draft(confidence=1.0)), converted, {"confidence": 100})
    yield Shape("the confidence '1.0'", to_body(good_draft(confidence="1.0")), converted, {"confidence": 100})
    yield Shape("the confidence in an object", to_body(good_draft(confidence={"value": 85})), {"shape_fitted": 1})
    yield Shape("the confidence in a list", to_body(good_draft(confidence=["85 %"])), converted)


def _lists() -> Iterator[Shape]:
    """Yield answers with lists and texts of another shape or length."""
    fitted = {"shape_fitted": 1}
    quote = SENTENCES[0]["quotes"][0]
    many = first_sentence(quotes=[quote] * 7)
    yield Shape(
        "seven quotes",
        to_body(good_draft(sentences=many)),
        {"list_cut": 2},
        {"sentences": first_sentence(quotes=[quote] * 5)},
    )
    yield Shape(
        "twelve sentences",
        to_body(good_draft(sentences=SENTENCES * 4)),
        {"list_cut": 2},
        {"sentences": (SENTENCES * 4)[:10]},
    )
    claims = [*EVIDENCE, *(evidence(f"number {number}", "desperation") for number in range(40))]
    yield Shape(
        "44 pieces of evidence", to_body(good_draft(evidence=claims)), {"list_cut": 4}, {"evidence": claims[:40]}
    )
    yield Shape("one piece of evidence", to_body(good_draft(evidence=EVIDENCE[0])), fitted, {"evidence": EVIDENCE[:1]})
    yield Shape("one sentence", to_body(good_draft(sentences=SENTENCES[0])), fitted, {"sentences": SENTENCES[:1]})
    yield Shape("a quote for quotes", to_body(good_draft(sentences=first_sentence(quotes=quote))), fitted)
    for name in ("quote", "text", "anything"):
        sentences = first_sentence(quotes=[{name: quote}])
        yield Shape(f"a quote as {name}", to_body(good_draft(sentences=sentences)), fitted)
    yield Shape(
        "a quote in an object", to_body(good_draft(evidence=first_claim(quote={"text": EVIDENCE[0]["quote"]}))), fitted
    )
    plain = [SENTENCES[0]["text"], *SENTENCES[1:]]
    yield Shape(
        "a bare sentence", to_body(good_draft(sentences=plain)), fitted, {"sentences": first_sentence(quotes=[])}
    )
    yield Shape("a label in a list", to_body(good_draft(label=["desperation"])), fitted)
    yield Shape("a label in an object", to_body(good_draft(label={"value": "desperation"})), fitted)
    yield Shape("a target in an object", to_body(good_draft(target={"name": "Norwick Docks", "kind": "firm"})), fitted)
    dropped = {"entry_dropped": 1}
    for item in (UNREADABLE, {"pole": "desperation"}, {"quote": None, "pole": "desperation"}, "a quote", 7, None):
        yield Shape(f"the entry {str(item)[:30]}", to_body(good_draft(evidence=[item, *EVIDENCE])), dropped)
    for sentence in ({"text": " ", "quotes": []}, {"quotes": [quote]}, None):
        yield Shape(
            f"the sentence {str(sentence)[:16]}", to_body(good_draft(sentences=[sentence, *SENTENCES])), dropped
        )
    yield Shape(
        "quotes that are none",
        to_body(good_draft(sentences=first_sentence(quotes=[7, quote, None]))),
        {"entry_dropped": 2},
    )


def _texts() -> Iterator[Shape]:
    cut = {"text_cut": 1}
    for name, most in (("target", 200), ("headline", 300), ("rationale", 1_000)):
        shortened = LONG[: most - 1].rpartition(" ")[0] + "…"
        yield Shape(f"a long {name}", to_body(good_draft(**{name: LONG})), cut, {name: shortened})
    sentence = first_sentence(text=LONG[:999].rpartition(" ")[0] + "…")
    yield Shape(
        "a long sentence", to_body(good_draft(sentences=first_sentence(text=LONG))), cut, {"sentences": sentence}
    )
    read = {"evidence": first_claim(quote=LONG[:2_001])}
    yield Shape("a long quote", to_body(good_draft(evidence=first_claim(quote=LONG))), cut, read)
    yield Shape(
        "a controlled text", to_body(good_draft(headline="Norwick\x07 sells")), {}, {"headline": "Norwick sells"}
    )


def _all_at_once() -> Iterator[Shape]:
    claim = {"Quote": "pleaded for patience", "pole": "DESPERATION", "indicator": "Begging", "note": 1}
    draft = {"Analysis": good_draft(label="Desperation", confidence="85 %", evidence=[claim, UNREADABLE])}
    yield Shape(
        "a model of a kind of its own",
        to_body(f"<think>{DECOY}</think>```json\n{json.dumps(draft)[:-1]},}}\n```"),
        {
            "syntax": 1,
            "unwrapped": 1,
            "field_dropped": 1,
            "field_defaulted": 3,
            "spelling_matched": 4,
            "number_converted": 1,
            "entry_dropped": 1,
        },
        {"evidence": [evidence("pleaded for patience", "desperation", "", indicator="begging", strength="weak")]},
    )


def _refused() -> Iterator[Refused]:
    label = "label must be one of desperation, domination, mixed, neither"
    for word in (
        "SECRET",
        {"not": "desperation"},
        "desperate",
        "!desperation",
        "desperation?",
        "desperation or mixed",
        "",
        None,
        3,
        ["a", "b"],
    ):
        yield Refused(f"the label {word!r}", to_body(good_draft(label=word)), label)
    yield Refused("no label", to_body(without("label")), "label is missing: it must be one of desperation,")
    confidence = "confidence must be a whole number from 0 to 100"
    numbers: tuple[Any, ...] = (850, -3, 101, 100.5, -0.5, "850 %", "-3", "SECRET", "high", True, [1, 2], {})
    for number in numbers:
        yield Refused(f"the confidence {number!r}", to_body(good_draft(confidence=number)), confidence)
    sentences = "it must be a list of 1 to 10 objects, each with text and quotes"
    yield Refused("no sentences", to_body(without("sentences")), f"sentences is missing: {sentences}")
    values: tuple[Any, ...] = ([], None, 7)
    for value in values:
        told = sentences.replace("it must", "sentences must")
        yield Refused(f"the sentences {value}", to_body(good_draft(sentences=value)), told)
    yield Refused(
        "blank sentences", to_body(good_draft(sentences=[{"text": ""}])), "sentences[0].text must be a sentence"
    )
    yield Refused("no evidence", to_body(without("evidence")), "evidence is missing: it must be a list of objects")
    yield Refused("evidence that is a number", to_body(good_draft(evidence=3)), "evidence must be a list of objects")
    pole = "evidence[0].pole must be one of desperation, domination"
    yield Refused("no pole that can be read", to_body(good_draft(evidence=[UNREADABLE] * 2)), pole)
    quoteless = [without("quote", item) for item in EVIDENCE]
    yield Refused("no quotes at all", to_body(good_draft(evidence=quoteless)), "evidence[0].quote is missing")
    yield Refused("evidence in words", to_body(good_draft(evidence="SECRET")), "evidence[0] must be an object")
    yield Refused(
        "hidden words", to_body(good_draft(rationale="a\u202eb")), "rationale holds characters that hide or turn"
    )
    twice = f'{{"label": "neither", {GOOD[1:]}'
    yield Refused("a field twice", to_body(twice), "an object has the same name twice")
    spelt = {"Label": "neither", "LABEL": "mixed", **without("label")}
    yield Refused("a field in two spellings", to_body(spelt), "an object has the same name twice")
    yield Refused("an answer in thoughts alone", to_body(f"<think>{GOOD}</think>I am done."), "holds no JSON object")
    yield Refused("reasoning without an answer", message(reasoning_content="Hm."), "gave an empty answer")
    yield Refused(
        "reasoning that was cut", message("length", reasoning_content=GOOD[:-40]), "the answer hit the token limit"
    )
    yield Refused("a string", to_body('"desperation"'), "holds no JSON object")


SHAPES = (
    *_around(),
    *_thoughts(),
    *_places(),
    *_fields(),
    *_words(),
    *_numbers(),
    *_lists(),
    *_texts(),
    *_all_at_once(),
)
REFUSED = tuple(_refused())
