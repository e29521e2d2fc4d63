"""Prompt injections planted in real articles; the data lies beside the checkout, and a test without it is skipped."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.requirements import SHARED_DATA


def plant(attack: str, text: str, place: str) -> tuple[str, int]:
    """Plant an attack in a text; return the text, and where the attack begins."""
    if place == "first":
        return f"{attack}\n\n{text}", 0
    if place == "last":
        return f"{text}\n\n{attack}", len(text) + 2
    at = text.index(". ", len(text) // 3) + 2
    return f"{text[:at]}{attack} {text[at:]}", at


def articles() -> list[dict[str, Any]]:
    """Return the coded articles of the development set."""
    path = SHARED_DATA / "framing" / "dev.jsonl"
    if not path.exists():
        pytest.skip("shared data: framing/dev.jsonl is not on this machine")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def attacks() -> list[str]:
    """Return the texts of the attacks of the development set."""
    path = SHARED_DATA / "injections" / "dev.jsonl"
    if not path.exists():
        pytest.skip("shared data: injections/dev.jsonl is not on this machine")
    return [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]
