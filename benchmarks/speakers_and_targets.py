"""What the embedded engine takes for speakers and targets, against coded articles.

`python -m benchmarks.speakers_and_targets FILE...` prints, for each JSONL file of coded articles (docs/evals.md): how
many coded quotes of speakers and of the author are given to them, how many coded speakers are known at all, how many
names do not stand in the text, and how many inferred targets share a telling word with the coded target or an alias.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtext.domain.article import prepend_title
from subtext.domain.text.sentences import split_sentences
from subtext.domain.text.words import word_set
from subtext.engines.local.attribution import attribute
from subtext.engines.local.target import infer_target
from subtext.evals.voice_metrics import is_same_speaker

if TYPE_CHECKING:
    from collections.abc import Iterator

_SMALL = word_set("the of and s a state president our its his")


def measure(row: dict[str, Any]) -> Iterator[str]:
    """Yield what is counted of one article, a name for each count."""
    text = prepend_title(row["title"], row["text"])[0]
    sentences = split_sentences(text)
    voices = attribute(text, sentences)
    names = {passage.speaker for passage in (*voices.quoted, *voices.reported) if passage.speaker}
    yield from ("name not in the text" for name in names if name not in text)
    for voice in row["voices"]:
        yield "speakers"
        yield from ["speakers known"] * any(is_same_speaker(voice["speaker"], name) for name in names)
    for quote in row["evidence"]:
        at = text.find(quote["quote"])
        passage = voices.at(at + len(quote["quote"]) // 2)
        if at >= 0 and quote["voice"] == "author":
            yield "author's quotes"
            yield from ["author's quotes right"] * (passage is None)
        elif at >= 0 and quote.get("speaker"):
            yield "speakers' quotes"
            is_right = passage is not None and is_same_speaker(quote["speaker"], passage.speaker)
            yield from ["speakers' quotes right"] * is_right
    if row["target"]:
        target = infer_target(row["title"], sentences)
        keys = [_words(name) for name in (row["target"], *(row.get("aliases") or ()))]
        yield "targets"
        yield from ["targets right"] * (target is not None and any(key & _words(target.name) for key in keys))


def _words(name: str) -> set[str]:
    plain = name.replace("’s", "").replace("'s", "").replace(".", "")
    return {word.lower() for word in re.findall(r"\w+", plain)} - _SMALL


def main() -> None:
    """Print the counts of each file."""
    for file in sys.argv[1:]:
        rows = [json.loads(line) for line in Path(file).read_text("utf-8").splitlines()]
        counts = Counter(count for row in rows for count in measure(row))
        sys.stdout.write(f"{file}: {', '.join(f'{name} {counts[name]}' for name in sorted(counts))}\n")


if __name__ == "__main__":
    main()
