"""The documentation as a site: built strictly, complete, and without anything from other hosts."""

from __future__ import annotations

import functools
import shutil
import subprocess
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import lxml.etree
import lxml.html
import pytest
import yaml

from tests.support.browser import chromium, visit
from tests.support.documents import DOCUMENTS, name_page, parse, render
from tests.support.repository import ROOT
from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAVIGATION = ROOT / "mkdocs.yml"
# What a browser loads by itself, by element and attribute; a link is followed by its reader alone.
ASSETS = "//script/@src | //link/@href | //img/@src | //iframe/@src | //source/@src | //object/@data"
# What a page has beside its document: marks of headings, titles of blocks, buttons.
NOT_WRITTEN = ".//a[@class='headerlink'] | .//span[@class='filename'] | .//button | .//nav | .//aside | .//form"
COUNTED = {"li": "list_item_open", "tr": "tr_open", "pre": "fence", "blockquote": "blockquote_open"}


class ConfigLoader(yaml.SafeLoader):
    """Reads the configuration of the site; what names a function is read as nothing."""


ConfigLoader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, and logs nothing."""

    def log_message(self, *_: object) -> None:
        pass


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `make docs` into a folder."""
    command = ["make", "docs", f"SITE={folder}", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_or_skip("make", present=shutil.which("make") is not None, why="make is not installed")
    folder = tmp_path_factory.mktemp("site")
    result = build(folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder / "html"


@contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def navigation_pages(entry: Any) -> Iterator[str]:
    """Yield the pages that a part of the navigation names."""
    if isinstance(entry, str):
        yield entry
    else:
        for inner in entry.values() if isinstance(entry, dict) else entry:
            yield from navigation_pages(inner)


def built_page(site: Path, name: str) -> Path:
    """Return the file that a document is built into; a README is the page of its folder."""
    return site / name.replace("README.md", "index.md").replace(".md", ".html")


def read_body(site: Path, document: Path) -> Any:
    """Return the article of a built page."""
    page = lxml.html.fromstring(built_page(site, name_page(document)).read_text(encoding="utf-8"))
    return page.xpath("//article")[0]


def read_targets(path: Path) -> Iterator[str]:
    """Yield the files that a built page links to, but not its own anchors; the page of errors is for any folder."""
    if path.name != "404.html":
        for address in lxml.html.fromstring(path.read_text(encoding="utf-8")).xpath("//a/@href"):
            link = urlsplit(str(address))
            if link.path and not link.scheme:
                yield unquote(link.path)


def test_every_document_is_in_the_navigation_but_for_the_decisions() -> None:
    config = yaml.load(NAVIGATION.read_text(encoding="utf-8"), ConfigLoader)  # noqa: S506 - a safe loader
    pages = list(navigation_pages(config["nav"]))
    documents = {name_page(path) for path in DOCUMENTS if not path.match("docs/decisions/0*.md")}
    assert sorted(pages) == sorted(documents)


def test_every_document_is_a_page(site: Path) -> None:
    assert [name_page(path) for path in DOCUMENTS if not built_page(site, name_page(path)).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_page)
def test_a_page_has_the_lists_tables_and_code_that_github_shows(site: Path, document: Path) -> None:
    body = read_body(site, document)
    types = [token.type for token in parse(document)]
    shown = {tag: len(body.xpath(f".//{tag}[not(ancestor::nav)]")) for tag in COUNTED}
    assert shown == {tag: types.count(kind) for tag, kind in COUNTED.items()}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_page)
def test_a_page_reads_as_on_github(site: Path, document: Path) -> None:
    body = read_body(site, document)
    for element in body.xpath(NOT_WRITTEN):
        element.drop_tree()
    html = lxml.html.fromstring(f"<div>{render(document)}</div>")
    lxml.etree.strip_tags(html, lxml.etree.Comment)
    assert "".join(body.text_content().split()) == "".join(html.text_content().split())


def test_every_link_within_the_site_leads_to_a_page_or_file(site: Path) -> None:
    targets = {(path, target) for path in site.rglob("*.html") for target in read_targets(path)}
    assert len(targets) > 100
    assert {
        (path.relative_to(site), target)
        for path, target in targets
        if not any((path.parent / target / name).is_file() for name in ("", "index.html"))
    } == set()


def test_no_page_names_an_asset_of_another_host(site: Path) -> None:
    pages = [lxml.html.fromstring(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")]
    assets = {str(address) for page in pages for address in page.xpath(ASSETS)}
    assert len(pages) >= len(DOCUMENTS)
    assert len(assets) > 5
    assert {address for address in assets if "//" in address} == set()


def test_a_browser_loads_nothing_from_other_hosts_and_finds_a_word(site: Path) -> None:
    with chromium() as browser, serve_folder(site) as base, visit(browser, base) as page:
        for name in ("index.html", "docs/quickstart.html", "docs/tasks.html", "docs/architecture.html"):
            page.open(name)
        page.page.get_by_role("button", name="Search").first.click()
        page.page.keyboard.type("coalesced")  # a word of one page alone
        page.page.get_by_text("1 result").wait_for()
        page.page.keyboard.press("Enter")
        page.page.wait_for_url("**/docs/api.html*")
        assert page.seen == []


def test_a_broken_link_ends_the_build(tmp_path: Path) -> None:
    require_or_skip("make", present=shutil.which("make") is not None, why="make is not installed")
    (tmp_path / "README.md").write_text("# Home\n\n[gone](gone.md)\n", encoding="utf-8")
    result = build(tmp_path / "site", f"PAGES=-C {tmp_path} README.md")
    assert result.returncode != 0
    assert "page does not exist" in result.stdout + result.stderr
