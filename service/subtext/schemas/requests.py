"""What callers send."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, FailFast, Field, JsonValue, ValidationError, model_validator

from subtext.domain.webhook import Event
from subtext.errors import RequestInvalid
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.base import NonBlankStr, RequestModel
from subtext.schemas.problem import HTTPProblem, field_problems

TITLE_MAX = 500
TARGET_MAX = 200
SAMPLES_MAX = 5


_ONE_SOURCE: list[JsonValue] = [
    {"required": [name], "properties": {name: {"type": "string"}}, "title": f"by {name}"}
    for name in ("text", "html", "url")
]


class ArticleSource(RequestModel):
    """An article, given in exactly one way."""

    text: str | None = Field(None, min_length=1, description="The article as plain text; offsets refer to it.")
    html: str | None = Field(None, min_length=1, description="A page; the article is extracted from it.")
    url: str | None = Field(None, min_length=1, max_length=2048, description="A public address to fetch the page from.")
    title: NonBlankStr | None = Field(
        None, min_length=1, max_length=TITLE_MAX, description="The headline; put before the text unless it opens it."
    )
    language: str | None = Field(
        None, min_length=2, max_length=35, description="BCP 47 tag, such as en; found out when left out."
    )
    engine: Literal["auto", "llm", "local"] | None = Field(
        None, description="llm: the configured model; local: the embedded engine; auto: the model if there is one."
    )
    fallback: Literal["auto", "never"] | None = Field(
        None,
        description="auto: where the model gives no answer the next engine does, the embedded one last, and a warning "
        "says so; never: the answer is then a problem (502, 503 or 504).",
    )
    cache: Literal["default", "no-store"] = Field(
        "default", description="no-store: the answer is made anew and not kept."
    )
    include: Annotated[tuple[Literal["text"], ...], FailFast()] = Field(
        (), max_length=8, strict=False, description="text: the answer holds the analysed text."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("text", "html", "url") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give the article in exactly one of text, html and url")
        return self


class SummaryRequest(ArticleSource):
    """An article to summarise."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _ONE_SOURCE})


class AnalysisRequestBody(ArticleSource):
    """An article whose framing is asked for."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _ONE_SOURCE})

    target: NonBlankStr | None = Field(
        None, min_length=1, max_length=TARGET_MAX, description="Whose conduct is framed; inferred when left out."
    )
    axis: str | None = Field(
        None, min_length=1, max_length=100, description="Axis as id or id@version; GET /v1/axes lists them."
    )
    samples: int = Field(
        1,
        ge=1,
        le=SAMPLES_MAX,
        description="How often a model is asked; the agreement of its answers is the confidence.",
    )


class VerifyRequest(RequestModel):
    """A stored analysis and, unless it holds its text, the text."""

    model_config = ConfigDict(strict=False)

    analysis: AnalysisView
    text: str | None = Field(None, min_length=1, description="The text as analysed; needed unless the analysis has it.")


SOURCES_MAX = 20


class ComparedSource(RequestModel):
    """One of the articles: as text, as a page, by address, or an analysis that was made before."""

    text: str | None = Field(None, min_length=1)
    html: str | None = Field(None, min_length=1)
    url: str | None = Field(None, min_length=1, max_length=2048)
    analysis: AnalysisView | None = Field(None, strict=False, description="An analysis, as it was answered.")
    title: NonBlankStr | None = Field(None, min_length=1, max_length=500)
    outlet: NonBlankStr | None = Field(
        None, min_length=1, max_length=200, description="Where it appeared; the site's name or host when left out."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(value is not None for value in (self.text, self.html, self.url, self.analysis)) != 1:
            raise ValueError("give the article in exactly one of text, html, url and analysis")
        return self


class ComparisonRequest(RequestModel):
    """Articles about one story."""

    sources: Annotated[list[ComparedSource], FailFast(), Field(min_length=2, max_length=SOURCES_MAX)]
    target: NonBlankStr | None = Field(
        None, min_length=1, max_length=TARGET_MAX, description="Whose conduct is framed, the same in every article."
    )
    axis: str | None = Field(None, min_length=1, max_length=100)
    engine: Literal["auto", "llm", "local"] | None = Field(None, description="As in POST /v1/analyses.")


class FeedbackRequest(RequestModel):
    """What a reader says of an analysis."""

    verdict: Literal["right", "wrong"]
    label: str | None = Field(None, max_length=40, description="The right label, where the verdict is wrong.")
    comment: NonBlankStr | None = Field(None, min_length=1, max_length=2_000)

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        if self.verdict == "right" and self.label is not None:
            raise ValueError("a label is right as it is: leave out `label`, or say that the verdict is wrong")
        return self


class WebhookCreate(RequestModel):
    """Who wants to hear of what."""

    url: str = Field(min_length=1, max_length=2_048, description="An https:// address that answers a POST with 2xx.")
    events: list[Annotated[Event, Field(strict=False)]] = Field(
        default_factory=lambda: list(Event), min_length=1, max_length=len(Event), description="All, when left out."
    )


def parse_analysis_request(fields: object) -> AnalysisRequestBody:
    """Parse one request of a batch; raises `HTTPProblem` (422) that names the fields at fault."""
    try:
        return AnalysisRequestBody.model_validate(fields)
    except ValidationError as error:
        raise HTTPProblem(422, fields=field_problems(error)) from error


def build_analysis_request(**fields: object) -> AnalysisRequestBody:
    """Build a request from what people gave; raises `RequestInvalid` that names the first field at fault."""
    try:
        return AnalysisRequestBody.model_validate(fields)
    except ValidationError as error:
        found = error.errors()[0]
        name = ".".join(str(part) for part in found["loc"]) or "form"
        raise RequestInvalid(f"{name}: {found['msg'].lower()}; mend it and send it again") from error
