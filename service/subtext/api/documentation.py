"""Pages about the API that need no network: Swagger UI from the package, and a page for each kind of problem."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from subtext.api.problems import HTTP_CODES, status_of
from subtext.domain.errors import SubtextError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

_VENDOR = Path(__file__).parent / "vendor" / "swagger_ui"
_SCRIPT = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null});\n'
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Subtext API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<noscript>This page needs scripts; the document itself is <a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
# Swagger UI sets inline styles and draws its icons as data URLs; scripts come from this service alone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

router = APIRouter(include_in_schema=False)


def install(app: FastAPI) -> None:
    """Serve the pages."""
    app.include_router(router)
    app.mount("/docs/assets", StaticFiles(directory=_VENDOR), name="docs-assets")


@router.get("/docs")
async def get_docs() -> Response:
    """The API, to read and try."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/start.js")
async def get_docs_start() -> Response:
    """The line that starts Swagger UI, outside the page so that the policy can forbid inline scripts."""
    return Response(_SCRIPT, media_type="text/javascript")


@router.get("/problems/{code}")
async def get_problem_page(code: str) -> Response:
    """What a problem's `type` leads to."""
    found = next((text for known, text in problem_pages() if known == code), None)
    if found is None:
        raise HTTPException(404)
    return PlainTextResponse(found)


def problem_pages() -> Iterator[tuple[str, str]]:
    """Each problem code with a text about it: from the error tree, then those that only HTTP knows."""
    for kind in _leaves(SubtextError):
        retry = "may succeed when sent again" if kind.retryable else "will not succeed when sent again unchanged"
        yield (
            kind.code,
            f"{kind.code} (HTTP {status_of(kind)})\n\n{inspect.getdoc(kind)}\n\nThe same request {retry}.\n",
        )
    for status, (code, detail) in HTTP_CODES.items():
        yield code, f"{code} (HTTP {status})\n\n{detail[0].upper()}{detail[1:]}.\n"


def _leaves(kind: type[SubtextError]) -> Iterator[type[SubtextError]]:
    children = kind.__subclasses__()
    if not children:
        yield kind
    for child in children:
        yield from _leaves(child)
