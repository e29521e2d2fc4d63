"""Read an article from a command-line argument: a URL, a file or standard input."""

from __future__ import annotations

import codecs
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from subtext.errors import InvalidText, RequestInvalid, TextTooLong, describe_os_error

if TYPE_CHECKING:
    from subtext.domain.article import Article
    from subtext.intake.loader import ArticleLoader
    from subtext.settings import Settings

STDIN = "-"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
HTML_SUFFIXES = (".html", ".htm", ".xhtml")
_HTML_OPENING = re.compile(
    r"\s*(?:<!--[^>]{0,500}>\s*)?<(?:!doctype\s+html|html|head|body|article|main)\b", re.IGNORECASE
)
_UTF8_BYTES_MAX = 4
# UTF-32 first: its mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PICTURE = ("a picture", "give the article's text")
# How files begin that people take for an article's text: their kind, and what to do.
_OTHER_FILES = (
    (b"%PDF-", "a PDF", "extract its text first, for example with pdftotext"),
    (b"PK\x03\x04", "an office document or an archive", "save it as plain text, or unpack it, first"),
    (b"\xd0\xcf\x11\xe0", "an office document", "save it as plain text first"),
    (b"\x1f\x8b", "a compressed file", "unpack it first, for example with gunzip"),
    (b"\x89PNG", *_PICTURE),
    (b"\xff\xd8\xff", *_PICTURE),
    (b"GIF8", *_PICTURE),
)


@dataclass(frozen=True, slots=True)
class InputOptions:
    """Options for reading an input: title, language and size limit."""

    title: str | None
    language: str | None
    max_bytes: int

    @classmethod
    def from_settings(cls, settings: Settings, title: str | None = None, language: str | None = None) -> InputOptions:
        """Build the options; the size limit is the largest text or page that the settings allow."""
        limit = max(settings.max_text_chars * _UTF8_BYTES_MAX, settings.extract.max_html_bytes)
        return cls(title, language, limit)


async def read_article(argument: str, loader: ArticleLoader, options: InputOptions) -> Article:
    """Load the article that an argument names; raises `InvalidInput` or `IntakeError`."""
    if _URL.match(argument):
        return await loader.from_url(argument, title=options.title, language=options.language)
    content = read_text(argument, options.max_bytes)
    load = loader.from_html if _is_html(argument, content) else loader.from_text
    return await load(content, title=options.title, language=options.language)


def read_text(argument: str, max_bytes: int) -> str:
    """Return the content of a file, or of standard input for `-`.

    Raises `RequestInvalid`, `InvalidText` or `TextTooLong`.
    """
    data = read_bytes(argument, max_bytes + 1)
    name = _name(argument)
    if len(data) > max_bytes:
        raise TextTooLong(f"{name} has more than {max_bytes:,} bytes: give a shorter text, or raise the limit")
    return decode_text(name, data)


def decode_text(name: str, data: bytes) -> str:
    """Decode as a byte order mark says, as UTF-8 without one: nothing is guessed.

    Raises `InvalidText` that names the kind of file, or else the first byte at fault.
    """
    for start, kind, advice in _OTHER_FILES:
        if data.startswith(start):
            raise InvalidText(f"{name} is {kind}, not text: {advice}")
    encoding = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8-sig")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidText(
            f"{name} is not {encoding.removesuffix('-sig').upper()} (byte 0x{data[error.start]:02x} at offset "
            f"{error.start}): convert it first, for example with iconv -f latin1 -t utf-8"
        ) from error


def read_bytes(argument: str, limit: int = -1) -> bytes:
    """Read a file, or standard input for `-`, up to a number of bytes; raises `RequestInvalid`."""
    try:
        if argument == STDIN:
            return sys.stdin.buffer.read(limit)
        with Path(argument).open("rb") as file:
            return file.read(limit)
    except FileNotFoundError as error:
        raise RequestInvalid(
            f"there is no file {argument}: name a file, an http(s) URL, or - for standard input"
        ) from error
    except IsADirectoryError as error:
        raise RequestInvalid(f"{argument} is a folder: name the files in it") from error
    except (OSError, ValueError) as error:
        raise RequestInvalid(f"{argument} cannot be read: {describe_os_error(error)}") from error


def _name(argument: str) -> str:
    return "standard input" if argument == STDIN else argument


def _is_html(argument: str, content: str) -> bool:
    return argument.lower().endswith(HTML_SUFFIXES) or _HTML_OPENING.match(content, 0, 2_000) is not None
