"""API documentation pages that need no network: Swagger UI from the package, and one page per kind of problem."""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from subtext.schemas.problem import HTTP_PROBLEMS, RETRYABLE_STATUS, http_status, iter_error_types

_VENDOR = Path(__file__).parent / "vendor" / "swagger_ui"
_ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
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


@router.get("/docs")
async def get_docs() -> Response:
    """Serve Swagger UI for the OpenAPI document."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/start.js")
async def get_docs_start() -> Response:
    """Serve the line that starts Swagger UI, outside the page so that the policy can forbid inline scripts."""
    return Response(_SCRIPT, media_type="text/javascript")


@router.get("/docs/assets/{name}")
def get_docs_asset(name: str) -> Response:
    """Serve a file of Swagger UI. Starlette's StaticFiles answers a bad Range in plain text; these need no ranges."""
    if name not in _ASSETS:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response((_VENDOR / name).read_bytes(), headers=headers, media_type=_ASSETS[name])


@router.get("/problems/{code}")
async def get_problem_page(code: str) -> Response:
    """Serve the page to which a problem's `type` leads."""
    pages = problem_pages()
    if code not in pages:
        raise HTTPException(404)
    return PlainTextResponse(pages[code])


@cache
def problem_pages() -> dict[str, str]:
    """Return the text of each problem's page by code: HTTP problems, and the whole error tree."""
    pages = {
        code: _page(code, status, f"{detail[0].upper()}{detail[1:]}.", retryable=status in RETRYABLE_STATUS)
        for status, (code, detail) in HTTP_PROBLEMS.items()
    }
    for kind in iter_error_types():
        pages.setdefault(kind.code, _page(kind.code, http_status(kind), inspect.getdoc(kind), retryable=kind.retryable))
    return pages


def _page(code: str, status: int, about: str | None, *, retryable: bool) -> str:
    retry = "may succeed when sent again" if retryable else "will not succeed when sent again unchanged"
    return f"{code} (HTTP {status})\n\n{about}\n\nThe same request {retry}.\n"
