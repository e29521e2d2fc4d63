"""What callers send."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from subtext.api.v1.views import AnalysisView

TITLE_MAX = 500
TARGET_MAX = 200
SAMPLES_MAX = 5


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank: leave it out instead")
    return value


Line = Annotated[str, AfterValidator(_not_blank)]

_ONE_SOURCE: list[JsonValue] = [
    {"required": [name], "properties": {name: {"type": "string"}}, "title": f"by {name}"}
    for name in ("text", "html", "url")
]


class Ask(BaseModel):
    """A request body: unknown fields are refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class SourceAsk(Ask):
    """An article, given in exactly one way."""

    text: str | None = Field(None, min_length=1, description="The article as plain text; offsets refer to it.")
    html: str | None = Field(None, min_length=1, description="A page; the article is extracted from it.")
    url: str | None = Field(None, min_length=1, max_length=2048, description="A public address to fetch the page from.")
    title: Line | None = Field(
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
    include: tuple[Literal["text"], ...] = Field(
        (), strict=False, description="text: the answer holds the analysed text."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("text", "html", "url") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give the article in exactly one of text, html and url")
        return self


class SummaryAsk(SourceAsk):
    """An article to summarise."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _ONE_SOURCE})


class FramingAsk(SourceAsk):
    """An article whose framing is asked for."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _ONE_SOURCE})

    target: Line | None = Field(
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


class VerifyAsk(Ask):
    """A stored analysis and, unless it holds its text, the text."""

    model_config = ConfigDict(strict=False)

    analysis: AnalysisView
    text: str | None = Field(None, min_length=1, description="The text as analysed; needed unless the analysis has it.")
