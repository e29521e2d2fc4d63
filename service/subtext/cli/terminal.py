"""What reaches a terminal: data on standard output, all else on standard error, and nothing that could steer it.

Articles and models are foreign: an escape sequence in a headline must not move the cursor, retitle the window or forge
a line, so every foreign string goes through `sanitize` on its way to people and `escape_json` on its way to programs.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

# CSI, OSC and other string sequences whole (ECMA-48), so that their parameters do not stay behind as litter.
_SEQUENCE = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\\\|\x9c)?"
    "|\x1b[ -/]*[0-~]?"
)
_SPACES = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
# C0, DEL, C1; marks and embeddings that reorder what is shown (Unicode bidi, "Trojan Source"); lone surrogates.
_UNSHOWN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def sanitize(text: object) -> str:
    """Foreign text as one line that a terminal shows and does not obey."""
    return _SPACES.sub(" ", _UNSHOWN.sub("", _SEQUENCE.sub("", str(text)))).strip()


def sanitize_lines(text: str) -> str:
    """Foreign text with its lines and their indents kept, each line cleaned."""
    return "\n".join(_indent(line) + sanitize(line) for line in text.splitlines())


def _indent(line: str) -> str:
    return " " * (len(line) - len(line.lstrip(" ")))


def console(*, stderr: bool = False) -> Console:
    """Where rich text goes; NO_COLOR, FORCE_COLOR, TERM=dumb and pipes are respected. Nothing is read as markup."""
    from rich.console import Console

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            """Let the program end as it does wherever its reader has gone, instead of exiting from here."""
            raise BrokenPipeError

    return Piped(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)


def print_error(message: str) -> None:
    """One clear line on standard error."""
    print(f"subtext: {sanitize(message)}", file=sys.stderr)


def print_note(message: str) -> None:
    """A line on standard error about how things go."""
    print(sanitize(message), file=sys.stderr)


def print_data(data: str) -> None:
    """Data on standard output as UTF-8, whatever the locale says, with a line feed at its end."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data.encode() + b"\n")
    sys.stdout.buffer.flush()


def escape_json(document: str) -> str:
    r"""A JSON document with what a terminal could obey written as `\uXXXX`: the same data, safe to look at."""
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", document)
