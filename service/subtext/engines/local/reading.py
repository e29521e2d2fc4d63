"""One article read: sentences, voices, target and framing in turn, and the draft that is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analyst.injection import scan
from subtext.domain.article import Notice
from subtext.domain.draft import Draft
from subtext.domain.evidence import Span
from subtext.engines.local.attribution import attribute
from subtext.engines.local.framers import Scene
from subtext.engines.local.sentences import split
from subtext.engines.local.summary import summarise
from subtext.engines.local.target import infer, named
from subtext.engines.local.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from subtext.analyst.ports import Task
    from subtext.engines.local.framers import Framed, Framer
    from subtext.engines.local.sentences import Sentence
    from subtext.engines.local.target import Target


@dataclass(frozen=True, slots=True)
class ArticleReader:
    """Reads articles, and has their framing judged."""

    framer: Framer

    def read(self, task: Task, check: Callable[[], None]) -> tuple[Draft, tuple[Notice, ...]]:
        """The draft and what the reader must know; `check` is called between the steps and may end them by raising."""
        article = task.article
        sentences = _of_the_article(article.text)
        check()
        target = named(task.target) if task.target else infer(article.title, sentences)
        spoken_of = target if target is not None and _is_named(target, sentences) else None
        summary = summarise(article.title, sentences) if "summary" in task.parts else None
        check()
        verdict = self._framing(task, sentences, spoken_of, check) if "framing" in task.parts else None
        draft = Draft(None if target is None else target.name, summary, None if verdict is None else verdict.draft)
        notices = [] if verdict is None else list(verdict.notices)
        if verdict is not None and target is not None and spoken_of is None:
            notices.append(_TARGET_UNSEEN)
        if summary is not None and not summary.sentences:
            notices.append(_NO_SUMMARY)
        return draft, tuple(notices)

    def _framing(
        self, task: Task, sentences: Sequence[Sentence], target: Target | None, check: Callable[[], None]
    ) -> Framed:
        article = task.article
        voices = attribute(article.text, sentences)
        check()
        headline_end = article.headline.end if article.headline else 0
        scene = Scene(article.text, article.word_count, headline_end, sentences, voices, target, task.axis)
        return self.framer.framing(scene)


def _of_the_article(text: str) -> list[Sentence]:
    """The sentences but for those that speak to a machine: they would be no evidence, and must sway nothing else."""
    found, planted = split(text), scan(text)
    if not planted.findings:
        return found
    kept = [one for one in found if planted.reason_against(Span(one.start, one.end)) != "injection"]
    return kept or found


_TARGET_UNSEEN = Notice(
    "target_not_in_text", "the text never names the target: all that frames anybody is taken to be about it", "/target"
)
_NO_SUMMARY = Notice("summary_empty", "no sentence of the text can stand on its own: there is no summary", "/summary")


def _is_named(target: Target, sentences: Sequence[Sentence]) -> bool:
    return any(target.is_named_in(word.norm for word in words_of(sentence.text, 0)) for sentence in sentences)
