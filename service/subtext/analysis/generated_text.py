"""Generated text: check what an engine writes without a quote (headline, rationale, names) against the article.

A headline that the article does not support is replaced by the article's own. Lines and names that rest only on words
injected into the article are withheld, and so is every link that is not the article's: an answer says nothing on a
stranger's behalf, and leads nowhere.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.stemming import stem_all
from subtext.analysis.faithfulness.token import tokenize
from subtext.domain.article import AnalysisWarning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.analysis.faithfulness.checker import FaithfulnessChecker
    from subtext.analysis.injection.detector import InjectionScan
    from subtext.domain.analysis import SummarySentence
    from subtext.domain.article import Article

HEADLINE_MAX = 140
# How much of what a rationale says may stand in planted words alone: it may well name the label that they ask for.
_INJECTED_MAX = 0.34
_DRESSED_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\(\S{0,2000}\)")
_LINK = re.compile(
    r"(?:\b[a-z][a-z\d+.-]{1,20}:)?//[^\s<>\"”]+|\b(?:www\.|mailto:|javascript:|data:)[^\s<>\"”]+"
    r"|\b(?:[a-z\d-]{1,63}\.){1,8}(?:[a-z]{2,24}/[^\s<>\"”]*|(?:com|net|org|io|info|app|dev|xyz|example)\b)",
    re.IGNORECASE,
)
# What each of these has in it.
_MAY_LINK = re.compile(r"[/.:\]]\S")


class GeneratedTextFilter:
    """The lines of one draft against one article; `notices` tells what was withheld."""

    def __init__(self, article: Article, scan: InjectionScan, support: FaithfulnessChecker) -> None:
        self._article, self._scan, self._support = article, scan, support
        self._warnings: dict[str, AnalysisWarning] = {}

    @property
    def warnings(self) -> tuple[AnalysisWarning, ...]:
        """Return one warning for each kind of thing that was withheld."""
        return tuple(self._warnings.values())

    def headline(self, line: str, sentences: Sequence[SummarySentence]) -> str:
        """Return a headline of at most 140 characters: the draft's if the article supports it, else the article's own.

        Where that is missing or planted, the first sentence of the summary that is supported, else of the text.
        """
        words = truncate(self.strip_foreign_links(line, "/summary/headline"))
        if self._is_supported(words):
            return words
        message = "the article does not bear out the headline of the engine: another one stands in its place"
        self._warn("headline_unsupported", message, "/summary/headline")
        supported = (sentence.text for sentence in sentences if sentence.support == "supported")
        own = (sentence.text for sentence in self._support.article.sentences)
        title = self._article.title or ""
        return truncate(next(chain([title] if self._is_supported(title) else (), supported, own), ""))

    def rationale(self, line: str) -> str:
        """Return the rationale, or nothing if it says what only injected words say."""
        if line and self._injected_share(line) > _INJECTED_MAX:
            self._warn("rationale_withheld", "the engine's reasons stand on planted words", "/framing/rationale")
            return ""
        return self.strip_foreign_links(line, "/framing/rationale")

    def safe_name(self, name: str) -> str:
        """Return a name, or nothing if a word of it stands only in injected words."""
        return "" if self._is_injected(name) else self.strip_foreign_links(name)

    def strip_foreign_links(self, words: str, pointer: str | None = None) -> str:
        """Strip links that are not in the article, and links dressed up as words."""
        if not _MAY_LINK.search(words):
            return words
        bare = _DRESSED_LINK.sub(r"\1", words)
        bare = _LINK.sub(lambda found: found[0] if found[0] in self._article.text else "", bare)
        if bare == words:
            return words
        self._warn("links_removed", "links that are not in the article were taken out of the engine's words", pointer)
        return " ".join(bare.split())

    def _is_supported(self, line: str) -> bool:
        if not line or self._is_injected(line):
            return False
        return self._support.contains_verbatim(line) or self._support.supports(line)

    def _is_injected(self, words: str) -> bool:
        return self._injected_share(words) > 0.0

    def _injected_share(self, words: str) -> float:
        """Measure the share of content words that stand in injected passages and nowhere else; 0-1."""
        if not self._injected_text:
            return 0.0
        content = frozenset[str]().union(*(sentence.content for sentence in tokenize(words)))
        return len(content & self._injected_text) / len(content) if content else 0.0

    @cached_property
    def _injected_text(self) -> frozenset[str]:
        text = self._article.prepared
        runs = [text.words.lower[text.words_between(span.start, span.end)] for span in self._scan.excluded_spans]
        inside = frozenset(stem_all(chain.from_iterable(runs)))
        return inside.difference(self._support.article.vocabulary.stems) if inside else inside

    def _warn(self, code: str, message: str, pointer: str | None) -> None:
        self._warnings.setdefault(code, AnalysisWarning(code, message, pointer))


def truncate(line: str) -> str:
    """Cut a line to at most 140 characters, behind a word if there is a blank."""
    line = " ".join(line.split())
    if len(line) <= HEADLINE_MAX:
        return line
    cut = line[: HEADLINE_MAX - 1]
    return (cut[: cut.rfind(" ")] if " " in cut else cut).rstrip(" ,;:-–—") + "…"
