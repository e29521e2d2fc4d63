"""Write to the terminal: data to standard output, the rest to standard error, and escape sequences removed.

Articles and models are untrusted: an escape sequence in a headline must not move the cursor, retitle the window or
forge a line. So every untrusted string goes through `sanitize` on its way to people and `escape_json` on its way to
programs.
"""

from __future__ import annotations

import re
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from rich.console import Console

# Whether notes and progress are left out (--quiet); errors are printed all the same.
QUIET: ContextVar[bool] = ContextVar("QUIET", default=False)

# Whole CSI, OSC and other string sequences (ECMA-48), including their parameters.
_SEQUENCE = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\\\|\x9c)?"
    "|\x1b[ -/]*[0-~]?"
)
_SPACES = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
# C0, DEL, C1; bidirectional controls ("Trojan Source"); lone surrogates.
_UNSHOWN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def sanitize(text: object) -> str:
    """Remove escape sequences and control characters from untrusted text; return one line."""
    return _SPACES.sub(" ", _UNSHOWN.sub("", _SEQUENCE.sub("", str(text)))).strip()


def sanitize_lines(text: str) -> str:
    """Sanitize untrusted text line by line, keeping lines and indents."""
    return "\n".join(_indent(line) + sanitize(line) for line in text.splitlines())


def _indent(line: str) -> str:
    return " " * (len(line) - len(line.lstrip(" ")))


def console(*, stderr: bool = False) -> Console:
    """Build a rich console that reads no markup; NO_COLOR, FORCE_COLOR, TERM=dumb and pipes are respected."""
    from rich.console import Console

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            """Raise, so that RootGroup handles a closed pipe in one place."""
            raise BrokenPipeError

    return Piped(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)


def print_error(message: str) -> None:
    """Print an error as one line on standard error."""
    print(f"subtext: {sanitize(message)}", file=sys.stderr)


def print_note(message: str) -> None:
    """Print a note on standard error, unless --quiet was given."""
    if not QUIET.get():
        print(sanitize(message), file=sys.stderr)


def print_data(data: str) -> None:
    """Print data on standard output as UTF-8, whatever the locale says, with a trailing line feed."""
    sys.stdout.flush()
    write_all(sys.stdout.buffer, data.encode() + b"\n")
    sys.stdout.buffer.flush()


def write_all(stream: BinaryIO, data: bytes) -> None:
    """Write all of the data to a stream that need not be buffered, of which one write may take only a part.

    Standard output is such a stream with PYTHONUNBUFFERED=1.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


def escape_json(document: str) -> str:
    r"""Escape what a terminal could obey in a JSON document as `\uXXXX`: the same data, safe to print."""
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", document)
