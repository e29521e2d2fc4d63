from __future__ import annotations

from subtext.schemas.analysis import AnalysisView
from subtext.services.recent_analyses import RecentAnalyses
from tests.support.analyses import build_analysis


def views(count: int) -> list[AnalysisView]:
    made = AnalysisView.of(build_analysis())
    return [made.model_copy(update={"id": f"a{number}"}) for number in range(count)]


def test_the_newest_stand_first_and_the_oldest_make_room() -> None:
    shelf = RecentAnalyses(entries=2)
    for view in views(3):
        shelf.put(view)

    assert [view.id for view in shelf.newest()] == ["a2", "a1"]
    assert shelf.get("a0") is None


def test_long_texts_make_room_too_but_the_last_one_stays() -> None:
    made = views(2)
    shelf = RecentAnalyses(chars=made[0].document.char_count + 1)
    for view in made:
        shelf.put(view)

    assert [view.id for view in shelf.newest()] == ["a1"]


def test_the_same_analysis_lies_there_once() -> None:
    (view,) = views(1)
    shelf = RecentAnalyses(chars=view.document.char_count)
    for _ in range(3):
        shelf.put(view)

    assert shelf.newest() == (view,)
