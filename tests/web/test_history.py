from __future__ import annotations

from statistics import stdev

import pytest

from subtext.schemas.analysis import AnalysisView
from subtext.web.history import TIMELINE_HEIGHT, build_series, publication_day, t_interval, y_position
from tests.support.analyses import build_analysis, build_article


def view(day: str | None, site: str = "Courier", score: float = 0.5) -> AnalysisView:
    made = AnalysisView.of(build_analysis(build_article(site=site, published_at=day)))
    assert made.framing is not None
    return made.model_copy(update={"framing": made.framing.model_copy(update={"score": score})})


def test_nothing_is_drawn_of_fewer_than_three() -> None:
    (series,) = build_series([view("2026-03-01")] * 2)

    assert (series.points, series.left_out) == ((), 2)


def test_a_day_has_its_mean_count_and_interval() -> None:
    scores = (-0.2, 0.1, 0.4)
    (series,) = build_series([*(view("2026-03-01T08:00:00Z", score=score) for score in scores), view("2026-03-09")])

    (point,) = series.points
    assert (series.outlet, series.target, series.left_out) == ("Courier", "Orlan Freight", 1)
    assert (point.day, point.n) == ("2026-03-01", 3)
    # Student's t for two degrees of freedom: 4.303 * 0.3 / sqrt(3).
    assert (point.mean, point.low, point.high) == pytest.approx((0.1, 0.1 - 0.7453, 0.1 + 0.7453), abs=1e-3)


def test_outlets_stand_apart_and_days_in_order() -> None:
    days = ["2026-03-05", "2026-03-01", "2026-03-03"]
    found = build_series([view(day, site) for site in ("Post", "Courier") for day in days for _ in range(3)])

    assert [series.outlet for series in found] == ["Courier", "Post"]
    for series in found:
        assert [point.day for point in series.points] == sorted(days)
        assert [point.x for point in series.points] == [20, 300, 580]


def test_axes_stand_apart_and_name_their_poles() -> None:
    ours = view("2026-03-01")
    assert ours.framing is not None
    other = ours.framing.model_copy(update={"scores": {"fear": 0.1, "hope": 0.6}, "score": 0.5})

    found = build_series([ours] * 3 + [ours.model_copy(update={"framing": other})] * 3)

    assert [(series.poles, series.points[0].n) for series in found] == [
        (("desperation", "domination"), 3),
        (("fear", "hope"), 3),
    ]


def test_an_analysis_without_a_label_has_no_place_on_a_line() -> None:
    assert build_series([AnalysisView.of(build_analysis(parts=frozenset({"summary"})))] * 3) == []


def test_a_day_that_cannot_be_read_is_that_of_the_analysis() -> None:
    assert publication_day(view("yesterday")) == publication_day(view(None)) == "2026-03-01"
    assert publication_day(view(None).model_copy(update={"created_at": "?"})) == "unknown"


@pytest.mark.parametrize(("n", "t"), [(3, 4.303), (4, 3.182), (17, 2.120), (100, 2.120)])
def test_an_interval_is_that_of_students_t_with_n_minus_one_degrees_of_freedom(n: int, t: float) -> None:
    scores = [0.01 * (-1) ** i for i in range(n)]
    mean, low, high = t_interval(scores)

    assert high - mean == pytest.approx(t * stdev(scores) / n**0.5)
    assert mean - low == pytest.approx(high - mean)


def test_an_interval_stays_on_the_axis_and_narrows_with_n() -> None:
    few, many = t_interval([0.9, 1.0, 0.8]), t_interval([0.9, 1.0, 0.8] * 20)

    assert few[2] == 1.0
    assert many[2] - many[1] < few[2] - few[1]
    assert (y_position(1), y_position(-1)) == (0, TIMELINE_HEIGHT)
