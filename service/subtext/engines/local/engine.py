"""The embedded engine: reads an article by rules and a shipped lexicon, with no key, no network and no model file."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from subtext.analyst.ports import EngineCard, Reading
from subtext.domain.analysis import EngineUsed, Provenance, Usage
from subtext.domain.errors import AxisNotSupported, EngineTimedOut, LanguageUnsupported
from subtext.domain.prose import classify_prose
from subtext.engines.local.framers import WordFramer
from subtext.engines.local.language import may_be_english
from subtext.engines.local.reading import ArticleReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.analyst.ports import Task
    from subtext.domain.article import Article
    from subtext.domain.axis import Axis
    from subtext.engines.local.framers import Framer

NAME = "local"
AXES = ("desperation-domination",)
LANGUAGES = ("en",)
_UNKNOWN = "und"


class LocalEngine:
    """An engine that answers on any machine, the same for the same text.

    `framer` judges framing, by default by its words; `monotonic` tells the time.
    """

    def __init__(self, framer: Framer | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._framer = framer or WordFramer()
        self._reader = ArticleReader(self._framer)
        self._monotonic = monotonic

    @property
    def card(self) -> EngineCard:
        """Its name, and the one axis and language that it knows."""
        return EngineCard(NAME, "local", self._framer.model, AXES, LANGUAGES)

    async def read(self, task: Task) -> Reading:
        """A draft by rules; raises `AxisNotSupported`, `LanguageUnsupported` or `EngineTimedOut`.

        The work is done in a thread, so that a long article does not hold up others.
        """
        _check_axis(task.axis)
        _check_language(task.article)
        try:
            async with asyncio.timeout(task.deadline - self._monotonic()):
                return await asyncio.to_thread(self._read, task)
        except TimeoutError as error:
            raise _timed_out() from error

    def _read(self, task: Task) -> Reading:
        def check() -> None:
            if self._monotonic() >= task.deadline:
                raise _timed_out()

        check()
        draft, notices = self._reader.read(task, check)
        return Reading(draft, Provenance(EngineUsed("local", self._framer.model), None, Usage()), notices)


def _check_axis(axis: Axis) -> None:
    if axis.id not in AXES:
        raise AxisNotSupported(
            f"the embedded engine judges {', '.join(AXES)} only: choose an LLM engine for the axis {axis.id}"
        )


def _check_language(article: Article) -> None:
    code = article.language.code.lower().replace("_", "-").partition("-")[0]
    if code not in (*LANGUAGES, _UNKNOWN):
        raise LanguageUnsupported(
            f"the embedded engine reads English only, and the article's language is {code}: choose an LLM engine for it"
        )
    if code == _UNKNOWN and not may_be_english(article.text) and classify_prose(article.text) != "other":
        raise LanguageUnsupported(
            "the embedded engine reads English only, and the text does not read as English prose: "
            "choose an LLM engine, or name the language if it is English"
        )


def _timed_out() -> EngineTimedOut:
    return EngineTimedOut("the embedded engine did not finish inside the deadline: send less text or allow more time")
