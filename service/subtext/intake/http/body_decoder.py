"""Decode the body of a page: decompress it within a limit, and detect its charset.

Decompression is by hand, because HTTP clients decompress without a limit (a bomb); charsets are read as browsers read
them (WHATWG Encoding).
"""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from charset_normalizer import from_bytes

from subtext.errors import FetchFailed, PageTooLarge, UnsupportedContent

if TYPE_CHECKING:
    from collections.abc import Iterator

# What we ask for. Other encodings would need a decoder that keeps to a limit too.
ACCEPT_ENCODING: Final = b"gzip, deflate, identity"
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
# RFC 9110 section 8.4.1.2 means zlib by "deflate"; some servers send it bare, and a zlib header tells them apart.
_ZLIB_METHOD: Final = 8

_META = re.compile(rb"""<meta\b[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.+-]{2,40})""", re.IGNORECASE)
_META_WITHIN: Final = 4096
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_:.+-]{2,40})""", re.IGNORECASE)
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Labels as browsers read them (WHATWG Encoding): pages mean the larger set by the smaller one's name.
_WHATWG_SUPERSETS: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_KNOWN: Final = re.compile(
    r"utf-(?:8|16(?:-[bl]e)?)|cp(?:125[0-8]|874|866|932|949)|iso8859-(?:[2-8]|1[03456])|koi8-[ru]|mac-(?:roman|cyrillic)"
    r"|big5(?:hkscs)?|gb18030|euc_jp|iso2022_jp"
)
_FALLBACK: Final = "cp1252"
# What pages in a language are in if it is not UTF-8 (HTML standard, "suggested default encoding" by locale).
_LANG = re.compile(rb"<html\b[^>]{0,300}?\blang\s*=\s*[\"']?([A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?)", re.IGNORECASE)
_USUAL: Final = (
    *((tag, "cp1251") for tag in ("ru", "uk", "be", "bg", "mk", "sr", "kk")),
    *((tag, "cp1250") for tag in ("pl", "cs", "hu", "sk", "sl", "hr", "ro")),
    *((tag, "cp1257") for tag in ("lt", "lv", "et")),
    *(("tr", "cp1254"), ("el", "iso8859-7"), ("he", "cp1255"), ("ar", "cp1256"), ("fa", "cp1256"), ("th", "cp874")),
    *(("ja", "euc_jp"), ("ja", "cp932"), ("zh-tw", "big5"), ("zh-hk", "big5"), ("zh", "gb18030"), ("ko", "cp949")),
)
_LATIN: Final = frozenset({"cp1252", "cp1250", "cp1254", "cp1257", "iso8859-2", "mac-roman"})
_CYRILLIC: Final = frozenset({"cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "koi8_r"})
_GUESSED: Final = (
    "cp1251",
    "koi8_r",
    "cp866",
    "gb18030",
    "big5",
    "cp949",
    "euc_jp",
    "cp1253",
    "cp1255",
    "cp1256",
    "cp874",
)
_SAMPLE: Final = 20_000
_BROKEN_MAX: Final = 0.1
_FOREIGN_MIN: Final = 0.3
_TAG = re.compile(rb"<[^<>]{0,500}>")
_MARKUP = re.compile(r"<[^<>]{0,500}>")
_KANA = re.compile("[\u3041-\u3096]{2}")
# How files that are no text begin, whatever the site calls them.
_FILE_STARTS: Final = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"RIFF",
    b"\x00\x00\x00",
)


class Decompressor:
    """Decompress what comes over the wire; stops at `max_bytes` with `PageTooLarge`."""

    def __init__(self, content_encoding: str, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._body = bytearray()
        self._encoding = content_encoding.strip().lower()
        if self._encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise UnsupportedContent("the site sends the page compressed in a way that was not asked for")
        self._inflater: zlib._Decompress | None = None

    def feed(self, chunk: bytes) -> None:
        """Decompress one chunk; raises `PageTooLarge` or `FetchFailed`."""
        if self._encoding in {"", "identity"}:
            self._keep(chunk)
        elif chunk:
            self._inflate(chunk)

    def body(self) -> bytes:
        """Return the whole body; raises `FetchFailed` if a compressed body broke off."""
        if self._inflater is not None and not self._inflater.eof:
            raise FetchFailed("the site broke off in the middle of the page: try again")
        return bytes(self._body)

    def _inflate(self, chunk: bytes) -> None:
        if self._inflater is None:
            is_bare = self._encoding == "deflate" and chunk[0] & 0x0F != _ZLIB_METHOD
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS if is_bare else _GZIP_OR_ZLIB)
        try:
            self._keep(self._inflater.decompress(chunk, self._max_bytes - len(self._body) + 1))
        except zlib.error as error:
            raise FetchFailed("the site sent a compressed page that cannot be unpacked") from error

    def _keep(self, data: bytes) -> None:
        if len(self._body) + len(data) > self._max_bytes:
            raise PageTooLarge(
                f"the page has over {self._max_bytes:,} bytes: send the article's text instead, or raise the limit"
            )
        self._body += data


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """The text of a body. `contradicts` is the charset that header or page declare if the bytes are not in it."""

    text: str
    charset: str
    contradicts: str | None = None


def decode_body(body: bytes, content_type: str) -> DecodedBody:
    """Return the text of a body; raises `UnsupportedContent` if it is a file that only claims to be a page."""
    if body.startswith(_FILE_STARTS):
        raise UnsupportedContent("the address leads to a file that is no page: send the article's text instead")
    charset, contradicts = detect_charset(body, content_type)
    text = body.decode(charset, errors="replace")
    if text.count("\x00") > len(text) // 100:
        raise UnsupportedContent("the address leads to data that is no text: send the article's text instead")
    return DecodedBody(text, charset, contradicts)


def detect_charset(body: bytes, content_type: str) -> tuple[str, str | None]:
    """Return the codec to read a body with, and the declared one if the bytes contradict it.

    Byte order mark, then UTF-8 if it is valid (beyond ASCII that is no accident), then what header and page declare if
    the bytes fit it, then the charset that is usual for the page's language, then a guess, then Windows-1252.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return codec, None
    if not body.isascii() and _is_utf8(body):
        return "utf-8", None
    header, page = _HEADER.search(content_type), _META.search(body, 0, _META_WITHIN)
    labels = [match for match in (header and header[1], page and page[1].decode("ascii")) if match]
    declared = [codec for codec in map(_codec, labels) if codec]
    if body.isascii():
        return next(iter(declared), _FALLBACK), None
    codec = next((codec for codec in (*declared, *_likely(body)) if _fits(body, codec)), _FALLBACK)
    return codec, declared[0] if declared and codec not in declared else None


def _likely(body: bytes) -> Iterator[str]:
    """Yield the charsets that a body may be in whatever it declares."""
    if match := _LANG.search(body, 0, _META_WITHIN):
        language = match[1].decode("ascii").lower()
        yield from (codec for tag, codec in _USUAL if language.startswith(tag))
    if _is_foreign(body.decode(_FALLBACK, errors="replace")):
        yield "cp932" if _KANA.search(body.decode("cp932", errors="replace")) else _FALLBACK
        if guess := from_bytes(_TAG.sub(b" ", body)[:_SAMPLE], cp_isolation=[*_GUESSED]).best():
            yield guess.encoding


def _fits(body: bytes, codec: str) -> bool:
    """Return whether a body read with the codec looks like writing, but for a few bytes that are broken."""
    text = body.decode(codec, errors="replace")
    beyond = [char for char in text if not char.isascii()]
    if text.count("\ufffd") > _BROKEN_MAX * len(beyond):
        return False
    if codec in _LATIN:
        return not _is_foreign(text)
    capitals = sum(char.isupper() for char in beyond)
    return capitals <= sum(char.islower() for char in beyond) or codec not in _CYRILLIC


def _is_foreign(text: str) -> bool:
    """Return whether so many letters of a text read as Latin are beyond ASCII that it was never Latin."""
    sample = _MARKUP.sub("", text[:_SAMPLE])
    letters = sum(map(str.isalpha, sample))
    plain = sum(char.isascii() and char.isalpha() for char in sample)
    return letters - plain > _FOREIGN_MIN * letters


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _codec(label: str) -> str | None:
    """Return Python's name for a charset of the web, or None: not every codec of Python's is one."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    name = _WHATWG_SUPERSETS.get(name, name)
    return name if _KNOWN.fullmatch(name) or name in _WHATWG_SUPERSETS.values() else None
