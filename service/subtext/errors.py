"""Error tree: every way in which Subtext can fail.

SubtextError
├── InvalidInput               the caller can correct it
│   ├── RequestInvalid         fields missing, contradictory or malformed
│   ├── InvalidText            empty, or code points that are not characters
│   ├── TextTooLong            over the configured limit
│   ├── NotAnArticle           an error page, a consent wall or paywall, a login, links
│   ├── UnsupportedLanguage    the chosen engine cannot read its language
│   ├── AxisNotFound           no such axis (or version)
│   ├── UnsupportedAxis        the chosen engine cannot judge this axis
│   ├── PromptNotFound         no such prompt (or version)
│   ├── EngineNotFound         no such engine, or it is not configured
│   └── IdempotencyMismatch    an Idempotency-Key was used for another request
├── IntakeError                the article could not be obtained
│   ├── ForbiddenUrl           scheme, host, port or address that must not be fetched (SSRF)
│   ├── FetchFailed            the site did not answer, or had a server error
│   ├── PageUnavailable        the site does not serve the page: not found, gone, forbidden
│   ├── FetchTimedOut          the site took too long
│   ├── UnsupportedContent     not a page of text: a PDF, an image, an archive
│   ├── PageTooLarge           more bytes than the limit
│   └── ExtractionFailed       the extractor failed, or ran out of time or memory
├── ExtractorUnavailable       the process that extracts pages does not start
├── EngineError                the model did not give a usable answer
│   ├── EngineMisconfigured    wrong key, no such model, bad certificate
│   ├── EngineUnavailable      cannot be reached, or accepts no requests now
│   ├── EngineServerError      answered with a server error, or broke off
│   ├── EngineRateLimited      asks for a longer wait than the deadline allows
│   ├── EngineQuotaExhausted   no credit left
│   ├── EngineTimedOut         no usable answer within the deadline
│   ├── EngineRejectedRequest  the server rejects our request (not the caller's fault)
│   ├── EngineInputTooLong     the article does not fit the model's context
│   ├── EngineBadOutput        an invalid answer, and another one after a retry
│   ├── EngineOutputTruncated  cut off at the token limit
│   ├── EngineRefused          the model declined
│   └── EngineFiltered         a content filter stopped it
├── IdempotencyInProgress      the request with this Idempotency-Key is still in progress
├── IdempotencyDisabled        this service stores nothing, so it cannot recognize a repeated request
├── InvalidApiKey              the API key is missing, malformed, unknown or revoked
├── InsufficientScope          the API key lacks the scope
├── Overloaded                 the service is at capacity
├── NotReady                   the service is loading what it answers with, or cannot
├── ShuttingDown               the service is shutting down
├── RateLimited                the caller is over its limit of requests or tokens
├── InvalidSignature           a Slack request with a missing, wrong or old signature
├── AnalysisNotFound           no such analysis, or it is no longer stored
├── StorageDisabled            this service stores no analyses: storage is off
├── BatchNotFound              no such batch, or it is another owner's
├── InvalidBatchTransition     the state of the batch does not allow this
├── WebhookNotFound            no such webhook, or it is another owner's
├── DeliveryNotFound           no such delivery, or it is no longer stored
├── DeliveryInProgress         the delivery is being sent at this moment
├── WebhookLimitReached        the caller has the maximum number of webhooks
├── StorageUnavailable         the database cannot be reached or written
├── BatchesDisabled            this service accepts no batches: switched off, or the extra is missing
├── UntrustedHost              the Host header is not one of the service's names (DNS rebinding)
├── CrossOriginRequest         a form from a page of another site (CSRF)
├── PromptInvalid              a prompt or axis file breaks its specification (found at start)
└── SettingsInvalid            a setting is missing, malformed or unsafe (found at start)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from subtext.domain.analysis import Attempt


class SubtextError(Exception):
    """Base of all errors: a stable `code`, a message for people (what happened, what to do), and `retryable`."""

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
    """The text is empty, or holds code points that are not characters (lone surrogates)."""

    code = "text_refused"


class TextTooLong(InvalidInput):
    """The text is over the configured limit of characters."""

    code = "text_too_long"


class NotAnArticle(InvalidInput):
    """The page holds no article: it is an error page, a consent wall or paywall, a login, or a list of links."""

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
    """No analysis of this id is stored, or it has expired or was deleted."""

    code = "analysis_unknown"


class StorageDisabled(SubtextError):
    """Storage is switched off, so no analyses are stored."""

    code = "analyses_not_kept"


class BatchNotFound(SubtextError):
    """The caller has no batch of this id."""

    code = "batch_unknown"


class InvalidBatchTransition(SubtextError):
    """The batch is in a state that does not allow this."""

    code = "batch_conflict"


class WebhookNotFound(SubtextError):
    """The caller has no webhook of this id."""

    code = "webhook_unknown"


class DeliveryNotFound(SubtextError):
    """The webhook has no delivery of this id, or it is no longer stored."""

    code = "delivery_unknown"


class DeliveryInProgress(SubtextError):
    """The message is being sent to the webhook at this moment: wait for how that ends before it is sent again."""

    code = "delivery_in_progress"
    retryable = True


class WebhookLimitReached(SubtextError):
    """The caller already has the maximum number of webhooks."""

    code = "too_many_webhooks"


class StorageUnavailable(SubtextError):
    """The database cannot be reached or written now; what was accepted before is not lost."""

    code = "store_unavailable"
    retryable = True


class BatchesDisabled(SubtextError):
    """Batches are switched off, or the extra `batch` is not installed."""

    code = "batches_unavailable"


class UntrustedHost(SubtextError):
    """The Host header is not one of this service's names; this protects against DNS rebinding."""

    code = "host_refused"


class CrossOriginRequest(SubtextError):
    """A page of another site sent a form (CSRF protection); nothing was changed."""

    code = "origin_refused"


class IntakeError(SubtextError):
    """The article could not be fetched or extracted from its URL."""

    code = "intake_failed"


class ForbiddenUrl(IntakeError):
    """The URL, or an address that it resolves or redirects to, must not be fetched (SSRF protection)."""

    code = "url_refused"

    def __init__(self, detail: str, *, retry_after_s: float | None = None, is_private: bool = False) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)
        self.is_private = is_private


class FetchFailed(IntakeError):
    """The site could not be reached, or answered with a server error."""

    code = "fetch_failed"
    retryable = True


class PageUnavailable(IntakeError):
    """The site does not serve this page (not found, gone, forbidden): trying again does not help."""

    code = "page_unavailable"


class FetchTimedOut(IntakeError):
    """The site did not deliver the page in time."""

    code = "fetch_timed_out"
    retryable = True


class UnsupportedContent(IntakeError):
    """The address leads to something that is not a page of text, such as a PDF or an image."""

    code = "content_unsupported"


class PageTooLarge(IntakeError):
    """The page is larger than the limit."""

    code = "page_too_large"


class ExtractionFailed(IntakeError):
    """The article could not be extracted: the extractor failed, or ran out of time or memory."""

    code = "extraction_failed"


class ExtractorUnavailable(SubtextError):
    """The process that extracts articles from pages does not start: the installation is broken, or memory is short."""

    code = "extractor_unavailable"
    retryable = True


class EngineError(SubtextError):
    """The engine gave no usable answer; `attempts` is what was tried, in order."""

    code = "engine_failed"

    def __init__(self, detail: str, *, retry_after_s: float | None = None, attempts: tuple[Attempt, ...] = ()) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)
        self.attempts = attempts


class EngineMisconfigured(EngineError):
    """The operator must act: wrong key, no such model, or an invalid certificate."""

    code = "engine_misconfigured"


class EngineUnavailable(EngineError):
    """The engine cannot be reached, or accepts no requests now."""

    code = "engine_unavailable"
    retryable = True


class EngineServerError(EngineError):
    """The engine answered with a server error, or broke off its answer."""

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
    """The engine gave no usable answer within the deadline."""

    code = "engine_timed_out"
    retryable = True


class EngineRejectedRequest(EngineError):
    """The model's server rejects the request that this service built; the caller's input is not at fault."""

    code = "engine_rejected_request"


class EngineInputTooLong(EngineError):
    """The article does not fit into the model's context."""

    code = "engine_input_too_long"


class EngineBadOutput(EngineError):
    """The model's answer is invalid, and so is a second one after it was told the error."""

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
    """The Idempotency-Key was used for another request: use a new key for a new request."""

    code = "idempotency_mismatch"


class IdempotencyInProgress(SubtextError):
    """The request with this Idempotency-Key is still in progress: send it again in a moment, with the same key."""

    code = "idempotency_in_progress"
    retryable = True


class IdempotencyDisabled(SubtextError):
    """Storage is switched off, so a repeated request cannot be recognized: leave the Idempotency-Key out."""

    code = "idempotency_unavailable"


class InvalidApiKey(SubtextError):
    """The API key is missing, malformed, unknown or revoked; the answer does not say which."""

    code = "key_refused"


class InsufficientScope(SubtextError):
    """The API key is valid, but lacks the scope for this operation."""

    code = "scope_missing"


class Overloaded(SubtextError):
    """The service is at capacity and accepts no more requests for a moment; this one was not started."""

    code = "overloaded"
    retryable = True


class NotReady(SubtextError):
    """The service has just started and is loading its models, for which requests wait, or it cannot load them."""

    code = "not_ready"
    retryable = True


class ShuttingDown(SubtextError):
    """The service is shutting down: send the request again, to another instance or after the restart."""

    code = "shutting_down"
    retryable = True


class RateLimited(SubtextError):
    """The caller is over its limit of requests or tokens; `Retry-After` says how long to wait.

    `limits` holds the RateLimit headers that describe the limit.
    """

    code = "rate_limited"
    retryable = True

    def __init__(
        self, detail: str, *, retry_after_s: float | None = None, limits: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)
        self.limits = limits or {}


class InvalidSignature(SubtextError):
    """A request to a Slack endpoint has no signature, a wrong one, or one that is too old."""

    code = "signature_refused"


class PromptInvalid(SubtextError):
    """A prompt or axis file breaks its specification, or differs from its released digest."""

    code = "prompt_invalid"


class SettingsInvalid(SubtextError):
    """A setting is missing, malformed or unsafe."""

    code = "settings_invalid"


def iter_causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and the chain of its causes and contexts, nearest first.

    An exception that was raised twice can be part of its own chain, so each is yielded once.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def describe_os_error(error: OSError | ValueError) -> str:
    """Return the system's reason for refusing a file or a socket, in lower case, without the file's name.

    A ValueError is what Python raises for a name that no system takes, such as one with a NUL.
    """
    return (getattr(error, "strerror", None) or str(error)).lower()
