from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from subtext.errors import RequestInvalid
from subtext.evals.dataset import load_datasets
from subtext.evals.failure_log import FailureLog
from tests.support.builders import AXIS
from tests.support.evals import jsonl
from tests.support.requirements import SHARED_DATA, require_or_skip

if TYPE_CHECKING:
    from pathlib import Path

ROW: dict[str, Any] = {"id": "a", "text": "Words.", "label": "mixed"}


@dataclass(frozen=True)
class Bad:
    id: str
    content: str
    said: str


BAD = [
    Bad("not JSON", "{}\n{nonsense", "line 1: id: required field: add it"),
    Bad("not JSON at all", "words", "line 1: the row: invalid JSON"),
    Bad("no object", "[1]", "line 1: the row: give an object"),
    Bad("no label", '\n{"id": "a", "text": "b"}', "line 2: label"),
    Bad("unknown label", json.dumps({**ROW, "label": "angry"}), "line 1: angry is not a label of this axis: use"),
    Bad("unknown voice label", json.dumps({**ROW, "voices": [{"speaker": "a", "label": "sad"}]}), "sad is not a label"),
    Bad("label not among labels", json.dumps({**ROW, "labels": ["neither"]}), "the row: label must be one of labels"),
    Bad("empty", " \n", "holds no rows"),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.id)
def test_what_is_no_set_is_refused_with_its_place(bad: Bad, tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(bad.content, encoding="utf-8")

    with pytest.raises(RequestInvalid) as raised:
        load_datasets([path], AXIS.labels)

    assert raised.value.detail.startswith("set.jsonl")
    assert bad.said in raised.value.detail


GOOD_LINE = json.dumps(ROW)


@pytest.mark.parametrize(
    "bad", [*BAD[1:-1], Bad("same id", GOOD_LINE, "the id a is used twice")], ids=lambda bad: bad.id
)
def test_a_row_that_is_no_case_is_recorded_and_the_others_are_taken(bad: Bad, tmp_path: Path) -> None:
    path, log = tmp_path / "set.jsonl", FailureLog()
    line = bad.content.strip()
    path.write_text(f"{GOOD_LINE}\n\n{line}\n{json.dumps({**ROW, 'id': 'b'})}\n", encoding="utf-8")

    (found,) = load_datasets([path], AXIS.labels, log=log)

    assert [case.id for case in found.cases] == ["a", "b"]
    (failure,) = log.failures
    assert (failure.id, failure.code) == ("set.jsonl, line 3", "row_invalid")
    assert bad.said.removeprefix("line 1: ").removeprefix("line 2: ") in failure.message


def test_a_row_that_is_no_text_is_recorded_and_a_byte_order_mark_is_none(tmp_path: Path) -> None:
    path, log = tmp_path / "set.jsonl", FailureLog()
    path.write_bytes(b"\xef\xbb\xbf" + GOOD_LINE.encode() + b'\r\n{"id": "caf\xe9"}\r\n')

    (found,) = load_datasets([path], AXIS.labels, log=log)

    assert [case.id for case in found.cases] == ["a"]
    assert [(failure.id, "not UTF-8" in failure.message) for failure in log.failures] == [("set.jsonl, line 2", True)]


def test_ids_must_differ_over_all_files(tmp_path: Path) -> None:
    first, second, log = jsonl(tmp_path / "a.jsonl", ROW), tmp_path / "b.jsonl", FailureLog()
    jsonl(second, ROW, {**ROW, "id": "b"})

    found = load_datasets([first, second], AXIS.labels, log=log)

    assert [[case.id for case in each.cases] for each in found] == [["a"], ["b"]]
    assert [failure.id for failure in log.failures] == ["b.jsonl, line 1"]


def test_rows_behind_the_limit_are_not_looked_at(tmp_path: Path) -> None:
    path, log = jsonl(tmp_path / "set.jsonl", ROW, {}), FailureLog()

    assert len(load_datasets([path], AXIS.labels, 1, log)[0].cases) == 1
    assert log.failures == ()


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe")

    with pytest.raises(RequestInvalid, match="is not UTF-8"):
        load_datasets([binary], AXIS.labels)
    with pytest.raises(RequestInvalid, match="cannot be read: no such file"):
        load_datasets([tmp_path / "absent.jsonl"], AXIS.labels)


def test_a_row_needs_no_more_than_id_text_and_label(tmp_path: Path) -> None:
    (found,) = load_datasets([jsonl(tmp_path / "set.jsonl", {**ROW, "unheard_of": 1})], AXIS.labels)

    (case,) = found.cases
    assert (case.labels, case.target, case.evidence) == (("mixed",), None, ())
    assert len(found.sha256) == 64


def test_the_limit_is_over_all_sets(tmp_path: Path) -> None:
    first = jsonl(tmp_path / "first.jsonl", ROW, {**ROW, "id": "b"})
    second = jsonl(tmp_path / "second.jsonl", {**ROW, "id": "c"}, {**ROW, "id": "d"})

    found = load_datasets([first, second], AXIS.labels, limit=3)

    assert [[case.id for case in each.cases] for each in found] == [["a", "b"], ["c"]]


@pytest.mark.parametrize("name", ["dev.jsonl", "train.jsonl"])
def test_real_labelled_articles_are_taken_as_they_are(name: str) -> None:
    path = SHARED_DATA / "framing" / name
    require_or_skip("data", present=path.exists(), why="the measuring data beside the checkout is missing")

    (found,) = load_datasets([path], AXIS.labels)

    assert len(found.cases) == len(path.read_text(encoding="utf-8").splitlines())
    assert any(case.evidence for case in found.cases)
    assert all(quote.quote in f"{case.title}\n{case.text}" for case in found.cases for quote in case.evidence)
