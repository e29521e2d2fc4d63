"""Embedded engine: analyze an article on this machine by rules, a lexicon and a small classifier, without a key.

It reads English only; a text of unknown language is accepted if its script and its commonest words may be English.
"""

from __future__ import annotations

import asyncio
import re
import time
from itertools import islice
from typing import TYPE_CHECKING

from subtext.analysis.ports import EngineInfo, EngineResult
from subtext.domain.analysis import EngineUsed, Provenance, Usage
from subtext.domain.text.words import word_set
from subtext.engines.local.classifier import LexiconClassifier
from subtext.engines.local.pipeline import LocalPipeline
from subtext.errors import EngineTimedOut, UnsupportedAxis, UnsupportedLanguage
from subtext.intake.language_detection import detect_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.analysis.ports import EngineRequest
    from subtext.domain.article import Article
    from subtext.domain.axis import Axis
    from subtext.engines.local.classifier import FramingClassifier

# A third or more of the words of English prose are in this list, and hardly a tenth of those of code, tables and other
# languages in Latin script.
_COMMON = word_set(
    "the of and to in is that it was for on are as with his they at be this have from or had by but not what all were "
    "we when your can said there an which she do how their if will has its he you who been would about more no a"
)

_COMMON_MIN = 0.15

_LATIN_MIN = 0.5

# With fewer words only the script is checked.
_WORDS_MIN, _WORDS_MAX = 40, 1000

_SAMPLE = 20_000

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


def may_be_english(text: str) -> bool:
    """Tell whether a text may be English: in Latin script, and, unless short, with enough of the commonest words."""
    words = [match[0].lower() for match in islice(_WORD.finditer(text, 0, _SAMPLE), _WORDS_MAX)]
    letters = "".join(words)
    if letters and len(_LATIN.findall(letters)) < _LATIN_MIN * len(letters):
        return False
    return len(words) < _WORDS_MIN or sum(word in _COMMON for word in words) >= _COMMON_MIN * len(words)


NAME = "local"

AXES = ("desperation-domination",)

LANGUAGES = ("en",)

_UNKNOWN = "und"


class LocalEngine:
    """Engine that runs on any machine and is deterministic.

    `classifier` classifies the framing, by default with the lexicon; `monotonic` is the clock (s).
    """

    def __init__(
        self, classifier: FramingClassifier | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._classifier = classifier or LexiconClassifier()
        self._pipeline = LocalPipeline(self._classifier)
        self._monotonic = monotonic

    @property
    def info(self) -> EngineInfo:
        """Return the engine's name, model, axes and languages."""
        return EngineInfo(NAME, "local", self._classifier.model, AXES, LANGUAGES)

    async def read(self, request: EngineRequest) -> EngineResult:
        """Draft the analysis in a thread, so that a long article does not block the event loop.

        Raises `UnsupportedAxis`, `UnsupportedLanguage` or `EngineTimedOut`.
        """
        _check_axis(request.axis)
        _check_language(request.article)
        try:
            async with asyncio.timeout(request.deadline - self._monotonic()):
                return await asyncio.to_thread(self._read, request)
        except TimeoutError as error:
            raise _build_timeout() from error

    def _read(self, request: EngineRequest) -> EngineResult:
        def check() -> None:
            if self._monotonic() >= request.deadline:
                raise _build_timeout()

        check()
        draft, warnings = self._pipeline.read(request, check)
        return EngineResult(draft, Provenance(EngineUsed("local", self._classifier.model), None, Usage()), warnings)


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
    if article.language.confidence is None and code in LANGUAGES:
        _require_english(article.text)
    if code == _UNKNOWN and not may_be_english(article.text) and article.prepared.prose != "other":
        raise UnsupportedLanguage(
            "the embedded engine reads English only, and the text does not read as English prose: "
            "choose an LLM engine, or name the language if it is English"
        )


def _require_english(text: str) -> None:
    """Refuse a text that its sender calls English, and that is plainly in another language."""
    detected = detect_language(text).code
    if detected not in (*LANGUAGES, _UNKNOWN) and not may_be_english(text):
        raise UnsupportedLanguage(
            f"the embedded engine reads English only, and the text, which is sent as English, reads as {detected}: "
            "choose an LLM engine for it"
        )


def _build_timeout() -> EngineTimedOut:
    return EngineTimedOut("the embedded engine did not finish inside the deadline: send less text or allow more time")
