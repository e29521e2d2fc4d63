"""Decode the body of a page: decompress it within a limit, and detect its charset.

Decompression is by hand, because HTTP clients decompress without a limit (a bomb); charsets are read as browsers read
them (WHATWG Encoding).
"""

from __future__ import annotations

import codecs
import re
import zlib
from typing import Final

from subtext.errors import FetchFailed, PageTooLarge, UnsupportedContent

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


def decode_body(body: bytes, content_type: str) -> str:
    """Decode a body; raises `UnsupportedContent` if it is a file that only claims to be a page."""
    if body.startswith(_FILE_STARTS):
        raise UnsupportedContent("the address leads to a file that is no page: send the article's text instead")
    text = body.decode(detect_charset(body, content_type), errors="replace")
    if text.count("\x00") > len(text) // 100:
        raise UnsupportedContent("the address leads to data that is no text: send the article's text instead")
    return text


def detect_charset(body: bytes, content_type: str) -> str:
    """Detect a body's codec: byte order mark, then UTF-8 if it is valid, then what header or page declare.

    Valid UTF-8 beyond ASCII is no accident, so it wins over a declaration that says otherwise.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return codec
    if not body.isascii() and _is_utf8(body):
        return "utf-8"
    header, page = _HEADER.search(content_type), _META.search(body, 0, _META_WITHIN)
    labels = [found for found in (header and header[1], page and page[1].decode("ascii")) if found]
    return next((known for known in map(_codec, labels) if known), _FALLBACK)


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
