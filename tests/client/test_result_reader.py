from __future__ import annotations

import json

import httpx2
import pytest

from subtext.client.errors import UnexpectedResponse
from subtext.client.result_reader import ResultReader

LINE = {"custom_id": "a\u2028b", "position": 0, "state": "waiting", "result": None, "problem": None}
BODY = b"".join(json.dumps({**LINE, "position": at}, ensure_ascii=False).encode() + b"\n" for at in range(3))


@pytest.mark.parametrize("size", [1, 7, len(BODY)])
def test_lines_are_read_whatever_pieces_they_arrive_in(size: int) -> None:
    pieces = (BODY[at : at + size] for at in range(0, len(BODY), size))

    results = list(ResultReader().read(httpx2.Response(200, content=pieces)))

    assert [(result.position, result.custom_id) for result in results] == [(at, "a\u2028b") for at in range(3)]


def test_a_line_that_is_no_result_is_named() -> None:
    with pytest.raises(UnexpectedResponse, match="BatchResult"):
        list(ResultReader().read(httpx2.Response(200, content=iter([b"{}\n"]))))
