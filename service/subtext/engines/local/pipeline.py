"""Pipeline of the embedded engine: sentences, voices, target, summary and framing in turn make a draft."""

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
from subtext.engines.local.target import infer_target, target_from_name
from subtext.engines.local.tokens import tokenize_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from subtext.analysis.ports import EngineRequest
    from subtext.domain.text.prepared import PreparedText
    from subtext.domain.text.sentences import Sentence
    from subtext.engines.local.classifier import FramingClassifier, FramingResult
    from subtext.engines.local.target import TargetMatcher


@dataclass(frozen=True, slots=True)
class LocalPipeline:
    """Reads articles, and has their framing judged."""

    classifier: FramingClassifier

    def read(
        self, task: EngineRequest, check_deadline: Callable[[], None]
    ) -> tuple[Draft, tuple[AnalysisWarning, ...]]:
        """Read an article: the draft, and what the reader must know.

        `check_deadline` is called between the steps and may end them by raising.
        """
        article = task.article
        sentences = _trusted_sentences(article.prepared)
        check_deadline()
        target = target_from_name(task.target) if task.target else infer_target(article.title, sentences)
        spoken_of = target if target is not None and _is_named(target, article.prepared, sentences) else None
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
        scene = FramingContext(article.prepared, article.word_count, headline_end, sentences, voices, target, task.axis)
        return self.classifier.framing(scene)


def _trusted_sentences(text: PreparedText) -> Sequence[Sentence]:
    """Leave out the sentences that speak to a machine: they would be no evidence, and must sway nothing else."""
    sentences, scan = text.sentences, text.derive(detect_injection)
    if not scan.findings:
        return sentences
    trusted = [one for one in sentences if scan.exclusion_reason(Span(one.start, one.end)) != "injection"]
    return trusted or sentences


_TARGET_UNSEEN = AnalysisWarning(
    "target_not_in_text", "the text never names the target: all that frames anybody is taken to be about it", "/target"
)
_NO_SUMMARY = AnalysisWarning(
    "summary_empty", "no sentence of the text can stand on its own: there is no summary", "/summary"
)


def _is_named(target: TargetMatcher, text: PreparedText, sentences: Sequence[Sentence]) -> bool:
    tokens = text.derive(tokenize_sentences)
    return any(target.is_named_in(word.norm for word in tokens[sentence.start]) for sentence in sentences)
