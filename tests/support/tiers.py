"""Tell integration tests from unit tests by their code, so that a new test needs no marker."""

from __future__ import annotations

import inspect
from functools import cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# What starts a process, a browser, a server, the whole service or a whole command. What a fixture asks for late
# (`getfixturevalue`) is not seen in its code, and may be a database's server.
STARTERS = frozenset(
    {
        "AppRunner",
        "ArticleLoader",
        "ExtractorPool",
        "NotebookClient",
        "create_app",
        "create_server",
        "create_subprocess_exec",
        "getfixturevalue",
        "start_server",
        "subprocess",
        "subtext.cli.demo",
        "subtext.cli.main",
        "sync_playwright",
        "uvicorn",
    }
)


def is_integration_test(item: pytest.Item) -> bool:
    """Return whether the code of a test, of its fixtures or of what they call in `tests` names a starter."""
    if not isinstance(item, pytest.Function):
        return False
    fixtures = (definition for group in item._fixtureinfo.name2fixturedefs.values() for definition in group)  # noqa: SLF001 - pytest has no public way
    functions = (item.function, *(definition.func for definition in fixtures))
    return any(not STARTERS.isdisjoint(_reachable_names(_inner(function))) for function in functions)


def _inner(function: object) -> object:
    """Return a function without its decorators, hypothesis's `given` too."""
    found = inspect.unwrap(function) if callable(function) else function
    return getattr(getattr(found, "hypothesis", None), "inner_test", found)


@cache
def _reachable_names(start: object) -> frozenset[str]:
    """Return the names in the code of a function or class, and in all code of `tests` that it names.

    With the name of what is imported comes that of the module that it is defined in.
    """
    names, seen, left = set[str](), set[int](), [start]
    while left:
        found = _inner(left.pop())
        if id(found) in seen:
            continue
        seen.add(id(found))
        for function in _functions(found):
            used = set(_names(function.__code__))
            values = [function.__globals__.get(name) for name in used]
            names |= used | {str(getattr(value, "__module__", "")) for value in values}
            left += [value for value in values if _is_ours(value)]
    return frozenset(names)


def _functions(found: object) -> Iterator[FunctionType]:
    """Yield a function itself, or those of a class and of its bases."""
    if isinstance(found, FunctionType):
        yield found
    elif isinstance(found, type):
        members = (_inner(member) for base in found.__mro__ if _is_ours(base) for member in vars(base).values())
        yield from (member for member in members if isinstance(member, FunctionType))


def _is_ours(value: object) -> bool:
    return callable(value) and str(getattr(value, "__module__", "")).startswith("tests.")


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
