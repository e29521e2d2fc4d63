from __future__ import annotations

import io
import json

import pytest

from subtext.cli.output import open_json_list


@pytest.mark.parametrize("documents", [(), ('{"a": 1}',), ('{"a": 1}', '{"b": "\x9b31m"}', "[]")], ids=len)
def test_a_list_is_written_an_element_a_line_and_harmless(documents: tuple[str, ...]) -> None:
    stream = io.BytesIO()

    with open_json_list(stream) as write:
        for document in documents:
            write(document)

    text = stream.getvalue().decode()
    assert json.loads(text) == [json.loads(document) for document in documents]
    assert text.count("{") == sum(line.startswith("{") for line in text.splitlines())
    assert "\x9b" not in text


def test_a_list_that_breaks_off_is_no_json() -> None:
    stream = io.BytesIO()

    with pytest.raises(ConnectionError):
        _break_off(stream)

    with pytest.raises(json.JSONDecodeError):
        json.loads(stream.getvalue())


def _break_off(stream: io.BytesIO) -> None:
    with open_json_list(stream) as write:
        write('{"a": 1}')
        raise ConnectionError
