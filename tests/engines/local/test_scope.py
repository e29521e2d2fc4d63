"""A text that is about nobody's conduct has no framing, whatever its words of power and of need."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from subtext.analysis.ports import ALL_PARTS, EngineRequest
from subtext.domain.article import Article, Language, Source
from subtext.domain.axis import NEITHER
from subtext.engines.local.engine import LocalEngine
from tests.support.builders import AXIS

if TYPE_CHECKING:
    from subtext.domain.draft import DraftFraming

CASES = Path(__file__).with_name("cases") / "no_actor"
GENES = (CASES / "genes.txt").read_text("utf-8")
FILES = sorted(CASES.glob("*.txt"))
NEWS = (
    "The navy seized the strait at dawn, and no captain dared to sail without its word. The fleet crushed the last "
    "raid and dictated the terms to every port. Its rivals yielded one by one. The navy now decides who trades and who "
    "waits, and the merchants submit to whatever it commands. The admiral is unchallenged."
)


async def read(text: str, target: str | None = None) -> DraftFraming:
    article = Article(text, Source("text"), language=Language("en", None))
    result = await LocalEngine().read(EngineRequest(article, AXIS, ALL_PARTS, time.monotonic() + 60, target))
    assert result.draft.framing is not None
    return result.draft.framing


@pytest.mark.parametrize("text", [path.read_text("utf-8") for path in FILES], ids=[path.stem for path in FILES])
async def test_a_text_without_an_actor_is_neither(text: str) -> None:
    framing = await read(text)

    assert (framing.label, framing.evidence) == (NEITHER, ())
    assert "nobody" in framing.rationale


async def test_actors_may_go_by_common_nouns() -> None:
    assert (await read(NEWS)).label == "domination"


async def test_a_target_that_the_caller_names_is_an_actor() -> None:
    assert (await read(GENES, "the gene")).label != NEITHER


async def test_orders_to_the_reader_are_nobodys_conduct() -> None:
    orders = "Crush the Dijon seeds. Force the Roman cabbage down. Seize the Danish pot. Beat it as Maria would. " * 4

    assert (await read(orders)).label == NEITHER
    assert (
        await read(orders.replace("Beat it", "Maria beat it").replace("Crush", "Maria will crush"))
    ).label != NEITHER


async def test_a_text_without_capitals_is_judged() -> None:
    text = (
        "Orvane seized the strait. Orvane crushed the last raid and dictated the terms. Orvane controls the ports. " * 3
    )

    assert (await read(text.lower())).label == "domination"
