"""Two owners, each of whom must not see what the other has."""

from __future__ import annotations

from subtext.domain.caller import Owner

MINE = Owner("mine")
THEIRS = Owner("theirs")
