"""One article read: sentences, voices, target, hits and claims in turn, and the draft that is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.domain.article import Notice
from subtext.domain.draft import Draft
from subtext.engines.local.attribution import attribute
from subtext.engines.local.claims import claims
from subtext.engines.local.scorer import Context
from subtext.engines.local.selection import Background, balance, select
from subtext.engines.local.sentences import split
from subtext.engines.local.summary import summarise
from subtext.engines.local.target import infer, named
from subtext.engines.local.verdict import framing
from subtext.engines.local.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from subtext.analyst.ports import Task
    from subtext.domain.draft import DraftFraming
    from subtext.engines.local.scorer import Scorer
    from subtext.engines.local.sentences import Sentence
    from subtext.engines.local.target import Target


@dataclass(frozen=True, slots=True)
class ArticleReader:
    """Reads articles with a scorer, against a background of ordinary reporting."""

    scorer: Scorer
    background: Background

    def read(self, task: Task, check: Callable[[], None]) -> tuple[Draft, tuple[Notice, ...]]:
        """The draft and what the reader must know; `check` is called between the steps and may end them by raising."""
        article = task.article
        sentences = split(article.text)
        check()
        target = named(task.target) if task.target else infer(article.title, sentences)
        spoken_of = target if target is not None and _is_named(target, sentences) else None
        summary = summarise(article.title, sentences) if "summary" in task.parts else None
        check()
        verdict = self._framing(task, sentences, spoken_of, check) if "framing" in task.parts else None
        draft = Draft(None if target is None else target.name, summary, verdict)
        notices = []
        if verdict is not None and target is not None and spoken_of is None:
            notices.append(_TARGET_UNSEEN)
        if summary is not None and not summary.sentences:
            notices.append(_NO_SUMMARY)
        return draft, tuple(notices)

    def _framing(
        self, task: Task, sentences: Sequence[Sentence], target: Target | None, check: Callable[[], None]
    ) -> DraftFraming:
        text = task.article.text
        voices = attribute(text, sentences)
        check()
        before: Sequence[Sentence | None] = [None, *sentences[:-1]]
        contexts = [Context(sentence, last, target) for sentence, last in zip(sentences, before, strict=True)]
        hits = self.scorer.hits(contexts)
        check()
        found = claims(text, sentences, hits, voices, task.axis)
        excess = balance(found, task.article.word_count, task.axis, self.background)
        return framing(text, select(found, excess, task.axis), excess, task.axis)


_TARGET_UNSEEN = Notice(
    "target_not_in_text", "the text never names the target: all that frames anybody is taken to be about it", "/target"
)
_NO_SUMMARY = Notice("summary_empty", "no sentence of the text can stand on its own: there is no summary", "/summary")


def _is_named(target: Target, sentences: Sequence[Sentence]) -> bool:
    return any(target.is_named_in(word.norm for word in words_of(sentence.text, 0)) for sentence in sentences)
