"""What an article costs the embedded engine with its encoder, in CPU time on one core.

Run it: `.venv/bin/python -m benchmarks.embedded_engine`. The articles are those of a JSONL file that is named (`text`,
`title`, `target`), else the 142 coded ones beside the checkout, else the op-ed of the other benchmarks. Each is read
once, for its summary and its framing, after one that warms up. The engine uses one thread.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.articles import ARTICLE
from subtext.analysis.ports import ALL_PARTS, EngineRequest
from subtext.domain.article import Article, Language, Source, prepend_title
from subtext.engines.local.classifier import LexiconClassifier
from subtext.engines.local.engine import LocalEngine
from subtext.engines.local.trained import WEIGHTS
from subtext.engines.local.trained.classifier import TrainedClassifier, TrainedScorer
from subtext.engines.local.trained.encoder import EncoderModel
from subtext.prompts.registry import PromptRegistry, default_root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.engines.local.trained.encoder import ModelOutputs
    from subtext.engines.local.trained.tokenization import EncodedSentence

CODED = Path(__file__).resolve().parents[2] / "shared" / "data" / "framing" / "dev.jsonl"
AXIS = PromptRegistry.load([default_root()]).axis("desperation-domination").axis


class TimedEncoder(EncoderModel):
    """Encoder that adds up its CPU time and the tokens that it reads."""

    seconds, tokens = 0.0, 0

    def predict(self, sentences: Sequence[EncodedSentence]) -> ModelOutputs:
        """Encode an article."""
        begin = time.process_time()
        outputs = super().predict(sentences)
        self.seconds += time.process_time() - begin
        self.tokens += sum(len(encoded.ids) for encoded in sentences)
        return outputs


def read_requests(path: Path | None) -> list[EngineRequest]:
    """Read the articles of a file, or the op-ed, as requests to the engine."""
    rows: list[dict[str, Any]] = [{"text": ARTICLE}]
    if path is not None:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [_build_request(row) for row in rows]


def _build_request(row: dict[str, Any]) -> EngineRequest:
    text, headline, _ = prepend_title(row.get("title"), row["text"])
    article = Article(text, Source("text"), headline, language=Language("en", None))
    return EngineRequest(article, AXIS, ALL_PARTS, time.monotonic() + 3600, target=row.get("target"))


def main() -> None:
    """Read the articles, and print what one costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("articles", type=Path, nargs="?", default=CODED if CODED.is_file() else None)
    path = parser.parse_args().articles
    encoder = TimedEncoder.load(WEIGHTS)
    scorer = replace(TrainedScorer.load(WEIGHTS), encoder=encoder)
    engine = LocalEngine(TrainedClassifier(scorer, LexiconClassifier()))
    engine._read(read_requests(path)[0])  # noqa: SLF001 - in this thread
    encoder.seconds, encoder.tokens = 0.0, 0
    requests = read_requests(path)
    gc.collect()
    gc.freeze()
    begin = time.process_time()
    for request in requests:
        engine._read(request)  # noqa: SLF001 - in this thread
    each = (time.process_time() - begin) / len(requests)
    encoded = encoder.seconds / len(requests)
    sys.stdout.write(
        f"{len(requests)} articles, {encoder.tokens / len(requests):.0f} tokens read of each\n"
        f"CPU ms an article   {1e3 * each:8.1f}\n"
        f"  of it the encoder {1e3 * encoded:8.1f}\n"
        f"articles/s a core   {1 / each:8.1f}\n"
    )


if __name__ == "__main__":
    main()
