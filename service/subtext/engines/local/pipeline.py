"""Pipeline of the embedded engine: sentences, target, summary, attributions, framing, and from them the draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analysis.generated_text import truncate
from subtext.analysis.injection.detector import detect_injection
from subtext.domain.article import AnalysisWarning
from subtext.domain.draft import Draft, DraftSummary
from subtext.domain.evidence import Span
from subtext.engines.local.attribution import attribute
from subtext.engines.local.classifier import FramingContext
from subtext.engines.local.extractive_summary import summarize
from subtext.engines.local.target import infer_target, target_from_name
from subtext.engines.local.tokens import tokenize_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from subtext.analysis.ports import EngineRequest
    from subtext.domain.article import Article
    from subtext.domain.text.prepared import PreparedText
    from subtext.domain.text.sentences import Sentence
    from subtext.engines.local.classifier import FramingClassifier, FramingResult
    from subtext.engines.local.target import TargetMatcher


@dataclass(frozen=True, slots=True)
class LocalPipeline:
    """Pipeline from an article to a draft, with the framing by `classifier`."""

    classifier: FramingClassifier

    def read(
        self, request: EngineRequest, check_deadline: Callable[[], None]
    ) -> tuple[Draft, tuple[AnalysisWarning, ...]]:
        """Draft the analysis of an article, with its warnings.

        `check_deadline` is called between the steps and may stop them by raising.
        """
        article = request.article
        sentences = _exclude_injections(article.prepared)
        check_deadline()
        target = target_from_name(request.target) if request.target else infer_target(article.title, sentences)
        named = target if target is not None and _is_named(target, article.prepared, sentences) else None
        summary = _summarize(article, sentences) if "summary" in request.parts else None
        check_deadline()
        framing = self._classify(request, sentences, named, check_deadline) if "framing" in request.parts else None
        draft = Draft(None if target is None else target.name, summary, None if framing is None else framing.draft)
        warnings = [] if framing is None else list(framing.warnings)
        if framing is not None and target is not None and named is None:
            warnings.append(_TARGET_UNSEEN)
        if summary is not None and not summary.sentences:
            warnings.append(_NO_SUMMARY)
        return draft, tuple(warnings)

    def _classify(
        self,
        request: EngineRequest,
        sentences: Sequence[Sentence],
        target: TargetMatcher | None,
        check: Callable[[], None],
    ) -> FramingResult:
        article = request.article
        voices = attribute(article.text, sentences)
        check()
        headline_end = article.headline.end if article.headline else 0
        context = FramingContext(
            article.prepared,
            article.word_count,
            headline_end,
            sentences,
            voices,
            target,
            request.axis,
            is_target_given=request.target is not None,
        )
        return self.classifier.classify(context)


def _summarize(article: Article, sentences: Sequence[Sentence]) -> DraftSummary:
    """Summarize the article; what is no prose has only a headline, as no line of code or of a log is a summary."""
    if article.prepared.prose == "other":
        return DraftSummary(truncate(article.title or sentences[0].text), ())
    return summarize(article.title, sentences)


def _exclude_injections(text: PreparedText) -> Sequence[Sentence]:
    """Exclude sentences with a prompt injection: they are no evidence, and must not affect the label or the summary."""
    sentences, scan = text.sentences, text.derive(detect_injection)
    if not scan.findings:
        return sentences
    trusted = [
        sentence for sentence in sentences if scan.exclusion_reason(Span(sentence.start, sentence.end)) != "injection"
    ]
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
