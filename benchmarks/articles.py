"""What every service of the benchmark is asked, and what the model behind it answers: an article of our own."""

from __future__ import annotations

import json
from typing import Any

_OPENING = "Norwick Docks has begun to sell the cranes that it swore it would never part with."
_SIGNS = (
    "The firm is running out of time.",
    "Its chairman pleaded for patience.",
    "Two of its five piers stand idle.",
    "The banks have stopped returning its calls.",
)
_FILLING = "Ship number {} came in on the morning tide, unloaded its crates at the northern pier and left before noon."
ARTICLE = " ".join((_OPENING, *_SIGNS, *(_FILLING.format(number) for number in range(60))))
"""About 1,200 words."""


def draft() -> dict[str, Any]:
    """A careful model's answer."""
    return {
        "target": "Norwick Docks",
        "headline": "Norwick Docks sells its cranes",
        "sentences": [{"text": quote, "quotes": [quote]} for quote in (_OPENING, *_SIGNS)],
        "evidence": [_evidence(quote) for quote in _SIGNS],
        "rationale": "The author lists what the firm has lost.",
        "label": "desperation",
        "confidence": 85,
    }


def _evidence(quote: str) -> dict[str, Any]:
    known = {"speaker": None, "pole": "desperation", "indicator": None, "strength": "moderate", "polarity": "asserts"}
    return {"quote": quote, **known}


def completion() -> bytes:
    """The answer as a server sends it."""
    message = {"role": "assistant", "content": json.dumps(draft(), separators=(",", ":"))}
    usage = {"prompt_tokens": 2_000, "completion_tokens": 300, "total_tokens": 2_300}
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    body = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": choices, "usage": usage}
    return json.dumps(body).encode()
