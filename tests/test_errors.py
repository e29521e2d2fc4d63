from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from subtext import errors
from subtext.errors import SubtextError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = re.compile(r"^([│├└─ ]*)([A-Z]\w+)", re.MULTILINE)


def _drawn(docstring: str) -> Iterator[tuple[str, str]]:
    """Each class of the drawing with its parent."""
    path: list[str] = []
    for found in _LINE.finditer(docstring[docstring.index("SubtextError") :]):
        depth = len(found[1]) // 4
        del path[depth:]
        if path:
            yield found[2], path[-1]
        path.append(found[2])


def _real(kind: type[SubtextError]) -> Iterator[tuple[str, str]]:
    for child in kind.__subclasses__():
        yield child.__name__, kind.__name__
        yield from _real(child)


def _every(kind: type[SubtextError]) -> Iterator[type[SubtextError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _every(child)


def test_the_drawing_is_the_tree() -> None:
    assert errors.__doc__ is not None
    assert sorted(_drawn(errors.__doc__)) == sorted(_real(SubtextError))


def test_every_failure_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in _every(SubtextError)]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", list(_every(SubtextError)), ids=lambda kind: kind.__name__)
def test_a_failure_says_what_happened_and_when_to_try_again(kind: type[SubtextError]) -> None:
    error = kind("what happened", retry_after_s=2.5)

    assert str(error) == error.detail == "what happened"
    assert error.retry_after_s == 2.5
    assert kind.__doc__
