"""Errors by code: the class of a problem is named as its code, so that `rate_limited` is `RateLimited`."""

from __future__ import annotations

import re

from subtext.client.errors import (
    AccessDenied,
    EngineFailed,
    FeatureDisabled,
    InvalidRequest,
    PageNotReadable,
    ProblemReceived,
    QuotaExceeded,
    ResourceNotFound,
    ServiceFailed,
    StateConflict,
)

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class RequestInvalid(InvalidRequest):
    """Fields are missing, contradictory or malformed: see `fields`."""


class RequestMalformed(InvalidRequest):
    """The request cannot be parsed."""


class TextRefused(InvalidRequest):
    """The text is empty, or holds code points that are not characters."""


class TextTooLong(InvalidRequest):
    """The text is over the service's limit."""


class BodyTooLarge(InvalidRequest):
    """The body is larger than the service accepts."""


class HeadTooLarge(InvalidRequest):
    """The URL and the headers are larger than the service accepts."""


class MediaTypeUnsupported(InvalidRequest):
    """The body has a media type that the service does not take."""


class MethodNotAllowed(InvalidRequest):
    """The address does not support this method."""


class LanguageUnsupported(InvalidRequest):
    """The chosen engine cannot read the article's language."""


class AxisUnknown(InvalidRequest):
    """No axis of this id and version is loaded."""


class AxisNotSupported(InvalidRequest):
    """The chosen engine cannot judge this axis."""


class EngineUnknown(InvalidRequest):
    """No engine of this name is configured."""


class IdempotencyMismatch(InvalidRequest):
    """The idempotency key was used for another request."""


class NotAnArticle(PageNotReadable):
    """The page holds no article: an error, a wall, a login or a list of links."""


class UrlRefused(PageNotReadable):
    """The URL must not be fetched (SSRF protection)."""


class FetchFailed(PageNotReadable):
    """The site could not be reached, or answered with a server error."""


class FetchTimedOut(PageNotReadable):
    """The site did not deliver the page in time."""


class PageUnavailable(PageNotReadable):
    """The site does not serve this page."""


class PageTooLarge(PageNotReadable):
    """The page is larger than the limit."""


class ContentUnsupported(PageNotReadable):
    """The address leads to something that is not a page of text."""


class ExtractionFailed(PageNotReadable):
    """The article could not be extracted from the page."""


class NotFound(ResourceNotFound):
    """There is nothing at this address."""


class AnalysisUnknown(ResourceNotFound):
    """No analysis of this id is stored."""


class PromptUnknown(ResourceNotFound):
    """No prompt of this id and version is loaded."""


class BatchUnknown(ResourceNotFound):
    """There is no batch of this id."""


class WebhookUnknown(ResourceNotFound):
    """There is no webhook of this id."""


class DeliveryUnknown(ResourceNotFound):
    """The webhook has no delivery of this id."""


class BatchConflict(StateConflict):
    """The batch is in a state that does not allow this."""


class DeliveryInProgress(StateConflict):
    """The message is being delivered at this moment."""


class TooManyWebhooks(StateConflict):
    """There are as many webhooks as an owner may have."""


class IdempotencyInProgress(StateConflict):
    """The request with this idempotency key is still in progress."""


class KeyRefused(AccessDenied):
    """The API key is missing, malformed, unknown or revoked."""


class ScopeMissing(AccessDenied):
    """The API key lacks the scope for this."""


class SignatureRefused(AccessDenied):
    """The signature of the request is missing, wrong or too old."""


class HostRefused(AccessDenied):
    """The Host header is not one of the service's names."""


class OriginRefused(AccessDenied):
    """A page of another site sent the request."""


class RateLimited(QuotaExceeded):
    """The key is over its limit of requests or tokens."""


class EngineMisconfigured(EngineFailed):
    """The operator must act: wrong key, no such model, or an invalid certificate."""


class EngineUnavailable(EngineFailed):
    """The engine cannot be reached, or accepts no requests now."""


class EngineErred(EngineFailed):
    """The engine answered with a server error, or broke off its answer."""


class EngineRateLimited(EngineFailed):
    """The engine asks for a longer wait than the request's deadline allows."""


class EngineQuotaExhausted(EngineFailed):
    """The operator's account has no credit left."""


class EngineTimedOut(EngineFailed):
    """The engine gave no usable answer within the deadline."""


class EngineRejectedRequest(EngineFailed):
    """The model's server rejects what the service asked."""


class EngineInputTooLong(EngineFailed):
    """The article does not fit into the model's context."""


class EngineBadOutput(EngineFailed):
    """The model's answer is invalid."""


class EngineOutputTruncated(EngineFailed):
    """The answer was cut off at the token limit."""


class EngineRefused(EngineFailed):
    """The model declined to answer about this article."""


class EngineFiltered(EngineFailed):
    """A content filter on the model's side stopped the answer."""


class AnalysesNotKept(FeatureDisabled):
    """The service stores no analyses."""


class BatchesUnavailable(FeatureDisabled):
    """The service takes no batches."""


class IdempotencyUnavailable(FeatureDisabled):
    """The service stores nothing, so it cannot recognize a repeated request."""


class Internal(ServiceFailed):
    """An unexpected error happened in the service."""


class StoreUnavailable(ServiceFailed):
    """The database cannot be reached or written now."""


class ExtractorUnavailable(ServiceFailed):
    """The service cannot extract articles from pages now; plain text still works."""


class Overloaded(ServiceFailed):
    """The service is at capacity; the request was not started."""


class NotReady(ServiceFailed):
    """The service has just started and is loading its models."""


class ShuttingDown(ServiceFailed):
    """The service is shutting down."""


class RequestTimeout(ServiceFailed):
    """The request did not arrive in time."""


class ClientGone(ServiceFailed):
    """The client disconnected before the response was ready."""


class PromptInvalid(ServiceFailed):
    """A prompt or axis file of the service is invalid."""


class SettingsInvalid(ServiceFailed):
    """A setting of the service is missing, malformed or unsafe."""


_CLASS_BY_STATUS: dict[int, type[ProblemReceived]] = {
    400: InvalidRequest,
    401: AccessDenied,
    403: AccessDenied,
    404: ResourceNotFound,
    405: InvalidRequest,
    409: StateConflict,
    413: InvalidRequest,
    415: InvalidRequest,
    422: InvalidRequest,
    429: QuotaExceeded,
    431: InvalidRequest,
    501: FeatureDisabled,
}


_CLASS_BY_CODE: dict[str, type[ProblemReceived]] = {
    _WORD.sub("_", kind.__name__).lower(): kind
    for group in ProblemReceived.__subclasses__()
    for kind in group.__subclasses__()
}


def error_class(code: str, status: int) -> type[ProblemReceived]:
    """Return the class of a code; of an unknown one, the class that fits its status."""
    return _CLASS_BY_CODE.get(code) or _CLASS_BY_STATUS.get(status, ServiceFailed)
