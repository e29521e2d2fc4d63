"""Requirements that a machine may lack (data beside the checkout, servers, a browser): skip or fail without them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
SHARED_DATA = SHARED / "data"


def require_or_skip(name: str, *, present: bool, why: str) -> None:
    """Skip with one line if a thing is missing on this machine; fail instead if SUBTEXT_REQUIRE names it."""
    if present:
        return
    required = {part.strip() for part in os.environ.get("SUBTEXT_REQUIRE", "").split(",")}
    if name in required:
        pytest.fail(f"SUBTEXT_REQUIRE names {name}: {why}")
    pytest.skip(f"{name}: {why}")
