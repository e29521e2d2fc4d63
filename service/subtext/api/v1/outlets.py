"""Where articles appeared."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from subtext.api.v1.views import AnalysisView


def link_of(url: str | None) -> str | None:
    """The address where it is http or https with a host; None for anything else, such as `javascript:`."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def outlet_of(analysis: AnalysisView) -> str | None:
    """Where the article appeared: the site, else the host; None where it was handed in as text."""
    document = analysis.document
    address = link_of(document.source.final_url) or link_of(document.source.url)
    host = (urlsplit(address).hostname or "").removeprefix("www.") if address else ""
    return document.site or host or None
