"""Request for an analysis, with its defaults filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analysis.ports import ALL_PARTS

if TYPE_CHECKING:
    from subtext.analysis.ports import AnalysisPart
    from subtext.domain.axis import Axis

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """Ask for an analysis: the axis, the parts, the target (None: infer it), the engine's name.

    `fallback` says whether another engine may answer if that one cannot, `samples` how often a model is asked.
    `deadline_s` is the longest time that the whole analysis may take (seconds).
    """

    axis: Axis
    parts: frozenset[AnalysisPart] = ALL_PARTS
    target: str | None = None
    engine: str = AUTO
    deadline_s: float = 30.0
    fallback: bool = True
    samples: int = 1
