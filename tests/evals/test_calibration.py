"""Reliability and calibration error (`label_metrics`)."""

from __future__ import annotations

import pytest

from subtext.evals.label_metrics import Bin, expected_calibration_error, reliability, selective_accuracy


def test_answers_fall_into_their_bins() -> None:
    bins = reliability([(0.05, False), (0.1, True), (0.15, False), (0.95, True), (1.0, True)])

    assert [(each.low, each.count, each.accuracy) for each in bins] == [(0.0, 1, 0.0), (0.1, 2, 0.5), (0.9, 2, 1.0)]
    assert [each.confidence for each in bins] == pytest.approx([0.05, 0.125, 0.975])


def test_the_error_weighs_each_bin_by_its_answers() -> None:
    bins = (Bin(0.2, 0.3, 3, 0.25, 0.5), Bin(0.8, 0.9, 1, 0.85, 1.0))

    assert expected_calibration_error(bins) == pytest.approx((3 * 0.25 + 1 * 0.15) / 4)


def test_confidence_that_is_met_has_no_error() -> None:
    assert expected_calibration_error(reliability([(0.5, True), (0.5, False)] * 10)) == 0.0


def test_accuracy_among_the_surest() -> None:
    answers = [(0.9, True), (0.8, True), (0.3, False), (0.1, True)]

    points = selective_accuracy(answers, (1.0, 0.75, 0.5, 0.25))

    assert [point.accuracy for point in points] == pytest.approx([3 / 4, 2 / 3, 1.0, 1.0])


def test_equally_sure_answers_count_in_part_whatever_their_order() -> None:
    answers = [(0.9, True), (0.5, True), (0.5, False), (0.5, False), (0.5, False)]

    forward, backward = selective_accuracy(answers, (0.6,)), selective_accuracy(answers[::-1], (0.6,))

    # One surest answer, and two of four tied ones of which a quarter is right: (1 + 2 * 1/4) / 3.
    assert forward[0].accuracy == pytest.approx(0.5)
    assert backward == forward
