from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from pydantic import RootModel

from subtext.errors import PromptInvalid
from subtext.prompts.yaml_loader import FILE_MAX_BYTES, combine_digests, digest, parse, read_canonical

if TYPE_CHECKING:
    from pathlib import Path


class Anything(RootModel[dict[str, object]]):
    pass


@dataclass(frozen=True)
class Unreadable:
    id: str
    data: bytes
    says: str


@pytest.mark.parametrize(
    "case",
    [
        Unreadable("not YAML", b"a: b: c\n", "line 1: mapping values are not allowed here"),
        Unreadable("a tab", b"a:\n\tb: 1\n", "line 2: "),
        Unreadable("a second key", b"a: 1\nb: 2\na: 3\n", "line 3: duplicate key 'a'"),
        Unreadable("a second key inside", b"a:\n  b: 1\n  b: 2\n", "line 3: duplicate key 'b'"),
        Unreadable("an alias", b"a: &x [1]\nb: *x\n", "line 2: aliases are not allowed: write it out"),
        Unreadable("a merged alias", b"a: &x {c: 1}\nb:\n  <<: *x\n", "line 3: aliases are not allowed"),
        Unreadable("a list for a key", b"? [1, 2]\n: 3\n", "line 1: a key that is not a scalar"),
        Unreadable("code", b"a: !!python/object/apply:os.getcwd []\n", "line 1: could not determine a constructor"),
        Unreadable("two documents", b"a: 1\n---\nb: 2\n", "line 2: "),
        Unreadable("a control character", b"a: \x01\n", "special characters are not allowed"),
        Unreadable("an impossible date", b"a: 2024-13-45\n", "an impossible value"),
        Unreadable("bottomless", b"[" * 5_000, "nested too deeply"),
        Unreadable("empty", b"", "must be an object"),
        Unreadable("a list", b"- a\n", "must be an object"),
    ],
    ids=lambda case: case.id,
)
def test_what_is_no_plain_mapping_is_refused_with_its_place(case: Unreadable, tmp_path: Path) -> None:
    path = tmp_path / "axis.yaml"

    with pytest.raises(PromptInvalid) as refused:
        parse(case.data, Anything, path)

    assert refused.value.detail.startswith(f"{path}: ")
    assert case.says in refused.value.detail


@pytest.mark.parametrize("data", [b"a\r\nb\r\n", b"a\rb\r", b"a\nb\n"], ids=["CRLF", "CR", "LF"])
def test_line_ends_do_not_change_the_digest(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(data)

    assert digest(read_canonical(path)) == hashlib.sha256(b"a\nb\n").hexdigest()


def test_one_digest_of_several_is_that_of_the_lines_of_sha256sum() -> None:
    lines = b"aa  prompt.yaml\nbb  examples.yaml\n"

    assert combine_digests({"prompt.yaml": "aa", "examples.yaml": "bb"}) == hashlib.sha256(lines).hexdigest()


def test_a_file_that_is_missing_binary_or_endless_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "axis.yaml"

    with pytest.raises(PromptInvalid, match="cannot be read"):
        read_canonical(path)
    path.write_bytes(b"ab\xff")
    with pytest.raises(PromptInvalid, match="byte 2 is not UTF-8: save the file as UTF-8"):
        read_canonical(path)
    path.write_bytes(b"a" * (FILE_MAX_BYTES + 1))
    with pytest.raises(PromptInvalid, match="over the limit of 256000: shorten"):
        read_canonical(path)
