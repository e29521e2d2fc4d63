"""What the proof of one answer costs this process, step by step, and what the embedded engine does.

Run it: `.venv/bin/python -m benchmarks.proof_costs`. The op-ed and the answer are those of the other benchmarks. Each
step runs 60 times on a text that nobody has looked at yet, with what comes before it done; the CPU time is the least
and the median of these. `--size CHARS` adds one text of that length, of the shortest sentences.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.articles import ARTICLE, draft
from subtext.analysis.adequacy import Adequacy
from subtext.analysis.draft_validation import DraftValidation
from subtext.analysis.evidence_builder import EvidenceBuilder
from subtext.analysis.injection.detector import detect_injection
from subtext.analysis.ports import ALL_PARTS, EngineRequest, EngineResult
from subtext.analysis.request import AnalysisRequest
from subtext.analysis.stems import StemTable
from subtext.domain.analysis import EngineUsed, Provenance, Usage
from subtext.domain.article import Article, Language, Source
from subtext.domain.draft import Draft, DraftEvidence, DraftFraming, DraftSentence, DraftSummary
from subtext.engines.local.engine import LocalEngine
from subtext.intake.language_detection import detect_language
from subtext.prompts.registry import PromptRegistry, default_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.domain.text.prepared import PreparedText

RUNS = 60
AXIS = PromptRegistry.load([default_root()]).axis("desperation-domination").axis
QUESTION = AnalysisRequest(AXIS, target="the subject")


def answer(raw: dict[str, Any]) -> Draft:
    """Return the model's answer as the engine hands it on."""
    sentences = tuple(DraftSentence(each["text"], tuple(each["quotes"])) for each in raw["sentences"])
    evidence = tuple(DraftEvidence(e["quote"], e["speaker"], e["pole"], e["strength"]) for e in raw["evidence"])
    framing = DraftFraming(raw["label"], raw["confidence"] / 100, raw["rationale"], evidence)
    return Draft(raw["target"], DraftSummary(raw["headline"], sentences), framing)


def article(text: str = ARTICLE) -> Article:
    """Return an article that nobody has looked at yet."""
    return Article(text, Source("text"), language=Language("en", None))


def split(text: PreparedText) -> None:
    """Split into sentences and words."""
    _ = text.sentences, text.first_words, text.words.places("the")


def scanned() -> tuple[Article, EvidenceBuilder]:
    """Return an article that is scanned and normalized, and the builder of its evidence."""
    fresh = article()
    builder = EvidenceBuilder(fresh)
    _ = fresh.prepared.normalized.normalized
    return fresh, builder


def split_only() -> PreparedText:
    """Return a text that is split and stemmed."""
    prepared = article().prepared
    split(prepared)
    prepared.derive(StemTable)
    return prepared


def prepared_article() -> Article:
    """Return an article of which all is computed that a proof needs of the article alone (`prepare_validation`)."""
    fresh = article()
    fresh.prepared.derive(detect_injection)
    Adequacy.of(fresh.prepared)
    return fresh


def engine_answer(text: str) -> None:
    """Read a text with the embedded engine and its word scorer, and prove its answer."""
    fresh = article(text)
    request = EngineRequest(fresh, AXIS, ALL_PARTS, time.monotonic() + 600)
    DraftValidation(fresh, QUESTION, LocalEngine()._read(request))  # noqa: SLF001 - in this thread


def measure(name: str, prepare: Callable[[], Any], step: Callable[[Any], object], runs: int = RUNS) -> None:
    """Print the least and the median CPU time of a step."""
    times = []
    for _ in range(runs):
        prepared = prepare()
        begin = time.process_time_ns()
        step(prepared)
        times.append((time.process_time_ns() - begin) / 1e3)
    sys.stdout.write(f"{name:44}{min(times):12,.0f}{statistics.median(times):12,.0f}\n")


def main() -> None:
    """Measure the steps, one a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=0, help="characters of a further, hostile text")
    size, expected = parser.parse_args().size, answer(draft())
    assert expected.summary is not None  # noqa: S101
    assert expected.framing is not None  # noqa: S101
    summary, evidence = expected.summary, expected.framing.evidence
    reading = EngineResult(expected, Provenance(EngineUsed("llm", "m"), None, Usage()))
    DraftValidation(article(), QUESTION, reading)
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.stdout.write(f"{'CPU, µs':44}{'least':>12}{'median':>12}\n")
    measure("sentences and words", lambda: article().prepared, split)
    measure("stems", split_only, StemTable)
    measure("normalization", lambda: article().prepared.normalized, lambda text: text.normalized)
    measure("injection scan (text split and stemmed)", split_only, detect_injection)
    measure("evidence of 5 quotes (text scanned)", scanned, lambda pair: pair[1].add_framing(evidence))
    measure("summary of 4 sentences (text scanned)", scanned, lambda pair: pair[1].check_summary(summary))
    measure("prose", article, lambda fresh: fresh.prepared.prose)
    measure("target in no form (text scanned)", scanned, lambda pair: pair[1].speakers.resolve_target("the subject"))
    measure("language", lambda: ARTICLE, detect_language)
    measure("whole proof", article, lambda fresh: DraftValidation(fresh, QUESTION, reading))
    measure("proof of a prepared article", prepared_article, lambda ready: DraftValidation(ready, QUESTION, reading))
    measure("embedded engine, word scorer, with its proof", lambda: ARTICLE, engine_answer, runs=10)
    if size:
        measure(
            f"the same, {size:,} characters of “I go.”", partial("I go. ".__mul__, size // 6), engine_answer, runs=1
        )


if __name__ == "__main__":
    main()
