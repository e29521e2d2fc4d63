"""Attacks planted in real articles; data beside the checkout, without which a test is skipped."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.requirements import SHARED_DATA


def planted(attack: str, text: str, place: str) -> tuple[str, int]:
    """The text with an attack in it, and where the attack begins."""
    if place == "first":
        return f"{attack}\n\n{text}", 0
    if place == "last":
        return f"{text}\n\n{attack}", len(text) + 2
    at = text.index(". ", len(text) // 3) + 2
    return f"{text[:at]}{attack} {text[at:]}", at


def articles() -> list[dict[str, Any]]:
    path = SHARED_DATA / "framing" / "dev.jsonl"
    if not path.exists():
        pytest.skip("shared data: framing/dev.jsonl is not on this machine")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def attacks() -> list[str]:
    path = SHARED_DATA / "injections" / "dev.jsonl"
    if not path.exists():
        pytest.skip("shared data: injections/dev.jsonl is not on this machine")
    return [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]
