"""Measures weights as an answer would use them, without torch: `python measure.py DATA/dev.jsonl WEIGHTS`."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from subtext.analyst.weighing import deciding_lean
from subtext.domain.article import with_title
from subtext.domain.evidence import AUTHOR_ID
from subtext.engines.local.attribution import attribute
from subtext.engines.local.selection import strength
from subtext.engines.local.sentences import split
from subtext.engines.local.target import named
from subtext.engines.local.trained.posterior import LABELS
from subtext.engines.local.trained.trained import Judgement, TrainedScorer

if TYPE_CHECKING:
    from subtext.domain.axis import Axis
    from subtext.domain.evidence import Evidence
    from subtext.engines.local.sentences import Sentence

_POLES = LABELS[:2]
_AXIS = cast(
    "Axis",
    SimpleNamespace(poles=_POLES, negative=SimpleNamespace(id=_POLES[0]), positive=SimpleNamespace(id=_POLES[1])),
)
_BINS = 10


@dataclass(frozen=True, slots=True)
class Measured:
    """An article of the data and what the scorer says of it; `label` is what its evidence weighs."""

    row: dict[str, Any]
    text: str
    sentences: list[Sentence]
    judgement: Judgement
    label: str

    @property
    def right(self) -> bool:
        """Whether one of the coders gave the same label."""
        return self.label in self.row["labels"]

    @property
    def gold(self) -> str:
        """The coders' label, where they differ the one that agrees."""
        return self.label if self.right else str(self.row["label"])

    def quotes(self) -> list[tuple[int, int, str]]:
        """The coded quotes that the text has."""
        places = [(self.text.find(quote["quote"]), quote) for quote in self.row["evidence"]]
        return [(at, at + len(quote["quote"]), quote["pole"]) for at, quote in places if at >= 0]


def main() -> None:
    """Reads the arguments and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("weights", type=Path)
    given = parser.parse_args()
    scorer = TrainedScorer.load(given.weights)
    rows = [json.loads(line) for line in given.data.read_text(encoding="utf-8").splitlines()]
    begun = time.process_time()
    measured = [_measured(scorer, row) for row in rows]
    seconds = time.process_time() - begun
    words = sum(len(one.text.split()) for one in measured)
    figures = _labels(measured) | _evidence(measured) | {"thousand_words_per_cpu_second": words / 1000 / seconds}
    print(json.dumps({name: round(float(value), 3) for name, value in figures.items()}, indent=1))  # noqa: T201


def _measured(scorer: TrainedScorer, row: dict[str, Any]) -> Measured:
    text, headline, _ = with_title(row["title"], row["text"])
    sentences = split(text)
    target = named(row["target"]) if row["target"] else None
    judged = scorer.judge(sentences, headline.end if headline else 0, target, attribute(text, sentences), _AXIS)
    if judged is None:
        raise ValueError(f"the article {row['id']} has no words")
    evidence = [
        SimpleNamespace(
            role="framing",
            polarity="asserts",
            voice_id=AUTHOR_ID if claim.speaker is None else "another",
            pole=claim.pole,
            strength=strength(claim.weight),
        )
        for claim in judged.claims
    ]
    label = deciding_lean(cast("list[Evidence]", evidence), _AXIS).label
    return Measured(row, text, sentences, judged, str(label))


def _labels(measured: list[Measured]) -> dict[str, float]:
    right = np.array([one.right for one in measured])
    sure = np.array([one.judgement.confidence for one in measured])
    surest = np.argsort(-sure)[: len(sure) // 2]
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    error = sum(
        (bins == number).mean() * abs(sure[bins == number].mean() - right[bins == number].mean())
        for number in set(bins.tolist())
    )
    by_label = {f"f1_{label}": _f1(measured, label) for label in LABELS}
    return {
        "accuracy": right.mean(),
        "macro_f1": float(np.mean(list(by_label.values()))),
        **by_label,
        "accuracy_of_surest_half": right[surest].mean(),
        "ece": error,
        "pole_for_the_other": float(np.mean([{one.gold, one.label} == set(_POLES) for one in measured])),
        "label_kept_by_weighing": float(np.mean([one.label == one.judgement.label for one in measured])),
    }


def _f1(measured: list[Measured], label: str) -> float:
    both = sum(one.gold == one.label == label for one in measured)
    either = sum((one.gold == label) + (one.label == label) for one in measured)
    return 2 * both / either if either else 0.0


def _evidence(measured: list[Measured]) -> dict[str, float]:
    found = coded = good = proposed = 0
    for one in measured:
        claims, quotes = one.judgement.claims, one.quotes()
        coded, proposed = coded + len(quotes), proposed + len(claims)
        found += sum(any(c.pole == pole and c.start < end and c.end > at for c in claims) for at, end, pole in quotes)
        for claim in claims:
            sentence = next(s for s in one.sentences if s.start <= claim.start < s.end)
            good += any(p == claim.pole and at < sentence.end and end > sentence.start for at, end, p in quotes)
    return {
        "coded_quotes_found": found / coded,
        "sentence_precision": good / proposed,
        "spans_per_article": proposed / len(measured),
    }


if __name__ == "__main__":
    main()
