from __future__ import annotations

import gzip
import tracemalloc
import zlib
from dataclasses import dataclass

import pytest

from subtext.errors import FetchFailed, PageTooLarge, UnsupportedContent
from subtext.intake.http.body_decoder import Decompressor, decode_body, detect_charset

JAPANESE = "首相は月曜日に、これは弱さの兆候ではないと述べた。"
RUSSIAN = "Это не было признаком слабости."
FRENCH = "Le président était fatigué."


@dataclass(frozen=True)
class Encoded:
    id: str
    body: bytes
    content_type: str
    text: str


def page(text: str, charset: str) -> str:
    return f'<html><head><meta charset="{charset}"></head><body>{text}'


@pytest.mark.parametrize(
    "case",
    [
        Encoded("UTF-8 by header", FRENCH.encode(), "text/html; charset=utf-8", FRENCH),
        Encoded("UTF-8, undeclared", FRENCH.encode(), "text/html", FRENCH),
        Encoded("UTF-8, header lies", FRENCH.encode(), "text/html; charset=iso-8859-1", FRENCH),
        Encoded("UTF-8 with a mark", b"\xef\xbb\xbf" + FRENCH.encode(), "text/html; charset=koi8-r", FRENCH),
        Encoded("UTF-16 with a mark", FRENCH.encode("utf-16"), "text/html", FRENCH),
        Encoded("UTF-16 by header", FRENCH.encode("utf-16-le"), "text/html; charset=utf-16le", FRENCH),
        Encoded("Windows-1251 by header", RUSSIAN.encode("cp1251"), "text/html; charset=windows-1251", RUSSIAN),
        Encoded("KOI8-R by header", RUSSIAN.encode("koi8-r"), "text/html; Charset='KOI8-R'", RUSSIAN),
        Encoded("EUC-JP by header", JAPANESE.encode("euc-jp"), "text/html; charset=EUC-JP", JAPANESE),
        Encoded("Shift_JIS by header", JAPANESE.encode("cp932"), "text/html;charset=Shift_JIS", JAPANESE),
        Encoded("Latin-1 means Windows-1252", b"\x93quoted\x94", "text/html; charset=iso-8859-1", "“quoted”"),
        Encoded("undeclared and no UTF-8", FRENCH.encode("cp1252"), "text/html", FRENCH),
        Encoded("unknown charset", FRENCH.encode("cp1252"), "text/html; charset=klingon", FRENCH),
        Encoded("a codec that is no charset", b"plain words", "text/html; charset=rot13", "plain words"),
        Encoded("a codec that unpacks", b"plain words", "text/html; charset=zlib", "plain words"),
        Encoded("UTF-7 is not read", b"+ADw-p+AD4-", "text/html; charset=utf-7", "+ADw-p+AD4-"),
    ],
    ids=lambda case: case.id,
)
def test_a_body_is_read_in_its_charset(case: Encoded) -> None:
    assert decode_body(case.body, case.content_type).text == case.text


@pytest.mark.parametrize(
    ("text", "charset"), [(JAPANESE, "euc-jp"), (RUSSIAN, "windows-1251"), (JAPANESE, "shift_jis")]
)
def test_a_page_may_declare_its_own_charset(text: str, charset: str) -> None:
    assert text in decode_body(page(text, charset).encode(charset), "text/html").text


def test_the_header_wins_over_the_page() -> None:
    body = page(RUSSIAN, "euc-jp").encode("cp1251")
    assert RUSSIAN in decode_body(body, "text/html; charset=windows-1251").text


def test_bytes_that_fit_no_charset_leave_a_mark() -> None:
    assert "\ufffd" in decode_body(b"\xa4" + JAPANESE.encode("euc-jp"), "text/html; charset=euc-jp").text


def test_a_declaration_far_down_the_page_is_not_looked_for() -> None:
    assert detect_charset(b" " * 5_000 + b'<meta charset="euc-jp">caf\xe9', "text/html")[0] == "cp1252"


@dataclass(frozen=True)
class Lie:
    id: str
    text: str
    charset: str
    declared: str
    lang: str = "en"


@pytest.mark.parametrize(
    "case",
    [
        Lie("UTF-8 that is Windows-1252", "The “line” is at the café’s mercy.", "cp1252", "utf-8"),
        Lie("UTF-8 that is Windows-1252, French", FRENCH, "cp1252", "utf-8", "fr"),
        Lie("UTF-8 that is Windows-1251", RUSSIAN, "cp1251", "utf-8", "ru"),
        Lie("UTF-8 that is Windows-1251, no language", RUSSIAN * 3, "cp1251", "utf-8", ""),
        Lie("UTF-8 that is KOI8-R", RUSSIAN * 3, "koi8-r", "utf-8", "ru"),
        Lie("Latin-1 that is Windows-1251", RUSSIAN, "cp1251", "iso-8859-1", "ru"),
        Lie("UTF-8 that is Shift_JIS", JAPANESE, "cp932", "utf-8", "ja"),
        Lie("UTF-8 that is EUC-JP", JAPANESE, "euc-jp", "utf-8", "ja-JP"),
        Lie("Shift_JIS, no language", JAPANESE * 3, "cp932", "utf-8", ""),
        Lie("UTF-8 that is Polish", "Przewodniczący powiedział, że spółka nie będzie błagać.", "cp1250", "utf-8", "pl"),
        Lie("UTF-8 that is GBK", "主席周一表示，公司不会乞求帮助。", "gb18030", "utf-8", "zh-CN"),
        Lie("UTF-8 that is Big5", "主席週一表示，公司不會乞求幫助。", "big5", "utf-8", "zh-TW"),
    ],
    ids=lambda case: case.id,
)
@pytest.mark.parametrize("by_header", [True, False])
def test_a_charset_that_the_bytes_contradict_is_not_believed(case: Lie, by_header: bool) -> None:
    meta = "" if by_header else f'<meta charset="{case.declared}">'
    body = f'<html lang="{case.lang}"><head>{meta}</head><body><p>{case.text}</p>'.encode(case.charset)
    decoded = decode_body(body, f"text/html; charset={case.declared}" if by_header else "text/html")
    assert case.text in decoded.text
    assert decoded.contradicts is not None


def test_a_page_is_believed_over_a_servers_default() -> None:
    body = page(RUSSIAN, "windows-1251").encode("cp1251")
    decoded = decode_body(body, "text/html; charset=iso-8859-1")
    assert RUSSIAN in decoded.text
    assert decoded.contradicts is None


def test_a_broken_byte_or_two_are_no_contradiction() -> None:
    decoded = decode_body(FRENCH.encode() * 10 + b"\xff", "text/html; charset=utf-8")
    assert decoded.text == FRENCH * 10 + "\ufffd"
    assert decoded.contradicts is None


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.7 ...",
        b"\x89PNG\r\n",
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"a\x00b\x00c\x00",
    ],
)
def test_a_file_that_claims_to_be_a_page_is_unsupported(body: bytes) -> None:
    with pytest.raises(UnsupportedContent):
        decode_body(body, "text/html")


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", b"words"),
        ("identity", b"words"),
        ("gzip", gzip.compress(b"words", mtime=0)),
        ("X-GZIP", gzip.compress(b"words", mtime=0)),
        ("deflate", zlib.compress(b"words")),
        ("deflate", raw_deflate(b"words")),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1_000])
def test_a_body_is_unpacked_however_it_is_cut(encoding: str, body: bytes, size: int) -> None:
    unpacker = Decompressor(encoding, 100)
    for start in range(0, len(body), size):
        unpacker.feed(body[start : start + size])
    assert unpacker.body() == b"words"


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_body_may_be_as_long_as_allowed_and_no_longer(encoding: str) -> None:
    pack = gzip.compress if encoding else bytes
    fits = Decompressor(encoding, 1_000)
    fits.feed(pack(b"x" * 1_000))
    assert len(fits.body()) == 1_000
    with pytest.raises(PageTooLarge):
        Decompressor(encoding, 1_000).feed(pack(b"x" * 1_001))


def test_a_bomb_is_not_unpacked_beyond_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    with pytest.raises(PageTooLarge):
        Decompressor("gzip", 10_000).feed(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "gzip, br"])
def test_what_was_not_asked_for_is_not_unpacked(encoding: str) -> None:
    with pytest.raises(UnsupportedContent):
        Decompressor(encoding, 100)


def test_a_compressed_body_that_breaks_off_or_is_none_has_failed() -> None:
    cut = Decompressor("gzip", 100)
    cut.feed(gzip.compress(b"words", mtime=0)[:-4])
    with pytest.raises(FetchFailed):
        cut.body()
    with pytest.raises(FetchFailed):
        Decompressor("gzip", 100).feed(b"no gzip at all")
