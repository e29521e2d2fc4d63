"""Where an article comes from on the command line: an address, a file, or standard input."""

from __future__ import annotations

import codecs
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from subtext.errors import InvalidText, RequestInvalid, TextTooLong

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


@dataclass(frozen=True, slots=True)
class InputOptions:
    """How to take an input: a title and a language where the caller knows them, and the most bytes to read."""

    title: str | None
    language: str | None
    max_bytes: int

    @classmethod
    def from_settings(cls, settings: Settings, title: str | None = None, language: str | None = None) -> InputOptions:
        """The limits of the settings: no text that is allowed has more bytes, and no page."""
        most = max(settings.max_text_chars * _UTF8_BYTES_MAX, settings.extract.max_html_bytes)
        return cls(title, language, most)


async def read_article(word: str, reader: ArticleLoader, how: InputOptions) -> Article:
    """The article that a word of the command line stands for; raises `InvalidInput` or `IntakeError`."""
    if _URL.match(word):
        return await reader.from_url(word, title=how.title, language=how.language)
    content = read_text(word, how.max_bytes)
    take = reader.from_html if _is_html(word, content) else reader.from_text
    return await take(content, title=how.title, language=how.language)


def read_text(word: str, max_bytes: int) -> str:
    """Return the content of a file, or of standard input for `-`.

    Raises `RequestInvalid`, `InvalidText` or `TextTooLong`.
    """
    data = read_bytes(word, max_bytes + 1)
    name = _name(word)
    if len(data) > max_bytes:
        raise TextTooLong(f"{name} has more than {max_bytes:,} bytes: give a shorter text, or raise the limit")
    return decode_text(name, data)


def decode_marked_text(name: str, data: bytes) -> str:
    """Decode as a byte order mark says, as UTF-8 without one: nothing is guessed; raises `InvalidText`."""
    encoding = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8-sig")
    return decode_text(name, data, encoding)


def decode_text(name: str, data: bytes, encoding: str = "utf-8-sig") -> str:
    """Decode text; raises `InvalidText` that names the first byte at fault."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidText(
            f"{name} is not {encoding.removesuffix('-sig').upper()} (byte 0x{data[error.start]:02x} at offset "
            f"{error.start}): convert it first, for example with iconv -f latin1 -t utf-8"
        ) from error


def read_bytes(word: str, most: int = -1) -> bytes:
    """Read a file, or standard input for `-`, up to a number of bytes; raises `RequestInvalid`."""
    try:
        if word == STDIN:
            return sys.stdin.buffer.read(most)
        with Path(word).open("rb") as file:
            return file.read(most)
    except FileNotFoundError as error:
        raise RequestInvalid(
            f"there is no file {word}: name a file, an http(s) address, or - for standard input"
        ) from error
    except IsADirectoryError as error:
        raise RequestInvalid(f"{word} is a folder: name the files in it") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RequestInvalid(f"{word} cannot be read: {reason.lower()}") from error


def _name(word: str) -> str:
    return "standard input" if word == STDIN else word


def _is_html(word: str, content: str) -> bool:
    return word.lower().endswith(HTML_SUFFIXES) or _HTML_OPENING.match(content, 0, 2_000) is not None
