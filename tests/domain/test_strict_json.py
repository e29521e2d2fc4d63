from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.strict_json import InvalidJson, parse_json

NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(VALUES, st.booleans())
def test_what_is_json_is_read_as_it_was_written(value: object, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=60) | st.text(st.sampled_from('[]{}":,\\\u0012eEnNaI-. '), max_size=30).map(str.encode))
def test_any_bytes_are_a_value_or_an_error(body: bytes) -> None:
    try:
        value = parse_json(body)
    except InvalidJson as refusal:
        detail = refusal.detail
        assert "\n" not in detail
    else:
        assert json.loads(body) == value


@dataclass(frozen=True)
class Refused:
    id: str
    body: bytes
    says: str


@pytest.mark.parametrize(
    "case",
    [
        Refused("nothing", b"", "line 1, column 1"),
        Refused("cut off", b'{\n  "text": ', "line 2, column 11"),
        Refused("twice", b'{"a": 1, "a": 1}', "the same name twice"),
        Refused("twice inside", b'[{"b": {"a": 1, "a": 2}}]', "the same name twice"),
        Refused("NaN", b"[NaN]", "NaN and Infinity are not JSON"),
        Refused("too large", b"-1e400", "out of range"),
        Refused("too long", b"1" * 5_000, "too many digits"),
        Refused("too deep", b"[" * 50_000, "nested too deeply"),
        Refused("too deep objects", b'{"a":' * 50_000, "nested too deeply"),
        Refused("first half", rb'"\ud83d"', "lone surrogate"),
        Refused("second half", rb'["x", {"a": ["\uDE00"]}]', "lone surrogate"),
        Refused("halves in the wrong order", rb'"\ude00\ud83d"', "lone surrogate"),
        Refused("half a name", rb'{"\ud800": 1}', "lone surrogate"),
        Refused("Latin-1", "é".encode("latin-1"), "byte 0 cannot be read"),
        Refused("UTF-16", '"a"'.encode("utf-16-le"), "line 1, column 2"),
        Refused("single quotes", b"{'a': 1}", "line 1, column 2"),
        # At the brace, or at the comma from Python 3.13 on.
        Refused("trailing comma", b'{"a": 1,}', f"line 1, column {8 if sys.version_info >= (3, 13) else 9}"),
        Refused("comment", b'{"a": 1 // one\n}', "line 1, column 9"),
        Refused("two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf{}", "line 1, column 1"),
        Refused("a control character", b'"a\x01b"', "line 1, column 3"),
    ],
    ids=lambda case: case.id,
)
def test_what_parsers_disagree_about_is_refused(case: Refused) -> None:
    with pytest.raises(InvalidJson) as refusal:
        parse_json(case.body)

    assert case.says in refusal.value.detail


def test_two_halves_that_belong_together_are_one_character() -> None:
    assert parse_json(rb'{"\ud83d\ude00": "\ud83d\ude00\\ud83d"}') == {"😀": "😀\\ud83d"}


def test_a_byte_order_mark_is_skipped() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_an_error_calls_the_document_by_its_name() -> None:
    with pytest.raises(InvalidJson, match=r"^the answer is not one JSON value"):
        parse_json("{", "the answer")
