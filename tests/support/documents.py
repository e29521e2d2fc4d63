"""The documents of the repository, parsed: their blocks of code, their links and their headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from pymdownx.slugs import slugify

from tests.support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

PATTERNS = ("*.md", "docs/**/*.md", "clients/*/README.md", "prompts/README.md", "training/*.md", "examples/**/*.md")
DOCUMENTS = sorted({path for pattern in PATTERNS for path in ROOT.glob(pattern)})
# What GitHub's own parser reads of its Markdown that our documents use.
_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_NOT_RUN = re.compile(r"<!-- not run: (.+?) -->")
# GitHub makes the anchor of a heading in this way, and so does the site (mkdocs.yml).
_slug = slugify(case="lower")


@dataclass(frozen=True)
class CodeBlock:
    """Fenced block of a document: its language, its code, and the reason if it says that it is not run."""

    page: str
    line: int
    language: str
    code: str
    reason: str | None

    @property
    def place(self) -> str:
        """Where the block begins."""
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Link:
    """Link or image of a document."""

    page: str
    line: int
    target: str


@cache
def parse(path: Path) -> tuple[Token, ...]:
    """Parse a document as GitHub does."""
    return tuple(_PARSER.parse(path.read_text(encoding="utf-8")))


def render(path: Path) -> str:
    """Return the HTML that GitHub makes of a document."""
    return str(_PARSER.render(path.read_text(encoding="utf-8")))


def name_page(path: Path) -> str:
    """Return the name of a document: its path from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def read_blocks(path: Path, *languages: str) -> list[CodeBlock]:
    """Return the fenced blocks of a document, or those in these languages."""
    blocks = list(_read_fences(path))
    return [block for block in blocks if not languages or block.language in languages]


def _read_fences(path: Path) -> Iterator[CodeBlock]:
    reason = None
    for token in parse(path):
        if token.type == "fence":
            line = token.map[0] + 1 if token.map else 0
            yield CodeBlock(name_page(path), line, (token.info.split() or [""])[0], token.content, reason)
        match = _NOT_RUN.search(token.content) if token.type == "html_block" else None
        reason = match[1] if match else None


def read_links(path: Path) -> Iterator[Link]:
    """Yield the links and the images of a document."""
    for block in parse(path):
        for token in block.children or ():
            target = token.attrs.get("href") or token.attrs.get("src")
            if target is not None:
                yield Link(name_page(path), (block.map or [0])[0] + 1, str(target))


def read_anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings."""
    anchors: dict[str, int] = {}
    for opening, inline in pairwise(parse(path)):
        if opening.type == "heading_open":
            words = "".join(child.content for child in inline.children or ())
            slug = _slug(words, "-")
            count = anchors[slug] = anchors.get(slug, -1) + 1
            if count:
                anchors[f"{slug}-{count}"] = 0
    return set(anchors)
