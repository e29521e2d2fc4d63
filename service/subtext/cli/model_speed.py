"""Measure the speed of a model server on one answer, and propose settings that fit it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from subtext.engines.llm.model_endpoint import RequestLimits
from subtext.engines.llm.timeouts import ANSWER_TOKENS, estimate_answer_s, propose_timeouts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.analysis.ports import Progress
    from subtext.domain.analysis import Analysis
    from subtext.engines.llm.server_limits import ServerLimits
    from subtext.settings import LLMSettings, Settings

# What is estimated: an article of 1,000 words, and an answer to the released prompt about it (tokens). The article that
# is measured with has a tenth of that.
ARTICLE_TOKENS = 1_350
_MEASURED_ARTICLE_TOKENS = 100
_PASSAGE_STEP, _PASSAGE_MIN = 100, 500
PREFIX = "SUBTEXT_LLM"


@dataclass(frozen=True, slots=True)
class ModelSpeed:
    """Measured speed of a model server (seconds, tokens); None if the server did not report a value.

    `answer_s` is None if the answer was not finished. `article_s` is the estimate for an article of 1,000 words.
    """

    first_token_s: float | None = None
    answer_tokens: int | None = None
    answer_s: float | None = None
    tokens_per_s: float | None = None
    prompt_tokens: int | None = None
    prompt_tokens_per_s: float | None = None
    article_s: float | None = None
    context_tokens: int | None = None
    slots: int | None = None


class SpeedRecorder:
    """Recorder of a model's progress.

    Only the first attempt counts: a second one finds the prompt in the server's cache.
    """

    def __init__(self) -> None:
        self._records: list[Progress] = []
        self._is_over = False

    def __call__(self, progress: Progress) -> None:
        """Record progress; usable as the engine's `on_progress` callback."""
        self._is_over = self._is_over or (bool(self._records) and progress.tokens <= self._records[-1].tokens)
        if not self._is_over:
            self._records.append(progress)

    @property
    def has_begun(self) -> bool:
        """Return whether the model has written anything."""
        return bool(self._records)

    def build_speed(self, analysis: Analysis | None, limits: ServerLimits) -> ModelSpeed:
        """Build the speed from the recorded progress, the finished analysis and the server's limits."""
        attempts = analysis.provenance.usage.attempts if analysis else ()
        last = attempts[-1] if attempts else None
        first_s = self._records[0].seconds if self._records else None
        input_tokens = last.input_tokens if last else None
        uncached = max(1, input_tokens - (last.cached_tokens or 0)) if last and input_tokens else None
        speed = ModelSpeed(
            first_token_s=first_s,
            answer_tokens=last.output_tokens if last and last.output_tokens else self._tokens or None,
            answer_s=last.ms / 1_000 if last else None,
            tokens_per_s=self._tokens_per_s(),
            prompt_tokens=input_tokens,
            prompt_tokens_per_s=uncached / first_s if uncached and first_s else None,
            context_tokens=limits.context_tokens,
            slots=limits.slots,
        )
        return _with_estimate(speed)

    @property
    def _tokens(self) -> int:
        return self._records[-1].tokens if self._records else 0

    def _tokens_per_s(self) -> float | None:
        if not self._records or self._records[-1].seconds <= self._records[0].seconds:
            return None
        tokens = self._tokens - self._records[0].tokens
        return tokens / (self._records[-1].seconds - self._records[0].seconds)


def _with_estimate(speed: ModelSpeed) -> ModelSpeed:
    if speed.tokens_per_s is not None and speed.first_token_s is not None:
        extra_tokens = ARTICLE_TOKENS - _MEASURED_ARTICLE_TOKENS
        reading_s = extra_tokens / speed.prompt_tokens_per_s if speed.prompt_tokens_per_s else 0.0
        return replace(speed, article_s=estimate_answer_s(speed.first_token_s + reading_s, speed.tokens_per_s))
    if speed.answer_s and speed.answer_tokens:
        # Without a stream, reading and writing cannot be separated.
        scale = max(1.0, ANSWER_TOKENS / speed.answer_tokens)
        return replace(speed, article_s=speed.answer_s * scale, tokens_per_s=speed.answer_tokens / speed.answer_s)
    return speed


def describe(speed: ModelSpeed) -> str:
    """Describe the measurement in one sentence."""
    return "; ".join(_sentences(speed)) or "the server neither streams nor counts tokens: nothing could be measured"


def _sentences(speed: ModelSpeed) -> Iterator[str]:
    if speed.first_token_s is not None:
        prompt = f" ({speed.prompt_tokens:,} tokens read)" if speed.prompt_tokens else ""
        yield f"the first token came after {speed.first_token_s:.1f} s{prompt}"
    if speed.tokens_per_s is not None:
        yield f"it writes {speed.tokens_per_s:.1f} tokens/s"
    if speed.article_s is not None:
        yield f"an article of 1,000 words takes about {speed.article_s:.0f} s"
    if speed.context_tokens is not None:
        slots = f", {speed.slots} at a time" if speed.slots else ""
        yield f"its context is {speed.context_tokens:,} tokens{slots}"


def is_slow(speed: ModelSpeed, settings: Settings) -> bool:
    """Return whether an article of 1,000 words would exceed the time limit of the settings."""
    patience = _patience(settings)
    limit_s = patience.limit_attempt(settings.deadline_s / patience.servers)
    return speed.article_s is not None and speed.article_s > limit_s


def propose_settings(speed: ModelSpeed, settings: Settings) -> dict[str, int]:
    """Propose values, by variable, for settings that do not fit this server."""
    proposed: dict[str, int] = {}
    if is_slow(speed, settings) and speed.article_s is not None:
        proposed |= propose_timeouts(speed.article_s, _patience(settings), PREFIX)
    if speed.slots is not None and speed.slots < settings.llm.parallel:
        proposed[f"{PREFIX}_PARALLEL"] = speed.slots
    passage_tokens = find_passage_room(speed, settings.llm)
    if passage_tokens is not None and _PASSAGE_MIN <= passage_tokens < settings.llm.passage_tokens:
        proposed[f"{PREFIX}_PASSAGE_TOKENS"] = passage_tokens // _PASSAGE_STEP * _PASSAGE_STEP
    return proposed


def find_passage_room(speed: ModelSpeed, llm: LLMSettings) -> int | None:
    """Return the tokens that the context leaves for a passage besides prompt and answer; None if unknown."""
    if speed.context_tokens is None or speed.prompt_tokens is None:
        return None
    return speed.context_tokens - (speed.prompt_tokens - _MEASURED_ARTICLE_TOKENS) - llm.max_output_tokens


def find_context_needed(speed: ModelSpeed, llm: LLMSettings) -> int | None:
    """Return the context size that an article of 1,000 words needs; None if the present one is enough."""
    room = find_passage_room(speed, llm)
    if room is None or room >= _PASSAGE_MIN or speed.context_tokens is None:
        return None
    return speed.context_tokens - room + ARTICLE_TOKENS


def _patience(settings: Settings) -> RequestLimits:
    return RequestLimits(attempt_timeout_s=settings.llm.attempt_timeout_s, servers=1 + settings.llm2.is_configured)
