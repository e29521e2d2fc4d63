"""Replay recorded readers' answers through the whole service, and say what it makes of their labels and confidence.

A stand-in for a model's server finds the article in each request and returns the recorded answer; the service runs as
a process of its own and is asked over HTTP. Ends with exit code 1 if the labels are right less often than the readers'
own by more than 0.01, or if the confidence is off by more than 0.10 (0.08 with a fitted calibration, cross-validated).

    make eval-answers
    python -m benchmarks.eval_answers ANSWERS.jsonl ARTICLES.jsonl
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from subtext.evals import label_metrics
from subtext.evals.calibration_fit import fit_calibration
from tests.support.processes import Service
from tests.support.servers.recorded_reader import MODEL, RecordedAnswer, labels, read_recorded, recorded_reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
ANSWERS, ARTICLES = DATA / "answers" / "dev.jsonl", DATA / "framing" / "dev.jsonl"
ACCURACY_LOST_MAX, ECE_MAX, ECE_CALIBRATED_MAX = 0.01, 0.10, 0.08
TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Replayed:
    """A recorded answer, and the analysis (v1) that the service made of it."""

    recorded: RecordedAnswer
    analysis: dict[str, Any]

    @property
    def label(self) -> str | None:
        """Return the label that the service gave."""
        label: str | None = self.analysis["framing"]["label"]
        return label

    @property
    def is_right(self) -> bool:
        """Tell whether a coder gave that label."""
        return self.label in labels(self.recorded.row)

    @property
    def confidence(self) -> float:
        """Return how sure the service is (0-1)."""
        value: float = self.analysis["framing"]["confidence"]["value"]
        return value


async def replay(recorded: Sequence[RecordedAnswer]) -> list[Replayed]:
    """Ask the service about every article, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        async with recorded_reader(recorded) as url:
            service = Service(Path(folder), SUBTEXT_LLM_BASE_URL=url, SUBTEXT_LLM_MODEL=MODEL)
            await service.start()
            try:
                async with httpx2.AsyncClient(base_url=service.url, timeout=TIMEOUT_S, trust_env=False) as client:
                    return [Replayed(each, await _analysis(client, each.row)) for each in recorded]
            finally:
                service.terminate()
                await service.ended()


async def _analysis(client: httpx2.AsyncClient, row: Any) -> dict[str, Any]:
    asked = {"title": row["title"] or None, "text": row["text"], "target": row["target"], "fallback": "never"}
    response = await client.post("/v1/analyses", json=asked)
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


def report(replayed: Sequence[Replayed]) -> Iterator[str]:
    """Yield the lines of the report, the ones that miss their aim marked with `MISSED`."""
    own = [(each.recorded.answer["confidence"] / 100, each.recorded.is_right) for each in replayed]
    ours = [(each.confidence, each.is_right) for each in replayed]
    yield f"{len(replayed)} answers       label right  macro-F1  ECE of the confidence"
    yield _line("the readers' own", own, [_pair(each, each.recorded.answer["label"]) for each in replayed])
    yield _line("of the service", ours, [_pair(each, each.label) for each in replayed])
    lost = (sum(right for _, right in own) - sum(right for _, right in ours)) / len(replayed)
    yield _aim(f"right labels lost: {lost:.3f}", lost <= ACCURACY_LOST_MAX, ACCURACY_LOST_MAX)
    yield _aim(f"ECE without a calibration: {_ece(ours):.3f}", _ece(ours) <= ECE_MAX, ECE_MAX)
    fit = fit_calibration(ours)
    line = f"ECE with one, cross-validated ({fit.method}): {fit.ece:.3f}"
    yield _aim(line, fit.ece <= ECE_CALIBRATED_MAX, ECE_CALIBRATED_MAX)
    yield from _report_changes(replayed)


def _report_changes(replayed: Sequence[Replayed]) -> Iterator[str]:
    changed = [each for each in replayed if each.label != each.recorded.answer["label"]]
    yield f"labels changed: {len(changed)}"
    for each in changed:
        row, claimed = each.recorded.row, each.recorded.answer["label"]
        yield f"  {row['id']}: {claimed} -> {each.label} (coded {' or '.join(labels(row))})"
        for warning in each.analysis["warnings"]:
            if (warning["pointer"] or "").startswith("/framing"):
                yield f"    {warning['code']}: {warning['message']}"
        for item in each.analysis["grounding"]["rejected_items"]:
            yield f"    rejected ({item['reason']}): {item['quote']}"


def _pair(each: Replayed, label: str | None) -> tuple[str, str | None]:
    return label_metrics.resolve_gold(labels(each.recorded.row), label), label


def _line(name: str, answers: Sequence[tuple[float, bool]], pairs: Sequence[tuple[str, str | None]]) -> str:
    right = sum(is_right for _, is_right in answers) / len(answers)
    return f"{name:18} {right:11.3f}  {label_metrics.macro_f1(pairs):8.3f}  {_ece(answers):5.3f}"


def _ece(answers: Sequence[tuple[float, bool]]) -> float:
    return label_metrics.expected_calibration_error(label_metrics.reliability(answers))


def _aim(line: str, is_met: bool, most: float) -> str:  # noqa: FBT001 - private, one caller's shape
    return f"{line} (at most {most}){'' if is_met else ' MISSED'}"


def main(arguments: Sequence[str]) -> int:
    """Print the report; the exit code says whether every aim is met."""
    answers, articles = map(Path, arguments) if arguments else (ANSWERS, ARTICLES)
    if not answers.exists() or not articles.exists():
        sys.stdout.write(f"left out: no recorded answers at {answers}\n")
        return 0
    lines = list(report(asyncio.run(replay(read_recorded(answers, articles)))))
    sys.stdout.write("\n".join((*lines, "")))
    return int(any(line.endswith("MISSED") for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
