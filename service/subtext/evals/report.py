"""Define the report of a run: its metrics, data, subject and answers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.domain.analysis import Provenance
    from subtext.domain.axis import Axis
    from subtext.evals.counterfactuals import CounterfactualMetrics
    from subtext.evals.dataset import Dataset
    from subtext.evals.failure_log import Failure
    from subtext.evals.faithfulness import FaithfulnessMetrics
    from subtext.evals.framing_metrics import FramingMetrics
    from subtext.evals.gates import Metric
    from subtext.evals.results import CaseResult
    from subtext.evals.rouge import SummaryMetrics
    from subtext.evals.run_comparison import Comparison

REPORT_VERSION = 1


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """Data set of a run: file name, hex SHA-256 of its bytes, and number of rows used."""

    name: str
    sha256: str
    rows: int

    @classmethod
    def of(cls, labelled: Dataset) -> DatasetInfo:
        """Build from a data set."""
        return cls(labelled.name, labelled.sha256, len(labelled.cases))


@dataclass(frozen=True, slots=True)
class SystemUnderTest:
    """System that was measured: version, engine, model, axis and prompt, with digests.

    `model` is what the server calls it, if it says so; `model_asked` is the configured name.
    """

    version: str
    engine: str
    model: str
    axis: str
    axis_sha256: str
    prompt: str | None = None
    prompt_sha256: str | None = None
    model_asked: str | None = None
    model_reported: str | None = None

    @classmethod
    def of(cls, version: str, axis: Axis, provenance: Provenance) -> SystemUnderTest:
        """Build from the provenance of one answer."""
        used, prompt = provenance.engine, provenance.prompt
        ref = None if prompt is None else f"{prompt.id}@{prompt.version}"
        digest = None if prompt is None else prompt.sha256
        return cls(
            version,
            used.kind,
            used.model_reported or used.model,
            f"{axis.id}@{axis.version}",
            axis.sha256,
            ref,
            digest,
            used.model,
            used.model_reported,
        )


@dataclass(frozen=True, slots=True)
class Report:
    """Report of one run; a part that was not measured is None. `made_at` is RFC 3339 in UTC.

    `failures` are the rows and articles that could not be measured; `stopped` is the one that ended the run early.
    """

    report_version: int
    made_at: str
    subject: SystemUnderTest | None
    sets: tuple[DatasetInfo, ...]
    framing: FramingMetrics | None = None
    counterfactuals: CounterfactualMetrics | None = None
    summaries: SummaryMetrics | None = None
    faithfulness: FaithfulnessMetrics | None = None
    comparison: Comparison | None = None
    answers: tuple[CaseResult, ...] = ()
    failures: tuple[Failure, ...] = ()
    stopped: Failure | None = None

    @property
    def is_measured(self) -> bool:
        """Return whether anything was measured."""
        answered = any(answer.failure is None for answer in self.answers)
        return answered or self.faithfulness is not None or (self.summaries is not None and self.summaries.is_measured)

    def figures(self) -> Iterator[Metric]:
        """Yield the figures that a gate can name."""
        for part in (self.framing, self.counterfactuals, self.summaries, self.faithfulness):
            if part is not None:
                yield from part.figures()

    def as_json(self) -> str:
        """Serialize the whole report as JSON, with its `figures` by name."""
        figures = {figure.name: figure.value for figure in self.figures()}
        return json.dumps({**asdict(self), "figures": figures}, ensure_ascii=False, indent=2)
