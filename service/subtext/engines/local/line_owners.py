"""Line owners: blocks of a transcript, a mail or a forum that belong to whoever is named for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.domain.evidence import Span
from subtext.domain.text.words import word_set
from subtext.intake.text_blocks import parse_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from subtext.intake.text_blocks import TextBlock

# A transcript has a label in this share of its paragraphs at least; in half of them if nobody speaks twice.
_LABELS_SHARE, _LABELS_HALF = 0.2, 0.5
# Nobody's name: what stands before questions and answers, and what only points to somebody.
_NAMELESS = word_set("q a question answer he she they i we nothing nobody")


def find_owned_blocks(text: str) -> Iterator[tuple[Span, str]]:
    """Yield each speech, quoted and forwarded block without its label, and its owner's name, empty if it has none."""
    blocks = parse_blocks(text)
    owned = {"quoted", "forwarded", *(("speech",) if _is_transcript(text, blocks) else ())}
    for block in blocks:
        if block.kind in owned:
            voice = "" if block.voice is None else text[block.voice.start : block.voice.end]
            yield _without_label(text, block), "" if voice.lower() in _NAMELESS else voice


def _without_label(text: str, block: TextBlock) -> Span:
    if block.voice is None or block.voice.start < block.span.start:
        return block.span
    colon = text.find(":", block.voice.end, block.span.end - 1)
    return block.span if colon < 0 else Span(colon + 1, block.span.end)


def _is_transcript(text: str, blocks: Sequence[TextBlock]) -> bool:
    """Tell whether labels open most of the paragraphs, or many and some of them again: others only look like labels."""
    voices = [block.voice for block in blocks if block.kind == "speech" and block.voice is not None]
    labels = [text[voice.start : voice.end] for voice in dict.fromkeys(voices)]
    if len(labels) >= _LABELS_HALF * len(blocks):
        return True
    return len(set(labels)) < len(labels) and len(labels) >= _LABELS_SHARE * len(blocks)
