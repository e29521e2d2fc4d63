from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from subtext.cli.inputs import InputOptions, read_article, read_text
from subtext.domain.article import Article, Source
from subtext.errors import InvalidText, RequestInvalid, SubtextError, TextTooLong
from subtext.intake.loader import ArticleLoader

if TYPE_CHECKING:
    from pathlib import Path

HOW = InputOptions(title="A title", language="en", max_bytes=1_000)


class NotingReader(ArticleLoader):
    """A reader that only notes how it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, str | None, str | None]] = []

    async def from_text(self, text: str, *, title: str | None = None, language: str | None = None) -> Article:
        return self._noted("text", text, title, language)

    async def from_html(self, html: str, *, title: str | None = None, language: str | None = None) -> Article:
        return self._noted("html", html, title, language)

    async def from_url(self, url: str, *, title: str | None = None, language: str | None = None) -> Article:
        return self._noted("url", url, title, language)

    def _noted(self, kind: str, given: str, title: str | None, language: str | None) -> Article:
        self.asked.append((kind, given, title, language))
        return Article("words", Source("text"))


@dataclass(frozen=True)
class Given:
    id: str
    name: str
    content: str
    kind: str


@pytest.mark.parametrize(
    "case",
    [
        Given("text", "a.txt", "Words.", "text"),
        Given("no suffix", "a", "Words.", "text"),
        Given("html by name", "a.html", "Words.", "html"),
        Given("htm, loudly", "A.HTM", "Words.", "html"),
        Given("html by content", "a.txt", "\n <!DOCTYPE html><p>Words.", "html"),
        Given("html behind a comment", "a", "<!-- saved --> <html lang=en>", "html"),
        Given("text with a tag in it", "a.txt", "He wrote <html> on the wall.", "text"),
        Given("text with a sign in it", "a.txt", "<3 the headline", "text"),
    ],
    ids=lambda case: case.id,
)
async def test_a_file_is_taken_for_what_it_is(case: Given, tmp_path: Path) -> None:
    (tmp_path / case.name).write_text(case.content, encoding="utf-8")
    reader = NotingReader()

    await read_article(str(tmp_path / case.name), reader, HOW)

    assert reader.asked == [(case.kind, case.content, "A title", "en")]


@pytest.mark.parametrize(
    "url", ["https://news.example/a", "HTTP://news.example", "ftp://news.example", "file:///etc/passwd"]
)
async def test_an_address_is_left_to_the_reader_to_judge(url: str) -> None:
    reader = NotingReader()

    await read_article(url, reader, HOW)

    assert reader.asked == [("url", url, "A title", "en")]


def test_bytes_are_text_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree \xf0\x9f\x98\x80\n")

    assert read_text(str(tmp_path / "a"), 100) == "one\r\ntwo\rthree 😀\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_is_believed(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("naïve".encode(encoding))

    assert read_text(str(tmp_path / "a"), 100) == "naïve"


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("naïve".encode())))

    assert read_text("-", 100) == "naïve"


@dataclass(frozen=True)
class Refused:
    id: str
    content: bytes
    error: type[SubtextError]
    says: str


@pytest.mark.parametrize(
    "case",
    [
        Refused("latin-1", "naïve".encode("latin-1"), InvalidText, "is not UTF-8 (byte 0xef at offset 2)"),
        Refused("half of UTF-16", "naïve".encode("utf-16")[:-1], InvalidText, "is not UTF-16 (byte 0x65 at offset 10)"),
        Refused("a picture", b"\x89PNG\r\n", InvalidText, "is a picture, not text"),
        Refused("a PDF", b"%PDF-1.7\n%\xe2\xe3", InvalidText, "is a PDF, not text: extract its text first"),
        Refused("a PDF in ASCII", b"%PDF-1.4\n1 0 obj", InvalidText, "is a PDF, not text"),
        Refused("a document", b"PK\x03\x04\x14\x00", InvalidText, "is an office document or an archive, not text"),
        Refused("too long", b"a" * 1_001, TextTooLong, "has more than 1,000 bytes"),
    ],
    ids=lambda case: case.id,
)
def test_what_is_no_text_is_refused(case: Refused, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(case.content)

    with pytest.raises(case.error) as caught:
        read_text(str(tmp_path / "a"), 1_000)

    assert case.says in caught.value.detail


@pytest.mark.parametrize(
    ("word", "says"),
    [("missing", "there is no file"), (".", "is a folder"), ("a\0b", "cannot be read"), ("", "is a folder")],
)
def test_what_is_no_file_is_wrong_usage(word: str, says: str) -> None:
    with pytest.raises(RequestInvalid, match=says):
        read_text(word, 1_000)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("words", encoding="utf-8")
    (tmp_path / "a").chmod(0)

    with pytest.raises(RequestInvalid, match="permission denied"):
        read_text(str(tmp_path / "a"), 1_000)
