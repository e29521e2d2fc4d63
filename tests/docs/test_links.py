"""Links of the documents: what they point to in the repository exists, and outside it they have a sound form."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from tests.support.documents import DOCUMENTS, Link, name_page, parse, read_anchors, read_links
from tests.support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LINKS = [link for document in DOCUMENTS for link in read_links(document)]
INNER = [link for link in LINKS if not urlsplit(link.target).scheme]
OUTER = [link for link in LINKS if urlsplit(link.target).scheme]
COMMENT = re.compile(r"\s*(?:<!--.*?-->\s*)+", re.DOTALL)


def describe(link: Link) -> str:
    return f"{link.page}:{link.line} {link.target}"


def find_fault(link: Link) -> str | None:
    """Return what is wrong with a link within the repository."""
    target, _, anchor = link.target.partition("#")
    path = (ROOT / link.page).parent / unquote(target) if target else ROOT / link.page
    if not path.exists():
        return "no such file"
    if not path.resolve().is_relative_to(ROOT):
        return "outside the repository"
    if anchor and (path.suffix != ".md" or anchor not in read_anchors(path.resolve())):
        return "no such heading"
    return None


def is_public(host: str) -> bool:
    """Return whether a host can be one that every reader reaches."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost", ".lan"))


def test_there_are_documents_and_links_of_both_kinds() -> None:
    names = {name_page(path) for path in DOCUMENTS}
    assert {"README.md", "CHANGELOG.md", "docs/api.md", "docs/decisions/README.md", "clients/python/README.md"} <= names
    assert len(INNER) > 100
    assert len(OUTER) > 10


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_page)
def test_what_a_document_links_to_exists(document: Path) -> None:
    faults = {describe(link): find_fault(link) for link in read_links(document) if link in INNER}
    assert {link: fault for link, fault in faults.items() if fault} == {}


def test_other_sites_are_linked_by_https_at_public_hosts() -> None:
    addresses = {describe(link): urlsplit(link.target) for link in OUTER}
    assert [
        link
        for link, url in addresses.items()
        if url.scheme != "https" or not is_public(url.hostname or "") or url.username is not None
    ] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_page)
def test_a_document_has_no_html_in_which_a_link_could_hide(document: Path) -> None:
    tokens = [token for block in parse(document) for token in (block, *(block.children or ()))]
    html = [token.content for token in tokens if token.type in {"html_block", "html_inline"}]
    assert [text for text in html if not COMMENT.fullmatch(text)] == []


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ("../README.md", None),
        ("api.md#api-keys", None),
        ("#errors", None),
        ("decisions/", None),
        ("nowhere.md", "no such file"),
        ("api.md#nothing", "no such heading"),
        ("../LICENSE#terms", "no such heading"),
        ("../..", "outside the repository"),
    ],
)
def test_the_check_finds_what_is_broken(target: str, fault: str | None) -> None:
    assert find_fault(Link("docs/api.md", 1, target)) == fault


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.0.0.1", "wiki.internal", "printer.local", ""])
def test_a_private_host_is_not_public(host: str) -> None:
    assert not is_public(host)
