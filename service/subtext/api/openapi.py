"""The OpenAPI document: stable operation ids, and every failure described."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from subtext.api.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from fastapi.routing import APIRoute

DESCRIPTION = """\
News tells you what happened; Subtext tells you how it was told. Send an article, get back a summary in which every
sentence is checked against the text, and how the article frames its subject, with verbatim quotes at exact offsets.
A claim without a quote that is really there is not made."""
TAGS = [
    {"name": "analyses", "description": "Articles in, proven readings out."},
    {"name": "catalogue", "description": "What there is to ask for."},
    {"name": "service", "description": "Whether it lives, and what it is."},
]
_WHAT = {
    400: "The body cannot be parsed.",
    408: "The body did not arrive in time.",
    413: "The body, the text or the page is too large.",
    415: "The body, or what the URL leads to, is of a type that is not read.",
    422: "The request is understood and cannot be answered: the detail says why and what to do.",
    500: "A failure of ours.",
    502: "The site or the model failed.",
    503: "The model is not available; Retry-After says when to try again where that is known.",
    504: "The site or the model took too long.",
}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"description": _WHAT[status], "content": {MEDIA_TYPE: {"schema": _PROBLEM_REF}}} for status in statuses
    }


_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
REQUEST_PROBLEMS = _problems(400, 408, 413, 415, 422, 500)
INTAKE_PROBLEMS = {**REQUEST_PROBLEMS, **_problems(502, 503, 504)}


def operation_id(route: APIRoute) -> str:
    """The endpoint's name in camel case, such as `analyzeArticle`: stable, and good in generated clients."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


class DescribedAPI(FastAPI):
    """An app whose document describes problems where FastAPI's own would describe its validation errors."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            schemas = super().openapi()["components"]["schemas"]
            described = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(described.pop("$defs", {}), Problem=described)
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
        return super().openapi()
