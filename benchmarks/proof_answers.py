"""Compare what two versions of the proof say, byte for byte, of real articles with recorded, coded and spoiled answers.

Run it in the present checkout, with the interpreter of the other one's environment:

    make same-answers OTHER=PATH/TO/OTHER/.venv/bin/python
    python -m benchmarks.proof_answers --against PATH/TO/OTHER/.venv/bin/python

It prints how many cases were compared, and those that differ; the exit code is 1 if there are any. Without `--against`
it prints one case a line: its name and the verdict as JSON, which has neither ids nor times. A case is an article with
an answer: the recorded reader's, one made of the coders' quotes and of the article's own sentences (as they are and
spoiled: negated, with other numbers, quotes in other typography), the embedded engine's; each with a planted order too.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import subprocess
import sys
import time
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.articles import ARTICLE, draft
from subtext.analysis.draft_validation import DraftValidation
from subtext.analysis.ports import ALL_PARTS, EngineRequest, EngineResult
from subtext.analysis.request import AnalysisRequest
from subtext.domain.analysis import EngineUsed, Provenance, Usage
from subtext.domain.article import Article, Language, Source, prepend_title
from subtext.domain.draft import Draft, DraftEvidence, DraftFraming, DraftSentence, DraftSummary
from subtext.engines.local.engine import LocalEngine
from subtext.prompts.registry import PromptRegistry, default_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Answer = Mapping[str, Any]

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
ARTICLES = [DATA / "framing" / name for name in ("dev.jsonl", "train.jsonl", "train2.jsonl")]
ARTICLES_DEFAULT = 200
AXIS = PromptRegistry.load([default_root()]).axis("desperation-domination").axis
_PROVENANCE = Provenance(EngineUsed("llm", "m"), None, Usage())
_SENTENCE = re.compile(r"[A-Z“][^.!?\n]{40,240}[.!?]”?(?=\s)")
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|has|have|had|will|would|could|can)\b")
_STRAIGHT = str.maketrans({"“": '"', "”": '"', "’": "'", "—": "-", "–": "-"})
_SENTENCES = 6


def main() -> int:
    """Print the verdicts, or compare them with another version's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", metavar="PYTHON", help="the interpreter of the other version's environment")
    parser.add_argument("--articles", type=int, default=ARTICLES_DEFAULT, help="how many articles are read")
    arguments = parser.parse_args()
    if not ARTICLES[0].exists():
        sys.stdout.write(f"left out: no articles at {ARTICLES[0].parent}\n")
        return 0
    lines = verdicts(arguments.articles)
    if arguments.against is None:
        sys.stdout.writelines(lines)
        return 0
    return compare(lines, other_verdicts(arguments.against, arguments.articles))


def compare(ours: Iterable[str], theirs: Iterable[str]) -> int:
    """Print the cases that differ and how many there are; return 1 if one does."""
    pairs = list(zip(ours, theirs, strict=True))
    different = [pair for pair in pairs if pair[0] != pair[1]]
    for our, their in different:
        sys.stdout.write(f"{our.partition(' ')[0]}\n  here:  {our}  there: {their}")
    sys.stdout.write(f"{len(pairs)} cases compared, {len(different)} differ\n")
    return int(bool(different))


def other_verdicts(python: str, articles: int) -> list[str]:
    """Return the verdicts of the version that another interpreter imports."""
    command = [python, "-m", "benchmarks.proof_answers", "--articles", str(articles)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True)  # noqa: S603 - the caller's
    return run.stdout.splitlines(keepends=True)


def verdicts(articles: int) -> Iterator[str]:
    """Yield one case a line: its name, and the verdict as JSON."""
    recorded = {row["id"]: row["answer"] for row in _rows(DATA / "answers" / "dev.jsonl")}
    orders = [row["text"] for row in _rows(DATA / "injections" / "dev.jsonl")]
    rows = chain([_op_ed()], islice(chain.from_iterable(map(_rows, ARTICLES)), articles))
    for number, row in enumerate(rows):
        order = orders[number % len(orders)]
        for name, text in (("plain", row["text"]), ("planted", _plant(row["text"], order))):
            for kind, answer in _answers(row, text, recorded.get(row["id"])).items():
                yield f"{row['id']}/{name}/{kind} {_verdict(row, text, answer)}\n"


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, path.read_text("utf-8").splitlines())


def _op_ed() -> dict[str, Any]:
    return {"id": "op-ed", "title": "", "text": ARTICLE, "target": "the subject", "label": "desperation"}


def _plant(text: str, order: str) -> str:
    paragraphs = text.split("\n\n")
    return "\n\n".join((*paragraphs[: len(paragraphs) // 2], order, *paragraphs[len(paragraphs) // 2 :]))


def _answers(row: Mapping[str, Any], text: str, recorded: Answer | None) -> dict[str, Answer | None]:
    """Return the answers by their kind; None is the embedded engine's, which has yet to read."""
    sentences = _SENTENCE.findall(text)
    given: dict[str, Answer | None] = {
        "embedded": None,
        "coded": _coded(row, sentences),
        "spoiled": _spoiled(row, sentences),
    }
    if recorded is not None:
        given["recorded"] = recorded
    if row["id"] == "op-ed":
        given["benchmark"] = draft()
    return given


def _coded(row: Mapping[str, Any], sentences: Sequence[str]) -> Answer:
    """Return an answer of the coders' evidence, whose summary is sentences of the article."""
    chosen = sentences[:: max(1, len(sentences) // _SENTENCES)][:_SENTENCES]
    summary = [{"text": f"The author says: {each}", "quotes": [each[:80].rsplit(" ", 1)[0]]} for each in chosen]
    return _answer(row, summary, row.get("evidence", ()))


def _spoiled(row: Mapping[str, Any], sentences: Sequence[str]) -> Answer:
    """Return an answer whose sentences are negated, counted anew and joined, with quotes in other typography."""
    chosen = sentences[1 :: max(1, len(sentences) // _SENTENCES)][:_SENTENCES]
    changed = [_AUXILIARY.sub(r"\g<0> not", each, count=1).replace("2", "7").translate(_STRAIGHT) for each in chosen]
    quotes = [each.translate(_STRAIGHT) for each in chosen]
    summary = [
        {"text": " ".join(changed[at : at + 2]), "quotes": [quotes[at], quotes[at - 1][:60]]}
        for at in range(len(changed))
    ]
    evidence = [{**each, "quote": each["quote"].translate(_STRAIGHT).lower()} for each in row.get("evidence", ())]
    return _answer(row, summary, [*evidence, *_coded(row, sentences)["evidence"]])


def _answer(row: Mapping[str, Any], sentences: Sequence[Answer], evidence: Iterable[Answer]) -> Answer:
    return {
        "target": row["target"],
        "headline": row["title"] or sentences[0]["text"][:120] if sentences else "",
        "sentences": sentences,
        "evidence": [{"speaker": None, **each} for each in evidence],
        "label": row["label"],
        "confidence": 80,
        "rationale": f"The article says so of {row['target']}.",
    }


def _verdict(row: Mapping[str, Any], text: str, answer: Answer | None) -> str:
    whole, headline, done = prepend_title(row["title"], text)
    article = Article(whole, Source("text"), headline, Language("en", None), normalisation=done)
    if answer is None:
        request = EngineRequest(article, AXIS, ALL_PARTS, time.monotonic() + 600)
        reading = LocalEngine()._read(request)  # noqa: SLF001 - in this thread
    else:
        reading = EngineResult(_to_draft(answer), _PROVENANCE)
    validation = DraftValidation(article, AnalysisRequest(AXIS), reading)
    return json.dumps(_to_json(validation, article), ensure_ascii=False, sort_keys=True)


def _to_draft(raw: Answer) -> Draft:
    sentences = tuple(DraftSentence(each["text"], tuple(each["quotes"])) for each in raw["sentences"])
    evidence = tuple(_to_evidence(each) for each in raw["evidence"] if each["pole"] in AXIS.poles)
    framing = DraftFraming(raw["label"], raw["confidence"] / 100, raw["rationale"], evidence)
    return Draft(raw["target"], DraftSummary(raw["headline"], sentences), framing)


def _to_evidence(raw: Answer) -> DraftEvidence:
    known = {"strength": "moderate", "polarity": "asserts", "indicator": None, **raw}
    fields = {field.name for field in dataclasses.fields(DraftEvidence)} - {"role"}
    return DraftEvidence(**{name: value for name, value in known.items() if name in fields})


def _to_json(validation: DraftValidation, article: Article) -> dict[str, Any]:
    builder = validation.evidence_builder
    parts = (validation.summary, validation.framing, validation.target, builder.scan, builder.grounding())
    return {
        "parts": [None if part is None else dataclasses.asdict(part) for part in parts],
        "items": [[dataclasses.asdict(each) for each in items] for items in (validation.evidence, validation.voices)],
        "warnings": [dataclasses.asdict(each) for each in validation.warnings],
        "rest": [
            validation.status,
            dataclasses.asdict(validation.coverage),
            article.prepared.prose,
            article.word_count,
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
