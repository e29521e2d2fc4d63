"""Prepare the standard streams: UTF-8 whatever the locale says, and no stream that is missing.

Python has None for a stream that its caller has closed (`>&-`), and the next file that is opened gets its descriptor.
"""

from __future__ import annotations

import io
import os
import sys


def prepare_streams() -> None:
    """Open what is closed on the null device, in the order of the descriptors, and write UTF-8.

    Nothing can be read from a closed input, and writing to a closed output fails as on a full disk; errors without a
    standard error are told by the exit code alone.
    """
    sys.stdin = sys.stdin or _open_null(os.O_RDONLY, "r")
    sys.stdout = sys.stdout or _open_null(os.O_RDONLY, "w")
    sys.stderr = sys.stderr or _open_null(os.O_WRONLY, "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _open_null(flags: int, mode: str) -> io.TextIOWrapper:
    """Open the null device; with `O_RDONLY` for writing, each write is refused."""
    return io.TextIOWrapper(io.FileIO(os.open(os.devnull, flags), mode))
