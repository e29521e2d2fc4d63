"""Failures: every way in which an attempt at a model can end badly, in one table.

An attempt's outcome is a word in `usage.attempts`; the table says which error it becomes for the caller, whether to
retry first, and the message for people. No message repeats a request, an answer, a key or an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from subtext import errors

if TYPE_CHECKING:
    from subtext.domain.analysis import Attempt

# `retry`: the same request, after a wait. `correct`: another one, at once and only once: with what was wrong, or with
# more tokens. `fail`: no other attempt.
RetryAction = Literal["retry", "correct", "fail"]
# How an attempt can end badly: every one is a row of `FAILURES`.
Outcome = Literal[
    "connect_failed",
    "name_unknown",
    "tls_failed",
    "connection_lost",
    "timed_out",
    "unauthorized",
    "not_found",
    "quota_exhausted",
    "rate_limited",
    "overloaded",
    "server_error",
    "server_timed_out",
    "input_too_long",
    "rejected",
    "field_refused",
    "redirected",
    "too_large",
    "encoded",
    "malformed",
    "empty",
    "refused",
    "filtered",
    "truncated",
    "runaway",
    "no_json",
    "invalid",
    "empty_draft",
]


@dataclass(frozen=True, slots=True)
class FailureRule:
    """Map an outcome to the caller's error, the retry action and the message."""

    error: type[errors.EngineError]
    action: RetryAction
    detail: str


RETRY_AFTER_MAX_S = 600.0
# Where a detail names a setting, `{llm}` stands for the variables of the server that failed.
_CHECK_KEY = "check {llm}_API_KEY"
_CHECK_URL = "check {llm}_BASE_URL"
_LATER = "try again later"

FAILURES: dict[Outcome, FailureRule] = {
    # The connection.
    "connect_failed": FailureRule(errors.EngineUnavailable, "retry", f"the model's server cannot be reached: {_LATER}"),
    "name_unknown": FailureRule(
        errors.EngineUnavailable, "retry", f"the model's server has no known address: {_CHECK_URL}"
    ),
    "tls_failed": FailureRule(
        errors.EngineMisconfigured,
        "fail",
        "the model's server shows no certificate that holds: if its authority is your own, set {llm}_CA_FILE",
    ),
    "connection_lost": FailureRule(errors.EngineServerError, "retry", f"the model's server broke off: {_LATER}"),
    "timed_out": FailureRule(
        errors.EngineTimedOut,
        "retry",
        "the model gave no whole answer in time: raise SUBTEXT_DEADLINE_S, or send less text",
    ),
    # The status.
    "unauthorized": FailureRule(
        errors.EngineMisconfigured, "fail", f"the model's server refuses our key: {_CHECK_KEY}"
    ),
    "not_found": FailureRule(
        errors.EngineMisconfigured,
        "fail",
        "the model's server has no such model: check {llm}_MODEL, and {llm}_BASE_URL",
    ),
    "quota_exhausted": FailureRule(
        errors.EngineQuotaExhausted, "fail", "the account at the model's server has no credit"
    ),
    "rate_limited": FailureRule(
        errors.EngineRateLimited, "retry", f"the model's server asks us to slow down: {_LATER}"
    ),
    "overloaded": FailureRule(errors.EngineUnavailable, "retry", f"the model's server takes no requests now: {_LATER}"),
    "server_error": FailureRule(errors.EngineServerError, "retry", f"the model's server failed: {_LATER}"),
    "server_timed_out": FailureRule(
        errors.EngineTimedOut, "retry", f"the model's server ran out of its time: {_LATER}"
    ),
    "input_too_long": FailureRule(
        errors.EngineInputTooLong, "fail", "the article does not fit into the model's context: send less text"
    ),
    "rejected": FailureRule(
        errors.EngineRejectedRequest, "fail", "the model's server does not take what we ask of it: see the runbook"
    ),
    "field_refused": FailureRule(
        errors.EngineRejectedRequest, "fail", "the model's server refuses every form of our request: see the runbook"
    ),
    "redirected": FailureRule(
        errors.EngineRejectedRequest, "fail", f"the model's server points elsewhere, never followed: {_CHECK_URL}"
    ),
    # The body.
    "too_large": FailureRule(errors.EngineBadOutput, "fail", "the model's answer is larger than what is read"),
    "encoded": FailureRule(
        errors.EngineBadOutput, "fail", "the model's answer came compressed, which we ask it not to"
    ),
    "malformed": FailureRule(
        errors.EngineBadOutput, "retry", f"the answer is not one of an OpenAI-compatible server: {_CHECK_URL}"
    ),
    "empty": FailureRule(errors.EngineBadOutput, "retry", f"the model gave an empty answer: {_LATER}"),
    # What the model says.
    "refused": FailureRule(errors.EngineRefused, "fail", "the model declined to answer about this article"),
    "filtered": FailureRule(errors.EngineFiltered, "fail", "a content filter on the model's side stopped the answer"),
    "truncated": FailureRule(
        errors.EngineOutputTruncated, "correct", "the answer hit the token limit: raise {llm}_MAX_OUTPUT_TOKENS"
    ),
    "runaway": FailureRule(errors.EngineBadOutput, "correct", "the model repeats itself without end"),
    "no_json": FailureRule(errors.EngineBadOutput, "correct", "the model's answer holds no JSON object"),
    "invalid": FailureRule(errors.EngineBadOutput, "correct", "the model's answer does not fit the schema"),
    "empty_draft": FailureRule(
        errors.EngineBadOutput, "fail", "nothing of the model's answer is left that says anything"
    ),
}


class AttemptFailed(Exception):
    """Report that an attempt failed: its outcome (a key of `FAILURES`), with what is known about it.

    `reason` says what is wrong with an answer, without its words; `retry_after_s` is what the server asks us to wait;
    `is_loosened` says that the next request would ask in a looser form, which is no second chance for the model.
    """

    def __init__(self, outcome: Outcome, *, retry_after_s: float | None = None, reason: str = "") -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.retry_after_s = retry_after_s
        self.reason = reason
        self.is_loosened = False

    @property
    def rule(self) -> FailureRule:
        """Return the rule of its outcome."""
        return FAILURES[self.outcome]

    def as_error(self, attempts: tuple[Attempt, ...] = (), *, variables: str = "SUBTEXT_LLM") -> errors.EngineError:
        """Build the caller's error, after these attempts; a longer wait than `RETRY_AFTER_MAX_S` is shortened.

        `variables` is how the names of the server's settings begin.
        """
        wait = None if self.retry_after_s is None else min(self.retry_after_s, RETRY_AFTER_MAX_S)
        detail = self.rule.detail.replace("{llm}", variables)
        detail = f"{detail} ({self.reason})" if self.reason else detail
        return self.rule.error(detail, retry_after_s=wait, attempts=attempts)
