"""What every service of the benchmark is asked, and what the model behind it answers: a real op-ed with its quotes.

The op-ed that lies beside the checkout is taken if it is there, else one of our own of the same build (real prose,
typographic quotation marks, 1,404 words). A text that repeats one sentence would make every check look cheap.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve()
_SEED = _HERE.parents[2] / "shared" / "data" / "seed-article.txt"
OP_ED = _SEED if _SEED.is_file() else _HERE.with_name("op_ed.txt")
ARTICLE = OP_ED.read_text(encoding="utf-8").strip()
_SENTENCE = re.compile(r"[A-Z][^.!?\n“”‘’]{50,180}[.!?](?=\s)")
_SENTENCES, _EVIDENCE = 4, 5


def draft() -> dict[str, Any]:
    """Return a careful model's answer: 4 sentences of summary with 5 quotes, and 5 pieces of evidence."""
    quotes = _spread(_SENTENCE.findall(ARTICLE), _SENTENCES + 1 + _EVIDENCE)
    cited, shown = quotes[: _SENTENCES + 1], quotes[_SENTENCES + 1 :]
    sentences = [{"text": f"The author says: {quote}", "quotes": [quote]} for quote in cited[:_SENTENCES]]
    sentences[-1]["quotes"] = cited[-2:]
    return {
        "target": "the subject",
        "headline": ARTICLE.partition("\n")[0],
        "sentences": sentences,
        "evidence": [_evidence(quote) for quote in shown],
        "rationale": "The author lists what is lost.",
        "label": "desperation",
        "confidence": 85,
    }


def _spread(sentences: list[str], count: int) -> list[str]:
    step = len(sentences) / count
    return [sentences[int(step * number)] for number in range(count)]


def _evidence(quote: str) -> dict[str, Any]:
    known = {"speaker": None, "pole": "desperation", "indicator": None, "strength": "moderate", "polarity": "asserts"}
    return {"quote": quote, **known}


def completion() -> bytes:
    """Return the answer as a server sends it."""
    message = {"role": "assistant", "content": json.dumps(draft(), separators=(",", ":"))}
    usage = {"prompt_tokens": 2_000, "completion_tokens": 300, "total_tokens": 2_300}
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    body = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": choices, "usage": usage}
    return json.dumps(body).encode()
