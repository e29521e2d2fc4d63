"""Parse HTML forms strictly into API requests."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from subtext.errors import RequestInvalid
from subtext.schemas.analysis import http_url_or_none
from subtext.schemas.problem import HTTPProblem
from subtext.schemas.requests import AnalysisRequestBody, build_analysis_request
from subtext.web.template_environment import load_sample

if TYPE_CHECKING:
    from starlette.requests import Request

FORM = "application/x-www-form-urlencoded"
_FIELDS_MAX = 64
# Sample articles: name, title, and what each shows.
SAMPLES = (
    ("desperation", "A harbour for sale", "a state that has run out of choices"),
    ("domination", "One master of the line", "a company that dictates the terms"),
    ("mixed", "Sea and land", "both at once, and the witnesses disagree"),
)
Fields = dict[str, list[str]]


async def read_form(request: Request) -> Fields:
    """Parse a urlencoded body; raises `HTTPProblem` if it is not a form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise HTTPProblem(415, "send the form as this page does")
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except ValueError as error:
        raise HTTPProblem(400, "the form cannot be read: send it as this page does") from error
    fields: Fields = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def parse_form(fields: Fields) -> AnalysisRequestBody:
    """Parse the start page's form into an analysis request; raises `RequestInvalid` that says what to correct."""
    if sample := value(fields, "sample"):
        if sample not in {key for key, _, _ in SAMPLES}:
            raise RequestInvalid("there is no such sample: choose one of those on the page")
        return build_request(load_sample(sample), "", value(fields, "engine"))
    return build_request(value(fields, "article"), value(fields, "target"), value(fields, "engine"))


def build_request(article: str, target: str, engine: str) -> AnalysisRequestBody:
    """Build an analysis request from a pasted article, or from a URL if that is all there is."""
    if not article.strip():
        raise RequestInvalid("there is nothing to read: paste an article, or its address")
    address = article.strip()
    is_address = len(address.split()) == 1 and http_url_or_none(address) is not None
    source = {"url": address} if is_address else {"text": article.replace("\r\n", "\n")}
    return build_analysis_request(**source, target=target.strip() or None, engine=engine or None, include=["text"])


def value(fields: Fields, name: str) -> str:
    """Return the first value of a field, or an empty string."""
    return fields.get(name, [""])[0]
