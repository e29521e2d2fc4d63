"""Render jinja2 templates: autoescaped, undefined names are errors."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined

from subtext.domain.text.invisible import show_controls
from subtext.http.sessions import is_signed_in
from subtext.http.trusted_proxies import path_prefix
from subtext.schemas.analysis import http_url_or_none
from subtext.web.analysis_page import WIDTH, format_score, mark_classes, outlet_name, voice_name

if TYPE_CHECKING:
    from jinja2 import Template

STATIC = {"subtext.css": "text/css", "subtext.js": "text/javascript"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def render(name: str, **context: object) -> str:
    """Render a page that loads its style and script from this service."""
    prefix = path_prefix.get()
    assets = {asset_name: prefix + url for asset_name, url in _asset_urls().items()}
    return _template(name).render(
        inline=False, policy=None, assets=assets, prefix=prefix, signed_in=is_signed_in.get(), **context
    )


def render_standalone(name: str, **context: object) -> str:
    """Render a page as one file, with style and script inline; its CSP allows these two by hash."""
    style, script = asset("subtext.css"), asset("subtext.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return _template(name).render(inline=True, policy=policy, style=style, script=script, prefix="", **context)


@cache
def asset(name: str) -> str:
    """Read a static file."""
    return files("subtext.web").joinpath("static", name).read_text(encoding="utf-8")


@cache
def load_sample(name: str) -> str:
    """Read one of the sample articles."""
    return files("subtext.web").joinpath("samples", f"{name}.txt").read_text(encoding="utf-8").strip()


@cache
def _asset_urls() -> dict[str, str]:
    """Return the URL of each static file; it holds the content's digest, so it can be cached forever."""
    return {name: f"/static/{name}?v={hashlib.sha256(asset(name).encode()).hexdigest()[:12]}" for name in STATIC}


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _source(name: str) -> str:
    return files("subtext.web").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        link=http_url_or_none, shown=show_controls, name=voice_name, signed=format_score, outlet=outlet_name
    )
    environment.globals.update(mark_classes=mark_classes, coverage_width=WIDTH)
    return environment
