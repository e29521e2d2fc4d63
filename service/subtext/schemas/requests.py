"""Define the request bodies of API version 1."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeVar

from pydantic import ConfigDict, FailFast, Field, JsonValue, ValidationError, model_validator

from subtext.domain.webhook import Event
from subtext.errors import RequestInvalid
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.base import NonBlankStr, RequestModel, StorableStr
from subtext.schemas.problem import HTTPProblem, describe_first_field, field_problems

RequestT = TypeVar("RequestT", bound=RequestModel)

TITLE_MAX = 500
TARGET_MAX = 200
SAMPLES_MAX = 5
SOURCES_MAX = 20

# Schemas of the OpenAPI document for what has exactly one of these fields.
SOURCE_SCHEMAS: dict[str, JsonValue] = {
    f"{name.capitalize()}Source": {"type": "object", "required": [name], "properties": {name: {"type": "string"}}}
    for name in ("text", "html", "url")
}
_ONE_SOURCE: list[JsonValue] = [{"$ref": f"#/components/schemas/{name}"} for name in SOURCE_SCHEMAS]


class ArticleSource(RequestModel):
    """Article, given in exactly one way."""

    text: str | None = Field(None, min_length=1, description="The article as plain text; offsets refer to it.")
    html: str | None = Field(None, min_length=1, description="An HTML page; the article is extracted from it.")
    url: str | None = Field(None, min_length=1, max_length=2048, description="A public URL to fetch the page from.")
    title: NonBlankStr | None = Field(
        None,
        min_length=1,
        max_length=TITLE_MAX,
        description="The headline; put before the text unless the text begins with it.",
    )
    language: str | None = Field(
        None, min_length=2, max_length=35, description="BCP 47 tag, such as en; detected if omitted."
    )
    engine: Literal["auto", "llm", "local"] | None = Field(
        None, description="llm: the configured model; local: the embedded engine; auto: the model if there is one."
    )
    fallback: Literal["auto", "never"] | None = Field(
        None,
        description="auto: if the model fails, the next engine is used, the embedded one last, with a warning; "
        "never: the response is then a problem (502, 503 or 504).",
    )
    cache: Literal["default", "no-store"] = Field(
        "default", description="no-store: the analysis is computed again and not cached."
    )
    include: Annotated[tuple[Literal["text"], ...], FailFast()] = Field(
        (), max_length=8, strict=False, description="text: the response includes the analysed text."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = [name for name in ("text", "html", "url") if getattr(self, name) is not None]
        if len(sources) != 1:
            raise ValueError("give the article in exactly one of text, html and url")
        return self


class SummaryRequest(ArticleSource):
    """Article to summarise."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _ONE_SOURCE})


class AnalysisRequestBody(ArticleSource):
    """Article to analyse."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _ONE_SOURCE})

    target: NonBlankStr | None = Field(
        None, min_length=1, max_length=TARGET_MAX, description="Whose conduct is framed; inferred if omitted."
    )
    axis: str | None = Field(
        None, min_length=1, max_length=100, description="Axis as id or id@version; GET /v1/axes lists them."
    )
    samples: int = Field(
        1,
        ge=1,
        le=SAMPLES_MAX,
        description="How many times the model is asked; the confidence is the agreement of its answers.",
    )


class VerifyRequest(RequestModel):
    """Analysis to verify, and its text unless the analysis holds it."""

    model_config = ConfigDict(strict=False)

    analysis: AnalysisView
    text: str | None = Field(
        None, min_length=1, description="The text as analysed; required unless the analysis has it."
    )


class ComparedSource(RequestModel):
    """Article to compare: text, HTML, URL or an earlier analysis."""

    text: str | None = Field(None, min_length=1)
    html: str | None = Field(None, min_length=1)
    url: str | None = Field(None, min_length=1, max_length=2048)
    analysis: AnalysisView | None = Field(None, strict=False, description="An analysis, as this API returned it.")
    title: NonBlankStr | None = Field(None, min_length=1, max_length=TITLE_MAX)
    outlet: NonBlankStr | None = Field(
        None, min_length=1, max_length=200, description="Where it was published; the site's name or host if omitted."
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
    """Feedback of a reader on an analysis."""

    verdict: Literal["right", "wrong"]
    label: str | None = Field(None, max_length=64, description="The right label, if the verdict is wrong.")
    comment: StorableStr | None = Field(None, min_length=1, max_length=2_000)

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        if self.verdict == "right" and self.label is not None:
            raise ValueError("a right verdict has no other label: omit `label`, or send verdict `wrong`")
        return self


class WebhookCreate(RequestModel):
    """Webhook to create."""

    url: str = Field(min_length=1, max_length=2_048, description="An https:// address that answers a POST with 2xx.")
    events: list[Annotated[Event, Field(strict=False)]] = Field(
        default_factory=lambda: list(Event), min_length=1, max_length=len(Event), description="All if omitted."
    )
    description: StorableStr | None = Field(
        None, min_length=1, max_length=200, description="What it is for, in your words; every view of it has this text."
    )


def parse_analysis_request(fields: object) -> AnalysisRequestBody:
    """Parse one request of a batch; raises `HTTPProblem` (422) that names the invalid fields."""
    try:
        return AnalysisRequestBody.model_validate(fields)
    except ValidationError as error:
        raise HTTPProblem(422, fields=field_problems(error)) from error


def build_analysis_request(**fields: object) -> AnalysisRequestBody:
    """Build a request from user input; raises `RequestInvalid` that names the first invalid field."""
    return parse_fields(AnalysisRequestBody, fields)


def parse_fields(kind: type[RequestT], fields: object) -> RequestT:
    """Parse a request outside of HTTP; raises `RequestInvalid` that names the first invalid field and what to do."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise RequestInvalid(f"{describe_first_field(error)}; then send it again") from error
