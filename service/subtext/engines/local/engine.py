"""The embedded engine: reads an article by rules and a shipped lexicon, with no key, no network and no model file.

Language: whether a text of unknown language can be read as English, by its script and its commonest words.
"""

from __future__ import annotations

import asyncio
import re
import time
from itertools import islice
from typing import TYPE_CHECKING

from subtext.analysis.ports import EngineInfo, EngineResult
from subtext.domain.analysis import EngineUsed, Provenance, Usage
from subtext.domain.text.word_lists import word_set
from subtext.engines.local.classifier import LexiconClassifier
from subtext.engines.local.pipeline import LocalPipeline
from subtext.errors import EngineTimedOut, UnsupportedAxis, UnsupportedLanguage

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.analysis.ports import EngineRequest
    from subtext.domain.article import Article
    from subtext.domain.axis import Axis
    from subtext.engines.local.classifier import FramingClassifier

# Running English is made of these to a third and more; other languages in Latin script, code and tables hardly reach
# a tenth.
_COMMON = word_set(
    "the of and to in is that it was for on are as with his they at be this have from or had by but not what all were "
    "we when your can said there an which she do how their if will has its he you who been would about more no a"
)

_COMMON_MIN = 0.15

_LATIN_MIN = 0.5

# Fewer words tell nothing but their script.
_WORDS_MIN, _WORDS_MAX = 40, 1000

_SAMPLE = 20_000

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


def may_be_english(text: str) -> bool:
    """Tell whether a text may be English: not in another script, or if a long one lacks the commonest words."""
    words = [found[0].lower() for found in islice(_WORD.finditer(text, 0, _SAMPLE), _WORDS_MAX)]
    letters = "".join(words)
    if letters and len(_LATIN.findall(letters)) < _LATIN_MIN * len(letters):
        return False
    return len(words) < _WORDS_MIN or sum(word in _COMMON for word in words) >= _COMMON_MIN * len(words)


NAME = "local"

AXES = ("desperation-domination",)

LANGUAGES = ("en",)

_UNKNOWN = "und"


class LocalEngine:
    """An engine that answers on any machine, the same for the same text.

    `framer` judges framing, by default by its words; `monotonic` tells the time.
    """

    def __init__(
        self, framer: FramingClassifier | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._framer = framer or LexiconClassifier()
        self._pipeline = LocalPipeline(self._framer)
        self._monotonic = monotonic

    @property
    def info(self) -> EngineInfo:
        """Return its name, and the one axis and language that it knows."""
        return EngineInfo(NAME, "local", self._framer.model, AXES, LANGUAGES)

    async def read(self, request: EngineRequest) -> EngineResult:
        """Draft by rules; raises `UnsupportedAxis`, `UnsupportedLanguage` or `EngineTimedOut`.

        The work is done in a thread, so that a long article does not hold up others.
        """
        _check_axis(request.axis)
        _check_language(request.article)
        try:
            async with asyncio.timeout(request.deadline - self._monotonic()):
                return await asyncio.to_thread(self._read, request)
        except TimeoutError as error:
            raise _timed_out() from error

    def _read(self, task: EngineRequest) -> EngineResult:
        def check() -> None:
            if self._monotonic() >= task.deadline:
                raise _timed_out()

        check()
        draft, warnings = self._pipeline.read(task, check)
        return EngineResult(draft, Provenance(EngineUsed("local", self._framer.model), None, Usage()), warnings)


def _check_axis(axis: Axis) -> None:
    if axis.id not in AXES:
        raise UnsupportedAxis(
            f"the embedded engine judges {', '.join(AXES)} only: choose an LLM engine for the axis {axis.id}"
        )


def _check_language(article: Article) -> None:
    code = article.language.code.lower().replace("_", "-").partition("-")[0]
    if code not in (*LANGUAGES, _UNKNOWN):
        raise UnsupportedLanguage(
            f"the embedded engine reads English only, and the article's language is {code}: choose an LLM engine for it"
        )
    if code == _UNKNOWN and not may_be_english(article.text) and article.prepared.prose != "other":
        raise UnsupportedLanguage(
            "the embedded engine reads English only, and the text does not read as English prose: "
            "choose an LLM engine, or name the language if it is English"
        )


def _timed_out() -> EngineTimedOut:
    return EngineTimedOut("the embedded engine did not finish inside the deadline: send less text or allow more time")
