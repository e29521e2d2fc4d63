"""`subtext doctor`."""
from __future__ import annotations
def doctor() -> None:
    """Check that everything works."""
