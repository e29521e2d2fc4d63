from __future__ import annotations

import pytest

from subtext.evals.bootstrap_ci import bootstrap_interval, mcnemar, paired_bootstrap
from subtext.evals.label_metrics import accuracy

RIGHT, WRONG = ("a", "a"), ("a", "b")


def test_an_interval_lies_round_its_figure() -> None:
    found = bootstrap_interval([RIGHT] * 70 + [WRONG] * 30, accuracy)

    assert found.value == 0.7
    # A binomial of 100 draws at 0.7 has a standard deviation of 0.0458: 1.96 of them to either side.
    assert found.low == pytest.approx(0.61, abs=0.02)
    assert found.high == pytest.approx(0.79, abs=0.02)


def test_what_never_varies_has_no_width() -> None:
    found = bootstrap_interval([RIGHT] * 10, accuracy)

    assert (found.low, found.value, found.high) == (1.0, 1.0, 1.0)


def test_the_same_seed_gives_the_same_interval_and_another_one_not() -> None:
    pairs = [RIGHT] * 37 + [WRONG] * 26

    assert bootstrap_interval(pairs, accuracy) == bootstrap_interval(pairs, accuracy)
    assert bootstrap_interval(pairs, accuracy, resamples=50) != bootstrap_interval(
        pairs, accuracy, seed=1, resamples=50
    )


@pytest.mark.parametrize(
    ("first_only", "second_only", "chance"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (0, 1, 1.0),
        (0, 5, 0.0625),  # 2 / 2**5
        (1, 5, 0.21875),  # 2 * (1 + 6) / 2**6
        (5, 1, 0.21875),
        (2, 8, 0.109375),  # 2 * (1 + 10 + 45) / 2**10
    ],
)
def test_mcnemar_is_the_exact_binomial(first_only: int, second_only: int, chance: float) -> None:
    assert mcnemar(first_only, second_only) == chance


def test_a_run_that_is_right_everywhere_is_better() -> None:
    found = paired_bootstrap([RIGHT] * 30 + [WRONG] * 30, [RIGHT] * 60, accuracy)

    assert found.value == 0.5
    assert 0.3 < found.low < found.value < found.high < 0.7
    assert found.p_value == pytest.approx(2 / 2001)


def test_a_run_does_not_differ_from_itself() -> None:
    run = [RIGHT] * 30 + [WRONG] * 30

    assert paired_bootstrap(run, run, accuracy).p_value == 1.0


def test_runs_over_different_articles_have_no_difference() -> None:
    with pytest.raises(ValueError, match="zip"):
        paired_bootstrap([RIGHT], [RIGHT, WRONG], accuracy)
