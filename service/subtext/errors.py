"""Every way Subtext can fail, drawn as one tree.

SubtextError
├── InvalidInput               the caller can mend it
│   ├── RequestInvalid         fields missing, contradictory or malformed
│   ├── InvalidText            empty, or characters no text can hold
│   ├── TextTooLong            over the configured limit
│   ├── NotAnArticle           an error page, a cookie wall, a paywall: nothing to analyse
│   ├── UnsupportedLanguage    the chosen engine cannot read it
│   ├── AxisNotFound           no such axis (or version)
│   ├── UnsupportedAxis        the chosen engine cannot judge this axis
│   ├── PromptNotFound         no such prompt (or version)
│   ├── EngineNotFound         no such engine, or it is not configured
│   └── IdempotencyMismatch    an Idempotency-Key came again with another request
├── IntakeError                the article could not be had
│   ├── ForbiddenUrl           scheme, host, port or address that is never fetched
│   ├── FetchFailed            the site did not answer, or failed on its side
│   ├── PageUnavailable        the site will not give the page: not found, gone, forbidden
│   ├── FetchTimedOut          the site took too long
│   ├── UnsupportedContent     a PDF, an image, an archive: not a page
│   ├── PageTooLarge           more bytes than we read
│   └── ExtractionFailed       the page made the extractor fail or run out of time or memory
├── EngineError                the model did not give a usable answer
│   ├── EngineMisconfigured    wrong key, no such model, bad certificate
│   ├── EngineUnavailable      cannot be reached, or takes no requests now
│   ├── EngineServerError      answers with a server error, or breaks off
│   ├── EngineRateLimited      asked us to wait longer than we may
│   ├── EngineQuotaExhausted   no credit left
│   ├── EngineTimedOut         no answer inside the deadline
│   ├── EngineRejectedRequest  the server does not accept what we ask (not the caller's fault)
│   ├── EngineInputTooLong     the article does not fit the model's context
│   ├── EngineBadOutput        an answer that is no valid draft, after one more ask
│   ├── EngineOutputTruncated  cut off at the token limit
│   ├── EngineRefused          the model declined
│   └── EngineFiltered         a content filter stopped it
├── IdempotencyInProgress      the request of this Idempotency-Key is still being answered
├── IdempotencyDisabled        this service keeps nothing, so it cannot know a request again
├── InvalidApiKey              no key, or one that is not (or no longer) good
├── InsufficientScope          the key is good, but not for this
├── Overloaded                 the service has more to do than it can, and takes no more for a moment
├── ShuttingDown               the service ends: ask again, and another one answers
├── RateLimited                the caller has used up what it may have for now
├── InvalidSignature           a call that claims to be Slack's and is not signed as Slack signs
├── AnalysisNotFound           no such analysis, or it is no longer kept
├── StorageDisabled            this service keeps no analyses: the store is off
├── BatchNotFound              no such batch, or it is somebody else's
├── InvalidBatchTransition     the batch is in a state that does not allow this
├── WebhookNotFound            no such webhook, or it is somebody else's
├── DeliveryNotFound           no such message to this webhook, or it is no longer kept
├── WebhookLimitReached        the caller has as many as anybody may have
├── StorageUnavailable         the database cannot be reached or written now
├── BatchesDisabled            this service takes no batches: they are off, or the extra is missing
├── UntrustedHost              a page was asked for under a name that is not this service's own (DNS rebinding)
├── CrossOriginRequest         a form that a page of another site sent (CSRF)
├── PromptInvalid              a prompt or axis file breaks its specification (found at start)
└── SettingsInvalid            a setting is missing, malformed or unsafe (found at start)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.domain.analysis import Attempt


class SubtextError(Exception):
    """A failure with a stable `code`, a sentence for people (what happened, what to do), and whether to try again."""

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_s = retry_after_s


class InvalidInput(SubtextError):
    """The caller's input cannot be analysed; sending it again unchanged will not help."""

    code = "input_refused"


class RequestInvalid(InvalidInput):
    """Fields are missing, contradictory or malformed."""

    code = "request_invalid"


class InvalidText(InvalidInput):
    """The text is empty, or holds code points that are no characters (lone surrogates)."""

    code = "text_refused"


class TextTooLong(InvalidInput):
    """The text is over the configured limit of characters."""

    code = "text_too_long"


class NotAnArticle(InvalidInput):
    """The page holds no article: an error page, a consent or pay wall, a login, a list of links."""

    code = "not_an_article"


class UnsupportedLanguage(InvalidInput):
    """The chosen engine cannot read the article's language."""

    code = "language_unsupported"


class AxisNotFound(InvalidInput):
    """No axis of this id and version is loaded."""

    code = "axis_unknown"


class UnsupportedAxis(InvalidInput):
    """The chosen engine cannot judge this axis."""

    code = "axis_not_supported"


class PromptNotFound(InvalidInput):
    """No prompt of this id and version is loaded."""

    code = "prompt_unknown"


class EngineNotFound(InvalidInput):
    """No engine of this name is configured."""

    code = "engine_unknown"


class AnalysisNotFound(SubtextError):
    """No analysis of this id is kept, or not any more."""

    code = "analysis_unknown"


class StorageDisabled(SubtextError):
    """Nothing is kept here: the store is switched off."""

    code = "analyses_not_kept"


class BatchNotFound(SubtextError):
    """No batch of this id is the caller's."""

    code = "batch_unknown"


class InvalidBatchTransition(SubtextError):
    """The batch is in a state that does not allow this."""

    code = "batch_conflict"


class WebhookNotFound(SubtextError):
    """No webhook of this id is the caller's."""

    code = "webhook_unknown"


class DeliveryNotFound(SubtextError):
    """No message of this id was sent to this webhook, or it is kept no longer."""

    code = "delivery_unknown"


class WebhookLimitReached(SubtextError):
    """There are as many webhooks already as one owner may have."""

    code = "too_many_webhooks"


class StorageUnavailable(SubtextError):
    """The database cannot be reached or written now; what was accepted is kept."""

    code = "store_unavailable"
    retryable = True


class BatchesDisabled(SubtextError):
    """No batches are taken here: they are switched off, or the extra `batch` is not installed."""

    code = "batches_unavailable"


class UntrustedHost(SubtextError):
    """The Host header is not one of this service's names; this protects against DNS rebinding."""

    code = "host_refused"


class CrossOriginRequest(SubtextError):
    """A form was sent by a page of another site (CSRF protection); nothing was done."""

    code = "origin_refused"


class IntakeError(SubtextError):
    """The article could not be had from where the caller pointed."""

    code = "intake_failed"


class ForbiddenUrl(IntakeError):
    """The URL, or an address it leads to, is one that is never fetched."""

    code = "url_refused"

    def __init__(self, detail: str, *, retry_after_s: float | None = None, is_private: bool = False) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)
        self.is_private = is_private


class FetchFailed(IntakeError):
    """The site could not be reached, or failed on its side."""

    code = "fetch_failed"
    retryable = True


class PageUnavailable(IntakeError):
    """The site answered that it will not give the page: trying again does not help."""

    code = "page_unavailable"


class FetchTimedOut(IntakeError):
    """The site did not deliver the page in time."""

    code = "fetch_timed_out"
    retryable = True


class UnsupportedContent(IntakeError):
    """The address leads to something that is no page of text."""

    code = "content_unsupported"


class PageTooLarge(IntakeError):
    """The page is larger than what is read."""

    code = "page_too_large"


class ExtractionFailed(IntakeError):
    """The page made the extractor fail, or run out of its time or memory."""

    code = "extraction_failed"


class EngineError(SubtextError):
    """The engine gave no usable answer; `attempts` is what was tried, in order."""

    code = "engine_failed"

    def __init__(self, detail: str, *, retry_after_s: float | None = None, attempts: tuple[Attempt, ...] = ()) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)
        self.attempts = attempts


class EngineMisconfigured(EngineError):
    """The operator must act: wrong key, no such model, a certificate that does not hold."""

    code = "engine_misconfigured"


class EngineUnavailable(EngineError):
    """The engine cannot be reached, or takes no requests now."""

    code = "engine_unavailable"
    retryable = True


class EngineServerError(EngineError):
    """The engine failed on its side, or broke off while answering."""

    code = "engine_erred"
    retryable = True


class EngineRateLimited(EngineError):
    """The engine asks for a longer wait than the request's deadline allows."""

    code = "engine_rate_limited"
    retryable = True


class EngineQuotaExhausted(EngineError):
    """The operator's account has no credit left."""

    code = "engine_quota_exhausted"


class EngineTimedOut(EngineError):
    """No usable answer came inside the deadline."""

    code = "engine_timed_out"
    retryable = True


class EngineRejectedRequest(EngineError):
    """The server does not accept the request that we built; the caller's input is not at fault."""

    code = "engine_rejected_request"


class EngineInputTooLong(EngineError):
    """The article does not fit into the model's context."""

    code = "engine_input_too_long"


class EngineBadOutput(EngineError):
    """The answer is no valid draft, and one more ask with the error did not mend it."""

    code = "engine_bad_output"
    retryable = True


class EngineOutputTruncated(EngineError):
    """The answer was cut off at the token limit."""

    code = "engine_output_truncated"


class EngineRefused(EngineError):
    """The model declined to answer about this article."""

    code = "engine_refused"


class EngineFiltered(EngineError):
    """A content filter on the model's side stopped the answer."""

    code = "engine_filtered"


class IdempotencyMismatch(InvalidInput):
    """The Idempotency-Key was used for another request: take a new key for a new request."""

    code = "idempotency_mismatch"


class IdempotencyInProgress(SubtextError):
    """The request of this Idempotency-Key is still being answered: ask again in a moment, with the same key."""

    code = "idempotency_in_progress"
    retryable = True


class IdempotencyDisabled(SubtextError):
    """Nothing is kept here, so a request cannot be known again: leave the Idempotency-Key out."""

    code = "idempotency_unavailable"


class InvalidApiKey(SubtextError):
    """There is no key, or it is malformed, unknown or revoked: which of these is not said."""

    code = "key_refused"


class InsufficientScope(SubtextError):
    """The key is good, but was not made for this."""

    code = "scope_missing"


class Overloaded(SubtextError):
    """The service has more to do than it can: it takes no more for a moment, and nothing of this request was begun."""

    code = "overloaded"
    retryable = True


class ShuttingDown(SubtextError):
    """The service is about to end: ask again, and another one, or this one started anew, answers."""

    code = "shutting_down"
    retryable = True


class RateLimited(SubtextError):
    """The caller has used up its requests or tokens for now; Retry-After says when there are more."""

    code = "rate_limited"
    retryable = True


class InvalidSignature(SubtextError):
    """A call claims to come from Slack, and is unsigned, signed by somebody else, or too old."""

    code = "signature_refused"


class PromptInvalid(SubtextError):
    """A prompt or axis file breaks its specification, or differs from its released digest."""

    code = "prompt_invalid"


class SettingsInvalid(SubtextError):
    """A setting is missing, malformed or unsafe."""

    code = "settings_invalid"


def iter_causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and what it was raised from or while handling, nearest first.

    An exception that is raised twice can stand in its own chain: each comes once.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
