"""Counterfactuals: how often the label moves when it should not, and turns when it should."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from subtext.domain.axis import NEITHER
from subtext.evals import variants
from subtext.evals.gates import Metric

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from subtext.domain.axis import Axis
    from subtext.evals.dataset import LabeledArticle
    from subtext.evals.results import CaseResult
    from subtext.evals.variants import Maker

Wanted = Literal["stays", "turns", "author_leaves", "neither"]


@dataclass(frozen=True, slots=True)
class Change:
    """One way to change an article, and what its answer should do then."""

    make: Maker
    wanted: Wanted


CHANGES: dict[str, Change] = {
    "entities_swapped": Change(variants.entities_swapped, "stays"),
    "sides_swapped": Change(variants.sides_swapped, "turns"),
    "paraphrase": Change(variants.paraphrased, "stays"),
    "attribution_flipped": Change(variants.attribution_flipped, "author_leaves"),
    "injected_label": Change(variants.label_injected, "stays"),
    "no_frame": Change(variants.frame_removed, "neither"),
}


@dataclass(frozen=True, slots=True)
class ChangeMetrics:
    """Over the `pairs` of an article and its variant: labels that `moved`, and those that `turned` pole for pole.

    `able` are the pairs that could do what is wanted: only an answer that was a pole can turn or leave it.
    `as_wanted` are those of them that did.
    """

    wanted: Wanted
    pairs: int
    able: int
    moved: int
    turned: int
    as_wanted: int


@dataclass(frozen=True, slots=True)
class CounterfactualMetrics:
    """The measures by kind of change."""

    by_change: dict[str, ChangeMetrics]

    def figures(self) -> Iterator[Metric]:
        """The numbers that a gate can name: what moved where it should stay, what did as it should elsewhere."""
        for name, found in self.by_change.items():
            if found.wanted == "stays":
                yield Metric(f"{name}_moved", _share(found.moved, found.pairs), "lower")
            else:
                yield Metric(f"{name}_{found.wanted}", _share(found.as_wanted, found.able))


async def counterfactual_metrics(
    cases: Sequence[LabeledArticle],
    answered: Sequence[CaseResult],
    axis: Axis,
    ask_all: Callable[[str, Sequence[LabeledArticle]], Awaitable[Sequence[CaseResult]]],
) -> CounterfactualMetrics:
    """The measures of variants of these cases, against how the cases themselves were answered.

    A pair needs two answers: what failed before or after the change moved no label. `ask_all` is given the change's
    name and the variants.
    """
    before = {outcome.id: outcome for outcome in answered if outcome.failure is None}
    cases = [case for case in cases if case.id in before]
    found: dict[str, ChangeMetrics] = {}
    for name, change in CHANGES.items():
        changed = [variant for case in cases if (variant := change.make(case, axis)) is not None]
        after = await ask_all(name, changed) if changed else ()
        pairs = [(before[outcome.id], outcome) for outcome in after if outcome.failure is None]
        found[name] = count_changes(pairs, axis, change.wanted)
    return CounterfactualMetrics(found)


def count_changes(pairs: Sequence[tuple[CaseResult, CaseResult]], axis: Axis, wanted: Wanted) -> ChangeMetrics:
    """The measures of one kind of change from outcomes before and after it."""
    return ChangeMetrics(
        wanted=wanted,
        pairs=len(pairs),
        able=sum(_is_able(before, axis, wanted) for before, _ in pairs),
        moved=sum(before.predicted != after.predicted for before, after in pairs),
        turned=sum(_turned(before, after, axis) for before, after in pairs),
        as_wanted=sum(_TESTS[wanted](before, after, axis) for before, after in pairs),
    )


def _stayed(before: CaseResult, after: CaseResult, axis: Axis) -> bool:
    del axis
    return before.predicted == after.predicted


def _turned(before: CaseResult, after: CaseResult, axis: Axis) -> bool:
    return {before.predicted, after.predicted} == set(axis.poles)


def _author_left(before: CaseResult, after: CaseResult, axis: Axis) -> bool:
    """Whether the author's answered label was a pole, and is it no more."""
    return _is_able(before, axis, "author_leaves") and _author_of(before) != _author_of(after)


def _is_able(before: CaseResult, axis: Axis, wanted: Wanted) -> bool:
    if wanted == "turns":
        return before.predicted in axis.poles
    return wanted != "author_leaves" or _author_of(before) in axis.poles


def _author_of(outcome: CaseResult) -> str | None:
    """The answered label of the author's voice."""
    return None if outcome.author is None else outcome.author[1]


def _is_neither(before: CaseResult, after: CaseResult, axis: Axis) -> bool:
    del before, axis
    return after.predicted == NEITHER


_TESTS: Mapping[Wanted, Callable[[CaseResult, CaseResult, Axis], bool]] = {
    "stays": _stayed,
    "turns": _turned,
    "author_leaves": _author_left,
    "neither": _is_neither,
}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
