"""How many examples a property test tries whose examples cost more than most."""

from __future__ import annotations

from hypothesis import settings


def examples(cost: int) -> int:
    """Return the number of examples of the profile in force for examples that cost so many times a usual one."""
    return max(1, settings().max_examples // cost)
