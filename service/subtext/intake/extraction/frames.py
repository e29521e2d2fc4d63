"""How the two processes talk: JSON objects as UTF-8, each behind its length in four bytes."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

_LENGTH = struct.Struct(">I")
HEADER_BYTES: Final = _LENGTH.size


def framed(value: Mapping[str, Any]) -> bytes:
    """One object, ready to send."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return _LENGTH.pack(len(body)) + body


def length_in(header: bytes) -> int:
    """How many bytes follow the header."""
    return int(_LENGTH.unpack(header)[0])


def unframed(body: bytes) -> dict[str, Any]:
    """The object; raises `ValueError` where the bytes are none."""
    value = json.loads(body.decode("utf-8", "surrogatepass"))
    if not isinstance(value, dict):
        raise ValueError("a frame holds one object")  # noqa: TRY004 - of the bytes' value, not of an argument's type
    return value


def next_frame(stream: BinaryIO) -> dict[str, Any] | None:
    """The next object of a blocking stream, or None where the other side has closed it."""
    header = stream.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return None
    return unframed(stream.read(length_in(header)))
