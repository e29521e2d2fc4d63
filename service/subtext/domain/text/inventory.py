"""Character inventory: which characters of a text are neither printable ASCII nor a plain line break, found in bulk.

Most texts have a handful of them. A question such as "is there an invisible character?" is put to these few, not to
every character of the text.
"""

from __future__ import annotations

_USUAL = bytes(range(0x20, 0x7F)) + b"\t\n\r"


def find_unusual(text: str) -> str:
    """Return each character but printable ASCII, tab, line feed and carriage return that a text has, once, in order."""
    others = text.encode("utf-8", "surrogatepass").translate(None, _USUAL)
    return "".join(sorted(frozenset(others.decode("utf-8", "surrogatepass")))) if others else ""
