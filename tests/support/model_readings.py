"""Readings for a real model, and what must hold of every answer, however little sense the model makes."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

import subtext.evals
from tests.support.servers.model_weights import WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.servers.model_weights import Weights

ROOT = Path(__file__).resolve().parents[2]
# From the strictest: a mode that a server refuses is followed by the next.
MODES = ("json_schema", "json_object", "plain")
EXAMPLES = ("desperation", "domination", "mixed")
SETS = ("firms", "civic")
CUT = {"truncated", "runaway", "connection_lost"}
SNAPSHOT = json.loads((ROOT / "tests" / "api" / "openapi.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SNAPSHOT | {"$ref": "#/components/schemas/Analysis"})
_PROBLEM_ROW = re.compile(r"^\| `(\w+)` \| (\d+) \|", re.MULTILINE)


@dataclass(frozen=True)
class Reading:
    """One article, asked for in one output mode; `fallback` says whether the embedded engine may answer instead."""

    name: str
    text: str
    mode: str
    fallback: str

    @property
    def id(self) -> str:
        return f"{self.name}-{self.mode}-{self.fallback}"

    def body(self) -> dict[str, Any]:
        return {"text": self.text, "fallback": self.fallback, "include": ["text"]}


def find_weights() -> Weights | None:
    """Return the weights that SUBTEXT_TEST_MODEL names, if they are known and cached."""
    weights = WEIGHTS.get(os.environ.get("SUBTEXT_TEST_MODEL", ""))
    return weights if weights is not None and weights.path.exists() else None


def build_readings() -> list[Reading]:
    """Return the readings, SUBTEXT_TEST_MODEL_READINGS of them: five read each article once and use every mode."""
    articles = list(_articles())
    count = int(os.environ.get("SUBTEXT_TEST_MODEL_READINGS", len(articles)))
    turns = list(product(range(len(MODES)), enumerate(articles)))
    return [
        Reading(name, text, MODES[(number + turn) % len(MODES)], ("auto", "never")[(number + turn) % 2])
        for turn, (number, (name, text)) in turns[:count]
    ]


def _articles() -> Iterator[tuple[str, str]]:
    """Return five articles of our own."""
    for name in EXAMPLES:
        yield name, (ROOT / "examples" / f"{name}.txt").read_text(encoding="utf-8")
    for name in SETS:
        path = Path(subtext.evals.__file__).parent / "sets" / f"{name}.jsonl"
        yield name, json.loads(path.read_text(encoding="utf-8").splitlines()[0])["text"]


def require_documented(status: int, problem: dict[str, Any]) -> None:
    """Hold a problem to docs/errors.md: its code and status are there, and it is no fault of the service itself."""
    documented = dict(_PROBLEM_ROW.findall((ROOT / "docs" / "errors.md").read_text(encoding="utf-8")))
    assert status != 500
    assert documented.get(problem["code"]) == str(status), problem


def require_honest(answer: dict[str, Any], mode: str) -> None:
    """Hold an analysis to the v1 contract: its shape, its quotes, and that what was lost is counted and told."""
    VALIDATOR.validate(answer)
    require_quotes(answer)
    require_losses_counted(answer)
    engine = answer["engine"]
    assert engine["kind"] == "local" or engine["output_mode"] in MODES[MODES.index(mode) :]


def require_quotes(answer: dict[str, Any]) -> None:
    """Require that each quote stands at its offsets, and that each reference has its evidence."""
    text = answer["document"]["text"]
    evidence = answer["evidence"]
    for item in evidence:
        assert text[item["start"] : item["end"]] == item["quote"]
    sentences = (answer["summary"] or {"sentences": []})["sentences"]
    assert {quote for sentence in sentences for quote in sentence["evidence_ids"]} <= {item["id"] for item in evidence}
    label = (answer["framing"] or {"label": None})["label"]
    if label not in {None, "mixed", "neither"}:
        assert any(item["role"] == "framing" and item["pole"] == label for item in evidence)


def require_losses_counted(answer: dict[str, Any]) -> None:
    """Require that what was rejected, repeated or cut is counted and said."""
    grounding, attempts = answer["grounding"], answer["usage"]["attempts"]
    codes = {warning["code"] for warning in answer["warnings"]}
    assert grounding["proposed"] == grounding["kept"] + grounding["rejected"]
    assert len(grounding["rejected_items"]) == grounding["rejected"]
    assert answer["usage"]["calls"] == len(attempts) > 0
    assert all(attempt["input_tokens"] for attempt in attempts if attempt["status"] == 200)
    if answer["engine"]["degraded_from"]:
        assert "degraded" in codes
    elif attempts[-1]["outcome"] in CUT:
        assert "output_cut" in codes
