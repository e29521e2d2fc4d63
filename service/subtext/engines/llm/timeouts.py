"""Time-outs: explain an attempt that took too long, with the settings that would have let it end.

A slow model is told from a lost request by its stream: if tokens were still coming when the time ran out, another
attempt in the time that is left cannot do better, and the time that it needs can be worked out.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from subtext.engines.llm.failures import FAILURES, AttemptFailed

if TYPE_CHECKING:
    from subtext.engines.llm.failures import FailureRule
    from subtext.engines.llm.model_endpoint import RequestLimits
    from subtext.engines.llm.progress_tracker import StreamMeter

# An answer to the prompt `analysis@1` has 3,000 characters in the middle of 50 recorded ones, 3,500 at most; models
# write about four to a token.
ANSWER_TOKENS = 900
# Articles and machines differ: what is proposed has room for both.
_SPARE = 1.5
_STEP_S = 10
# What an attempt leaves of the deadline: to a last attempt, and to the embedded engine.
_BESIDE_S = 15.0


class AttemptTimedOut(AttemptFailed):
    """Report an attempt that was cut off at its limit; the caller's error names settings that would have let it end."""

    def __init__(self, limit_s: float, meter: StreamMeter, limits: RequestLimits, settings: str) -> None:
        super().__init__("timed_out")
        self._rule = _explain(limit_s, meter, limits, settings)

    @property
    def rule(self) -> FailureRule:
        """Return the rule of its outcome, with advice made from what is known of the stream."""
        return self._rule


def _explain(limit_s: float, meter: StreamMeter, limits: RequestLimits, settings: str) -> FailureRule:
    rule, speed = FAILURES["timed_out"], meter.tokens_per_s()
    if speed is None:
        return replace(rule, detail=_plain_advice(limits, settings))
    needed_s = estimate_answer_s(meter.first_s or 0.0, speed, _expected_tokens(meter.pieces, limits))
    advice = " and ".join(f"{name}={value}" for name, value in propose_timeouts(needed_s, limits, settings).items())
    if meter.pieces > ANSWER_TOKENS:
        advice += f", or {settings}_MAX_OUTPUT_TOKENS lower"
    detail = (
        f"the model gave no whole answer in {limit_s:.0f} s: it had written {meter.pieces:,} tokens at {speed:.1f} "
        f"tokens/s, so a whole answer needs about {needed_s:.0f} s: set {advice}"
    )
    return replace(rule, action="fail", detail=detail)


def _plain_advice(limits: RequestLimits, settings: str) -> str:
    """Return what helps when nothing is known of the model's speed."""
    own = f"{settings}_ATTEMPT_TIMEOUT_S and " if limits.attempt_timeout_s is not None else ""
    return (
        f"the model gave no whole answer in time: a local model may need minutes: raise {own}SUBTEXT_DEADLINE_S "
        "(`subtext doctor` measures the server and proposes values), or send less text"
    )


def estimate_answer_s(first_s: float, tokens_per_s: float, tokens: int = ANSWER_TOKENS) -> float:
    """Return how long an answer of so many tokens takes from the request on (s)."""
    return first_s + tokens / tokens_per_s


def propose_timeouts(needed_s: float, limits: RequestLimits, settings: str) -> dict[str, int]:
    """Return the settings under which an answer that needs so long is not cut off, by variable.

    `settings` is the prefix of the server's variables. An attempt's own time-out follows the deadline unless it is set.
    """
    attempt_s = _round_up(needed_s * _SPARE)
    proposed = {} if limits.attempt_timeout_s is None else {f"{settings}_ATTEMPT_TIMEOUT_S": attempt_s}
    return {**proposed, "SUBTEXT_DEADLINE_S": _round_up((attempt_s + _BESIDE_S) * limits.servers)}


def _expected_tokens(written: int, limits: RequestLimits) -> int:
    """Return how long an answer gets (tokens): as usual, or as long as it may if it is longer than that already."""
    return ANSWER_TOKENS if written < ANSWER_TOKENS else max(written, limits.max_output_tokens)


def _round_up(seconds: float) -> int:
    return math.ceil(seconds / _STEP_S) * _STEP_S
