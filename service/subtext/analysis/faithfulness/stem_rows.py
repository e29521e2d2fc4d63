"""Rows of numbers by stem, kept as two arrays: a tenth of the memory of a dictionary of lists, and read at once."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

_STARTS: Literal["I"] = "I"
_VALUES: Literal["H"] = "H"


class NumberRows:
    """Read-only rows of small numbers, by the row's position."""

    def __init__(self, starts: array[int], values: array[int]) -> None:
        self._starts, self._values = starts, values

    def __getitem__(self, row: int) -> Sequence[int]:
        return self._values[self._starts[row] : self._starts[row + 1]]

    @classmethod
    def pack(cls, rows: Sequence[Sequence[int]]) -> Self:
        """Pack lists into arrays; raises `OverflowError` if a number is too large."""
        starts, values = array(_STARTS, [0]), array(_VALUES)
        for row in rows:
            values.extend(row)
            starts.append(len(values))
        return cls(starts, values)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the rows that `to_bytes` wrote."""
        starts, values = array(_STARTS), array(_VALUES)
        size = 4 * int.from_bytes(data[:4], "little")
        view = memoryview(data)
        starts.frombytes(view[4 : 4 + size])
        values.frombytes(view[4 + size :])
        return cls(to_little_endian(starts), to_little_endian(values))

    def to_bytes(self) -> bytes:
        """Return the number of starts, the starts and the values, all little-endian."""
        starts, values = (
            to_little_endian(array(each.typecode, each)).tobytes() for each in (self._starts, self._values)
        )
        return len(self._starts).to_bytes(4, "little") + starts + values


class StemRows:
    """Read-only mapping of stems to the numbers in their rows; a stem without numbers is not in it.

    The stems are sorted, each at the position of its row. Binary search takes half a microsecond more than a dictionary
    of their positions, which would take two megabytes; what is made of the rows is cached by those who ask.
    """

    def __init__(self, stems: Sequence[str], rows: NumberRows) -> None:
        self._stems, self._rows = stems, rows

    def __contains__(self, stem: str) -> bool:
        return bool(self.get(stem))

    def get(self, stem: str) -> Sequence[int]:
        """Return the numbers of a stem, none if it is not in it."""
        position = bisect_left(self._stems, stem)
        is_known = position < len(self._stems) and self._stems[position] == stem
        return self._rows[position] if is_known else ()


def to_little_endian(values: array[int], byteorder: str = sys.byteorder) -> array[int]:
    """Return an array of a machine of this byte order with its bytes in little-endian order, or the other way round."""
    if byteorder == "big":
        values.byteswap()
    return values
