"""Every regular expression of the package on texts of 100 KB that were made to slow it down (ReDoS).

python -m benchmarks.regex_worst_cases
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import re
import signal
import sys
import time
from typing import TYPE_CHECKING

import subtext

if TYPE_CHECKING:
    from collections.abc import Iterator

CHARS = 100_000
# Each pair on few characters first: only what is not clearly linear there is tried on all, up to a limit.
FEW, FEW_SLOW_S, LIMIT_S = 4_000, 0.004, 1.0
REPEATED = (
    *"aA0 \n\t.,-_/\\:;@?&=#%<>()[]{}'\"*`|~!$^+",
    *(
        "ab",
        "a ",
        "a.",
        "a,",
        "a-",
        "0.",
        "0,",
        "a@",
        "://",
        "a=",
        "&a=",
        "?key",
        "<a",
        "a b ",
        "the ",
        "“a”",
        "é",
        "\u200b",
    ),
    *("a@a.", "x: ", "not ", "- ", "/a", "%0", "a\n", "\n\n", "\r\n", " \n", "a’s ", "Mr. ", "said ", "ignore all "),
)


def main() -> None:
    """Print the slowest pairs of pattern and text."""
    signal.signal(signal.SIGVTALRM, _stop)
    slowest = sorted(((*worst_case(pattern), name) for name, pattern in patterns()), reverse=True)
    for seconds, text, name in slowest[:15]:
        sys.stdout.write(f"{seconds * 1000:8.1f} ms CPU  {name:60}  {text!r} repeated\n")
    sys.stdout.write(f"{len(slowest)} patterns, {len(REPEATED)} texts of {CHARS:,} characters each\n")


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield each compiled pattern of the modules, also those in their tables, once."""
    seen: set[int] = set()
    for info in pkgutil.walk_packages(subtext.__path__, "subtext."):
        if ".migrations." in info.name or info.name.endswith("extractor_process"):
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            for pattern in _patterns_in(value):
                if id(pattern) not in seen:
                    seen.add(id(pattern))
                    yield f"{info.name}.{name}", pattern


def _patterns_in(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _patterns_in(item)
    elif isinstance(value, tuple | list | frozenset | set):
        for item in value:
            yield from _patterns_in(item)


def worst_case(pattern: re.Pattern[str]) -> tuple[float, str]:
    """Return the CPU time (s) of the slowest text, and what it repeats."""
    return max((_cpu_time(pattern, text), text) for text in REPEATED)


def _cpu_time(pattern: re.Pattern[str], repeated: str) -> float:
    seconds = _time_at(FEW, pattern, repeated)
    return seconds * CHARS / FEW if seconds < FEW_SLOW_S else _time_at(CHARS, pattern, repeated)


def _time_at(count: int, pattern: re.Pattern[str], repeated: str) -> float:
    text = repeated * (count // len(repeated)) + "\x00"
    began = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S)
    with contextlib.suppress(TimeoutError):
        for _ in pattern.finditer(text):
            pass
        pattern.fullmatch(text)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - began


def _stop(*_: object) -> None:
    raise TimeoutError


if __name__ == "__main__":
    main()
