"""Describe what is asked of an article."""

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
    """What is asked of an article: the axis, the parts, the target (None: infer it), the engine's name.

    `fallback` says whether another engine may answer where that one cannot, `samples` how often a model is asked.
    `deadline_s` is what the whole answer may take from now on, in seconds.
    """

    axis: Axis
    parts: frozenset[AnalysisPart] = ALL_PARTS
    target: str | None = None
    engine: str = AUTO
    deadline_s: float = 30.0
    fallback: bool = True
    samples: int = 1
