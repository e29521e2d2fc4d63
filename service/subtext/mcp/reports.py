"""Describe results in a few lines of text, for a model that reads them; the whole object is beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.schemas.event import PartialData, StatusData
from subtext.schemas.framing import sort_by_strength

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.schemas.analysis import AnalysisView
    from subtext.schemas.comparison import ComparedArticleView, ComparisonView
    from subtext.schemas.framing import FramingView
    from subtext.schemas.verification import VerificationView

_QUOTES_MAX = 6
_STAGES = {"reading_article": "reading the article", "analysing": "analyzing the article"}


def describe_analysis(view: AnalysisView) -> str:
    """Describe an analysis: status, summary, framing, and the strongest quotes with their speakers."""
    return "\n".join(_iter_analysis_lines(view))


def _iter_analysis_lines(view: AnalysisView) -> Iterator[str]:
    yield f"Analysis {view.id}: {view.status}, by the {view.engine.kind} engine."
    if view.summary is not None:
        yield f"Summary: {view.summary.headline}"
        yield from (f"- {item.text} [{item.support}]" for item in view.summary.sentences)
    if view.framing is not None:
        target = view.target.name if view.target else "unknown"
        yield f"Framing of {target} on {view.framing.axis}: {_describe_label(view.framing)}"
    names = {voice.id: voice.display_name for voice in view.voices}
    for item in sort_by_strength(view.evidence)[:_QUOTES_MAX]:
        yield f"- “{item.quote}” ({item.pole}, {item.strength}, {names.get(item.voice_id or '', 'speaker unclear')})"
    yield from (f"Warning {warning.code}: {warning.message}" for warning in view.warnings)


def _describe_label(framing: FramingView) -> str:
    label = framing.label or "no label"
    return (
        f"{label}, score {framing.score:+.2f}, confidence {framing.confidence.value:.2f} ({framing.confidence.method})"
    )


def describe_progress(name: str, data: str) -> str:
    """Describe an event of an analysis in progress, `status` or `partial`, from its data as JSON."""
    return (
        _describe_status(StatusData.model_validate_json(data))
        if name == "status"
        else _describe_partial(PartialData.model_validate_json(data))
    )


def _describe_status(status: StatusData) -> str:
    stage = _STAGES[status.stage]
    parts = []
    if status.passages is not None and status.passages > 1:
        parts.append(f"{status.passages_read} of {status.passages} passages read")
    if status.tokens is not None:
        parts.append(f"{status.tokens:,} tokens written")
    return f"{stage}: {', '.join(parts)}" if parts else stage


def _describe_partial(partial: PartialData) -> str:
    if partial.document is not None:
        return f"the article is read: {partial.document.word_count:,} words"
    return "1 quote is proven" if len(partial.evidence) == 1 else f"{len(partial.evidence)} quotes are proven"


def describe_comparison(view: ComparisonView) -> str:
    """Describe a comparison: one line for each article, from the first pole to the second."""
    number = "1 article" if len(view.articles) == 1 else f"{len(view.articles)} articles"
    head = f"{number} on {view.axis}, from {' to '.join(view.poles)}:"
    failures = (f"- article {item.position} failed: {item.detail} ({item.code})" for item in view.failures)
    return "\n".join((head, *(_describe_article(article) for article in view.articles), *failures))


def _describe_article(article: ComparedArticleView) -> str:
    name = article.outlet or article.title or f"article {article.position}"
    quotes = " / ".join(f"“{quote.quote}”" for quote in article.quotes)
    return f"- {name}: {article.overall.label or 'no label'}, score {article.overall.score:+.2f} {quotes}".rstrip()


def describe_verification(view: VerificationView) -> str:
    """Describe a verification: whether all claims hold, and those that do not."""
    if view.valid:
        return f"Every claim holds: {view.checked.quotes} quotes and {view.checked.references} references were checked."
    return "\n".join(("Not every claim holds:", *(f"- {item.pointer}: {item.message}" for item in view.failures)))
