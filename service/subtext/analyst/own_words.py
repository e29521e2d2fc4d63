"""Own words: what an engine writes without a quote, held against the article all the same.

A headline that the article does not bear out gives way to the article's own. Lines and names that stand only on words
planted in the article are withheld, and so is every link that is not the article's: nothing is said on a stranger's
behalf, and nothing leads out of an answer.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from subtext.analyst.support import blanked
from subtext.analyst.wording import sentences_of
from subtext.domain.article import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.analyst.injection import Scan
    from subtext.analyst.support import SupportCheck
    from subtext.domain.analysis import SummarySentence
    from subtext.domain.article import Article

HEADLINE_MAX = 140
# How much of what a rationale says may stand in planted words alone: it may well name the label that they ask for.
_PLANTED_MAX = 0.34
_DRESSED_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\(\S{0,2000}\)")
_LINK = re.compile(
    r"(?:\b[a-z][a-z\d+.-]{1,20}:)?//[^\s<>\"”]+|\b(?:www\.|mailto:|javascript:|data:)[^\s<>\"”]+"
    r"|\b(?:[a-z\d-]{1,63}\.){1,8}(?:[a-z]{2,24}/[^\s<>\"”]*|(?:com|net|org|io|info|app|dev|xyz|example)\b)",
    re.IGNORECASE,
)


class OwnWords:
    """The lines of one draft against one article; `notices` tells what was withheld."""

    def __init__(self, article: Article, scan: Scan, support: SupportCheck) -> None:
        self._article, self._scan, self._support = article, scan, support
        self._notices: dict[str, Notice] = {}

    @property
    def notices(self) -> tuple[Notice, ...]:
        """One for each kind of thing that was withheld."""
        return tuple(self._notices.values())

    def headline(self, line: str, sentences: Sequence[SummarySentence]) -> str:
        """One line of at most 140 characters: the draft's where the article bears it out, else the article's own.

        Where that is missing or planted, the first sentence of the summary that is supported, else of the text.
        """
        words = shortened(self.without_links(line, "/summary/headline"))
        if self._is_borne_out(words):
            return words
        message = "the article does not bear out the headline of the engine: another one stands in its place"
        self._note("headline_unsupported", message, "/summary/headline")
        supported = (sentence.text for sentence in sentences if sentence.support == "supported")
        own = (sentence.text for sentence in sentences_of(self._said))
        title = self._article.title or ""
        return shortened(next(chain([title] if self._is_borne_out(title) else (), supported, own), ""))

    def rationale(self, line: str) -> str:
        """The rationale, or nothing where it says what only planted words say."""
        if line and self._planted_share(line) > _PLANTED_MAX:
            self._note("rationale_withheld", "the engine's reasons stand on planted words", "/framing/rationale")
            return ""
        return self.without_links(line, "/framing/rationale")

    def name(self, name: str) -> str:
        """A name, or nothing where a word of it stands only in planted words."""
        return "" if self._is_planted(name) else self.without_links(name)

    def without_links(self, words: str, pointer: str | None = None) -> str:
        """The words without links that are not in the article, and without links dressed up as words."""
        bare = _DRESSED_LINK.sub(r"\1", words)
        bare = _LINK.sub(lambda found: found[0] if found[0] in self._article.text else "", bare)
        if bare == words:
            return words
        self._note("links_removed", "links that are not in the article were taken out of the engine's words", pointer)
        return " ".join(bare.split())

    def _is_borne_out(self, line: str) -> bool:
        if not line or self._is_planted(line):
            return False
        return self._support.has_words(line) or self._support.bears_out(line)

    def _is_planted(self, words: str) -> bool:
        return self._planted_share(words) > 0.0

    def _planted_share(self, words: str) -> float:
        """Which part of the content words stands in passages that speak to a machine, and nowhere else; 0-1."""
        if not self._planted:
            return 0.0
        content = frozenset[str]().union(*(sentence.content for sentence in sentences_of(words)))
        return len(content & self._planted) / len(content) if content else 0.0

    @cached_property
    def _planted(self) -> frozenset[str]:
        inside = {item for span in self._scan.excluded for item in _stems(self._article.text[span.start : span.end])}
        return frozenset(inside.difference(_stems(self._said))) if inside else frozenset()

    @cached_property
    def _said(self) -> str:
        """The text without what no answer stands on."""
        return blanked(self._article.text, self._scan.excluded)

    def _note(self, code: str, message: str, pointer: str | None) -> None:
        self._notices.setdefault(code, Notice(code, message, pointer))


def shortened(line: str) -> str:
    """One line of at most 140 characters."""
    line = " ".join(line.split())
    return line if len(line) <= HEADLINE_MAX else line[: HEADLINE_MAX - 1].rstrip() + "…"


def _stems(text: str) -> frozenset[str]:
    return frozenset[str]().union(*(sentence.stems for sentence in sentences_of(text)))
