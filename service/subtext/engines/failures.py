"""Turn an error that a model's server reports into the failure of the attempt.

One way for an error with a status of its own, one in a body with status 200 and one in the middle of a stream: what it
is, how long to wait, and whether another form of the same request may be taken.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from subtext.engines.error_outcomes import classify_report, effective_status
from subtext.engines.error_reports import parse_report
from subtext.engines.llm.capabilities import SYSTEM_FIELD, UnsupportedField, refuses_system_role, unsupported_field_in
from subtext.engines.llm.failures import AttemptFailed

# Statuses with which servers refuse a field that they do not know; some fail over it.
_OF_FIELDS = frozenset((400, 422, 500, 501))
# Outcomes that a refused field may look like.
_LIKE_A_REFUSAL = frozenset(("rejected", "server_error", "not_found"))


def to_problem(status: int, error: object, *, retry_after_s: float | None = None) -> AttemptFailed:
    """Return the failure that an error stands for.

    `error` is its JSON as decoded, or its text; `retry_after_s` is the wait in the headers, which goes before the one
    in the error itself.
    """
    report = parse_report(error)
    report = replace(report, wait_s=retry_after_s or report.wait_s)
    outcome = classify_report(status, report)
    if outcome in _LIKE_A_REFUSAL:
        if refuses_system_role(report.named):
            return UnsupportedField(SYSTEM_FIELD)
        field = (
            unsupported_field_in(None, report.named)
            if _may_be_of_field(status, effective_status(status, report))
            else None
        )
        if field is not None:
            return UnsupportedField(field)
    return AttemptFailed(outcome, retry_after_s=report.wait_s)


def _may_be_of_field(status: int, effective: int) -> bool:
    """Whether a field may be what it is about: of an error without a status of its own, only if it names one."""
    return effective in _OF_FIELDS and (status != HTTPStatus.OK or effective < HTTPStatus.INTERNAL_SERVER_ERROR)
