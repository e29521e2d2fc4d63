"""One article read: sentences, voices, target and framing in turn, and the draft that is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analysis.injection.detector import detect_injection
from subtext.domain.article import AnalysisWarning
from subtext.domain.draft import Draft
from subtext.domain.evidence import Span
from subtext.engines.local.attribution import attribute
from subtext.engines.local.classifier import FramingContext
from subtext.engines.local.extractive_summary import summarize
from subtext.engines.local.sentences import split
from subtext.engines.local.target import infer_target, target_from_name
from subtext.engines.local.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from subtext.analysis.ports import EngineRequest
    from subtext.engines.local.classifier import FramingClassifier, FramingResult
    from subtext.engines.local.sentences import Sentence
    from subtext.engines.local.target import TargetMatcher


@dataclass(frozen=True, slots=True)
class LocalPipeline:
    """Reads articles, and has their framing judged."""

    classifier: FramingClassifier

    def read(
        self, task: EngineRequest, check_deadline: Callable[[], None]
    ) -> tuple[Draft, tuple[AnalysisWarning, ...]]:
        """The draft and what the reader must know.

        `check_deadline` is called between the steps and may end them by raising.
        """
        article = task.article
        sentences = _trusted_sentences(article.text)
        check_deadline()
        target = target_from_name(task.target) if task.target else infer_target(article.title, sentences)
        spoken_of = target if target is not None and _is_named(target, sentences) else None
        summary = summarize(article.title, sentences) if "summary" in task.parts else None
        check_deadline()
        verdict = self._framing(task, sentences, spoken_of, check_deadline) if "framing" in task.parts else None
        draft = Draft(None if target is None else target.name, summary, None if verdict is None else verdict.draft)
        warnings = [] if verdict is None else list(verdict.warnings)
        if verdict is not None and target is not None and spoken_of is None:
            warnings.append(_TARGET_UNSEEN)
        if summary is not None and not summary.sentences:
            warnings.append(_NO_SUMMARY)
        return draft, tuple(warnings)

    def _framing(
        self,
        task: EngineRequest,
        sentences: Sequence[Sentence],
        target: TargetMatcher | None,
        check: Callable[[], None],
    ) -> FramingResult:
        article = task.article
        voices = attribute(article.text, sentences)
        check()
        headline_end = article.headline.end if article.headline else 0
        scene = FramingContext(article.text, article.word_count, headline_end, sentences, voices, target, task.axis)
        return self.classifier.framing(scene)


def _trusted_sentences(text: str) -> list[Sentence]:
    """The sentences but for those that speak to a machine: they would be no evidence, and must sway nothing else."""
    found, planted = split(text), detect_injection(text)
    if not planted.findings:
        return found
    kept = [one for one in found if planted.exclusion_reason(Span(one.start, one.end)) != "injection"]
    return kept or found


_TARGET_UNSEEN = AnalysisWarning(
    "target_not_in_text", "the text never names the target: all that frames anybody is taken to be about it", "/target"
)
_NO_SUMMARY = AnalysisWarning(
    "summary_empty", "no sentence of the text can stand on its own: there is no summary", "/summary"
)


def _is_named(target: TargetMatcher, sentences: Sequence[Sentence]) -> bool:
    return any(target.is_named_in(word.norm for word in tokenize(sentence.text, 0)) for sentence in sentences)
