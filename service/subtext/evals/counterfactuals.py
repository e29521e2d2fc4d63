"""Measure counterfactuals: how often a changed article changes its label when it should, and when it should not."""

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
    from subtext.evals.variants import VariantBuilder

Expectation = Literal["stays", "turns", "author_leaves", "neither"]


@dataclass(frozen=True, slots=True)
class Change:
    """Way to change an article, and the expected effect on its label."""

    build: VariantBuilder
    expected: Expectation


CHANGES: dict[str, Change] = {
    "entities_swapped": Change(variants.swap_entities, "stays"),
    "sides_swapped": Change(variants.swap_sides, "turns"),
    "paraphrase": Change(variants.paraphrase, "stays"),
    "attribution_flipped": Change(variants.flip_attribution, "author_leaves"),
    "injected_label": Change(variants.inject_label, "stays"),
    "no_frame": Change(variants.remove_frame, "neither"),
}


@dataclass(frozen=True, slots=True)
class ChangeMetrics:
    """Metrics of one kind of change over `pairs` of an article and its variant.

    `moved` counts changed labels, `turned` those that changed to the opposite pole. `able` are the pairs that can show
    the expected effect: only a pole can turn or be left. `as_wanted` are those of them that did show it.
    """

    wanted: Expectation
    pairs: int
    able: int
    moved: int
    turned: int
    as_wanted: int


@dataclass(frozen=True, slots=True)
class CounterfactualMetrics:
    """Metrics by kind of change."""

    by_change: dict[str, ChangeMetrics]

    def figures(self) -> Iterator[Metric]:
        """Yield the figures that a gate can name: unwanted changes, and the expected ones."""
        for name, metrics in self.by_change.items():
            if metrics.wanted == "stays":
                yield Metric(f"{name}_moved", _share(metrics.moved, metrics.pairs), "lower")
            else:
                yield Metric(f"{name}_{metrics.wanted}", _share(metrics.as_wanted, metrics.able))


async def counterfactual_metrics(
    cases: Sequence[LabeledArticle],
    results: Sequence[CaseResult],
    axis: Axis,
    ask_all: Callable[[str, Sequence[LabeledArticle]], Awaitable[Sequence[CaseResult]]],
) -> CounterfactualMetrics:
    """Measure the variants of these cases against the results of the cases themselves.

    A pair needs two answers; what failed before or after the change counts nowhere. `ask_all` is called with the
    change's name and the variants.
    """
    before = {outcome.id: outcome for outcome in results if outcome.failure is None}
    cases = [case for case in cases if case.id in before]
    by_change: dict[str, ChangeMetrics] = {}
    for name, change in CHANGES.items():
        variants_of_change = [variant for case in cases if (variant := change.build(case, axis)) is not None]
        after = await ask_all(name, variants_of_change) if variants_of_change else ()
        pairs = [(before[outcome.id], outcome) for outcome in after if outcome.failure is None]
        by_change[name] = count_changes(pairs, axis, change.expected)
    return CounterfactualMetrics(by_change)


def count_changes(pairs: Sequence[tuple[CaseResult, CaseResult]], axis: Axis, expected: Expectation) -> ChangeMetrics:
    """Count the effects of one kind of change from results before and after it."""
    return ChangeMetrics(
        wanted=expected,
        pairs=len(pairs),
        able=sum(_is_able(before, axis, expected) for before, _ in pairs),
        moved=sum(before.predicted != after.predicted for before, after in pairs),
        turned=sum(_is_reversed(before, after, axis) for before, after in pairs),
        as_wanted=sum(_TESTS[expected](before, after, axis) for before, after in pairs),
    )


def _is_unchanged(before: CaseResult, after: CaseResult, axis: Axis) -> bool:
    del axis
    return before.predicted == after.predicted


def _is_reversed(before: CaseResult, after: CaseResult, axis: Axis) -> bool:
    return {before.predicted, after.predicted} == set(axis.poles)


def _has_author_changed(before: CaseResult, after: CaseResult, axis: Axis) -> bool:
    """Return whether the author's label was a pole and changed."""
    return _is_able(before, axis, "author_leaves") and _author_label(before) != _author_label(after)


def _is_able(before: CaseResult, axis: Axis, expected: Expectation) -> bool:
    if expected == "turns":
        return before.predicted in axis.poles
    return expected != "author_leaves" or _author_label(before) in axis.poles


def _author_label(outcome: CaseResult) -> str | None:
    """Return the predicted label of the author's voice."""
    return None if outcome.author is None else outcome.author[1]


def _is_neither(before: CaseResult, after: CaseResult, axis: Axis) -> bool:
    del before, axis
    return after.predicted == NEITHER


_TESTS: Mapping[Expectation, Callable[[CaseResult, CaseResult, Axis], bool]] = {
    "stays": _is_unchanged,
    "turns": _is_reversed,
    "author_leaves": _has_author_changed,
    "neither": _is_neither,
}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
