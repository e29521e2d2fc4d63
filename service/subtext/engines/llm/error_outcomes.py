"""Classify the error that a model's server reports: one table of words, one of statuses, one of phrases of messages.

A word that says more than any status decides first; then the status, if it decides; then what the message says; and
what is left is a failure of the server (5xx) or a request that it does not take (4xx). An error with a status of its
own, one in a body with status 200 and one in the middle of a stream all take this way.
"""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from subtext.engines.llm.capabilities import SYSTEM_FIELD, UnsupportedField, refuses_system_role, unsupported_field_in
from subtext.engines.llm.error_reports import parse_report
from subtext.engines.llm.failures import AttemptFailed

if TYPE_CHECKING:
    from subtext.engines.llm.error_reports import ErrorReport
    from subtext.engines.llm.failures import Outcome

# Codes and kinds, normalized, that say more than the status that comes with them.
_WORDS: dict[Outcome, str] = {
    "quota_exhausted": (
        "insufficientquota insufficientbalance insufficientcredits insufficientfunds billinghardlimitreached "
        "billingnotactive billing paymentrequired creditbalancetoolow budgetexceeded quotaexceeded"
    ),
    "input_too_long": (
        "contextlengthexceeded contextwindowexceeded exceedcontextsize stringabovemaxlength requesttoolarge "
        "payloadtoolarge requestentitytoolarge contenttoolarge inputtoolong prompttoolong maxtokensexceeded"
    ),
    "not_found": (
        "modelnotfound resourcenotfound deploymentnotfound notfound nosuchmodel unknownmodel invalidmodel "
        "modelnotexist modeldoesnotexist modelnotavailable modelnotsupported modeldecommissioned modeldeprecated"
    ),
    "unauthorized": (
        "invalidapikey apikeyinvalid incorrectapikey missingapikey apikeyexpired invalidauthentication "
        "authentication unauthenticated unauthorized accessdenied unrecognizedclient expiredtoken invalidtoken "
        "invalidsignature accountdeactivated"
    ),
    "rate_limited": (
        "ratelimit ratelimited ratelimitexceeded ratelimitreached toomanyrequests throttling throttled "
        "requestlimitexceeded resourceexhausted concurrencylimitexceeded spikearrestviolation slowdown "
        "servicequotaexceeded"
    ),
    "overloaded": (
        "overloaded modeloverloaded engineoverloaded serveroverloaded unavailable serviceunavailable serverbusy "
        "capacityexceeded modelnotready modelloading"
    ),
    "server_timed_out": "deadlineexceeded timeout requesttimeout modeltimeout",
    "filtered": (
        "contentfilter contentpolicyviolation responsibleaipolicyviolation moderation moderationblocked "
        "contentmoderation datainspectionfailed promptblocked contentblocked"
    ),
}
BY_WORD: dict[str, Outcome] = {word: outcome for outcome, words in _WORDS.items() for word in words.split()}
# Words that say no more than a status does: they stand for it if a failure comes with status 200.
STATUS_OF_WORD: dict[str, int] = {
    word: status
    for status, words in {
        400: "invalidrequest invalidargument badrequest validation failedprecondition outofrange invalidparameter",
        403: "permission permissiondenied forbidden",
        422: "unprocessableentity",
        500: "api server internal internalserver internalfailure unknown dataloss model aborted cancelled generation",
    }.items()
    for word in words.split()
}
BY_STATUS: dict[int, Outcome] = {
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.PAYMENT_REQUIRED: "quota_exhausted",
    HTTPStatus.FORBIDDEN: "unauthorized",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.REQUEST_TIMEOUT: "server_timed_out",
    HTTPStatus.CONFLICT: "server_error",
    HTTPStatus.GONE: "not_found",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "input_too_long",
    HTTPStatus.FAILED_DEPENDENCY: "server_error",
    HTTPStatus.TOO_EARLY: "server_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limited",
    HTTPStatus.SERVICE_UNAVAILABLE: "overloaded",
}
# What a status that decides may still mean, by the message. Of 429, only a credit that is used up is something else.
_REFINED: dict[int, frozenset[Outcome]] = {
    HTTPStatus.FORBIDDEN: frozenset(("filtered", "quota_exhausted")),
    HTTPStatus.TOO_MANY_REQUESTS: frozenset(("quota_exhausted",)),
}
# Said under any status; vLLM and others say it in words alone.
_CONTEXT = re.compile(r"context (?:length|size|window)", re.IGNORECASE)
# What messages say, outcome by outcome; the first that matches decides.
_PHRASES: dict[Outcome, tuple[str, ...]] = {
    "input_too_long": (
        r"(?:prompt|input|request)s?(?: \w+){0,3} (?:is |are )?too (?:long|large)",
        r"exceeds? the (?:maximum|max)[\w ]{0,40} (?:tokens?|length)",
        r"too many (?:input )?tokens",
        r"max_new_tokens`? must be",
        r"reduce the length",
    ),
    "quota_exhausted": (
        r"insufficient (?:balance|credits?|funds|quota)",
        r"(?:out of|not enough|no) credits?\b",
        r"credit balance",
        r"exceeded your current quota",
        r"plan and billing",
        r"billing (?:hard )?limit",
        r"key limit exceeded",
    ),
    "rate_limited": (
        r"rate.?limit",
        r"too many requests",
        r"throttl",
        r"slow down",
        r"requests per (?:second|minute|day)",
    ),
    "overloaded": (
        r"overloaded",
        r"at capacity",
        r"(?:no|not enough) (?:available )?capacity",
        r"(?:is|are) (?:currently |still )?(?:loading|busy)",
        r"loading model",
        r"temporarily unavailable",
        r"service unavailable",
        r"no available (?:server|worker|instance|provider)",
    ),
    "filtered": (
        r"content (?:filter|policy|management policy|moderation)",
        r"\bmoderat(?:ed|ion)",
        r"flagged",
        r"safety (?:system|filter)",
        r"responsible ai",
        r"inappropriate content",
    ),
    "unauthorized": (
        r"(?:invalid|incorrect|missing|wrong|no) (?:api|access|subscription)[ -]?key",
        r"api key not (?:valid|found)",
        r"unauthori[sz]ed",
        r"unauthenticated",
        r"authentication",
        r"no auth",
        r"(?:permission|access) denied",
        r"invalid token",
    ),
    "not_found": (
        r"\bmodel\b[^.,;]{0,100}? (?:not found|not exist|does(?: not|n't) exist|not (?:available|loaded|served))",
        r"(?:no such|unknown|invalid) model\b",
        r"not a valid model",
        r"no endpoints found",
        r"pull(?:ing)? it first",
    ),
    "server_timed_out": (r"timed? ?out", r"deadline exceeded", r"took too long"),
}
_BY_MESSAGE = tuple((re.compile("|".join(phrases), re.IGNORECASE), outcome) for outcome, phrases in _PHRASES.items())
OUTCOMES = frozenset((*BY_WORD.values(), *BY_STATUS.values(), *_PHRASES, "redirected", "rejected", "server_error"))
# Statuses with which servers refuse a field that they do not know; some fail over it.
_OF_FIELDS = frozenset((400, 422, 500, 501))
# Outcomes that a refused field may look like.
_LIKE_A_REFUSAL = frozenset(("rejected", "server_error", "not_found"))


def to_attempt_failure(status: int, error: object, *, retry_after_s: float | None = None) -> AttemptFailed:
    """Classify an error and return it as the failure of the attempt, or as that of a field that was refused.

    `error` is its JSON as decoded, or its text; `retry_after_s` is the wait in the headers, which goes before the one
    in the error itself.
    """
    report = parse_report(error)
    report = replace(report, wait_s=retry_after_s or report.wait_s)
    outcome = classify_report(status, report)
    if outcome in _LIKE_A_REFUSAL:
        if refuses_system_role(report.named):
            return UnsupportedField(SYSTEM_FIELD)
        field = unsupported_field_in(None, report.named)
        if field is not None and _may_be_of_field(status, effective_status(status, report)):
            return UnsupportedField(field)
    return AttemptFailed(outcome, retry_after_s=report.wait_s)


def _may_be_of_field(status: int, effective: int) -> bool:
    """Return whether the error may be about a field: without a status of its own, only if its report names one."""
    return effective in _OF_FIELDS and (status != HTTPStatus.OK or effective < HTTPStatus.INTERNAL_SERVER_ERROR)


def classify_report(status: int, report: ErrorReport) -> Outcome:
    """Return the outcome (a key of `FAILURES`) that a report stands for, given the HTTP status that it came with."""
    for word in report.words:
        if word in BY_WORD:
            return BY_WORD[word]
    if _CONTEXT.search(report.text):
        return "input_too_long"
    status = effective_status(status, report)
    stated = _outcome_from_message(report)
    if stated is not None and (status not in BY_STATUS or stated in _REFINED.get(status, ())):
        return stated
    if status in BY_STATUS:
        return BY_STATUS[status]
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return "redirected"
    return "rejected" if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"


def effective_status(status: int, report: ErrorReport) -> int:
    """Return the status that a failure really has: proxies put it into the body of a 200, 400, 500 or 502."""
    if status not in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY}:
        return status
    if report.status is not None:
        return report.status
    if status != HTTPStatus.OK:
        return status
    return next((STATUS_OF_WORD[word] for word in report.words if word in STATUS_OF_WORD), status)


def _outcome_from_message(report: ErrorReport) -> Outcome | None:
    """Return the outcome that the message tells. Credit that is back after a wait was a rate limit."""
    outcome = next((outcome for pattern, outcome in _BY_MESSAGE if pattern.search(report.text)), None)
    return "rate_limited" if outcome == "quota_exhausted" and report.wait_s is not None else outcome
