"""Table of the shapes in which servers report errors: the outcome of each, and how long it asks to wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from subtext import errors
from tests.support.engines import completion


@dataclass(frozen=True)
class SystemRoleRefusal:
    """Error with which a server refuses messages of the role `system`."""

    id: str
    status: int
    body: object


def openai_error(message: str, **others: Any) -> dict[str, Any]:
    """Return an error in OpenAI's shape."""
    return {"error": {"message": message, "type": "invalid_request_error"} | others}


NO_SYSTEM = (
    SystemRoleRefusal("vllm, gemma 1", 400, {"object": "error", "message": "System role not supported", "code": 400}),
    SystemRoleRefusal(
        "llama.cpp, 500", 500, openai_error("Only user and assistant roles are supported!", type="server_error")
    ),
    SystemRoleRefusal("llama.cpp, jinja", 500, openai_error("Jinja Exception: System role not supported")),
    SystemRoleRefusal(
        "mistral 7b", 400, openai_error("Conversation roles must alternate user/assistant/user/assistant/...")
    ),
    SystemRoleRefusal("tgi", 422, {"error": "Template error: unknown, at line 1", "error_type": "template_error"}),
    SystemRoleRefusal(
        "openai o1",
        400,
        openai_error("Unsupported value: 'messages[0].role' does not support 'system' with this model."),
    ),
    SystemRoleRefusal(
        "gemma at google", 400, [openai_error("Developer instruction is not enabled for models/gemma-3-27b-it")]
    ),
    SystemRoleRefusal(
        "a type of role", 400, openai_error('messages: Unexpected role "system". Use the top-level `system`.')
    ),
    SystemRoleRefusal(
        "fastapi", 422, {"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "Input should be 'user'"}]}
    ),
    SystemRoleRefusal("bare text", 500, "jinja2.exceptions.TemplateError: System role not supported"),
    SystemRoleRefusal("bedrock", 400, {"message": "A conversation must start with a user message."}),
    SystemRoleRefusal("a proxy, 200", 200, {"error": "This model does not support system messages."}),
    SystemRoleRefusal("by parameter", 400, openai_error("Invalid value: 'system'.", param="messages[0].role")),
)


@dataclass(frozen=True)
class ErrorCase:
    """One row of the table: an error as a server reports it, its outcome, and how long it asks to wait."""

    id: str
    status: int
    body: object
    outcome: str
    error: type[errors.EngineError]
    wait_s: float | None = None
    headers: str = ""


def _in_choice(error: object = None, **others: Any) -> dict[str, Any]:
    """Return an answer of OpenRouter's whose first choice failed."""
    found = completion("The first words", finish_reason="error")
    found["choices"][0] |= {} if error is None else {"error": error}
    return found | others


def google_error(status: str, code: int, message: str = "no", **others: Any) -> list[dict[str, Any]]:
    """Return an error in Google's shape."""
    return [{"error": {"code": code, "message": message, "status": status} | others}]


def retry_info(delay: object) -> list[dict[str, Any]]:
    """Return the details in which Google asks to wait."""
    kind = "type.googleapis.com/google.rpc."
    return [{"@type": f"{kind}QuotaFailure"}, {"@type": f"{kind}RetryInfo", "retryDelay": delay}]


def anthropic_error(kind: str, message: str = "no") -> dict[str, Any]:
    """Return an error in Anthropic's shape."""
    return {"type": "error", "error": {"type": kind, "message": message}}


RATE, DOWN, ERRED = errors.EngineRateLimited, errors.EngineUnavailable, errors.EngineServerError
KEY_OR_MODEL, CREDIT, LONG = errors.EngineMisconfigured, errors.EngineQuotaExhausted, errors.EngineInputTooLong
REJECTED, FILTERED, LATE = errors.EngineRejectedRequest, errors.EngineFiltered, errors.EngineTimedOut
PLEASE = "Rate limit reached for m on tokens per min (TPM). Please try again in {}."

IN_A_200 = (
    ErrorCase("choice, 429", 200, _in_choice({"code": 429, "message": "no"}), "rate_limited", RATE),
    ErrorCase("choice, 429 as text", 200, _in_choice({"code": "429", "message": "no"}), "rate_limited", RATE),
    ErrorCase(
        "choice, 502", 200, _in_choice({"code": 502, "message": "Provider returned error"}), "server_error", ERRED
    ),
    ErrorCase("choice, 403", 200, _in_choice({"code": 403, "message": "Input was flagged"}), "filtered", FILTERED),
    ErrorCase(
        "choice, 402", 200, _in_choice({"code": 402, "message": "Insufficient credits"}), "quota_exhausted", CREDIT
    ),
    ErrorCase("choice, a word", 200, _in_choice("overloaded"), "overloaded", DOWN),
    ErrorCase("choice, its reason alone", 200, _in_choice(), "server_error", ERRED),
    ErrorCase("choice, and the error on top", 200, _in_choice(error={"code": 429}), "rate_limited", RATE),
    ErrorCase(
        "choice, an error within",
        200,
        _in_choice({"code": 400, "metadata": {"raw": '{"error": {"code": "context_length_exceeded"}}'}}),
        "input_too_long",
        LONG,
    ),
    ErrorCase(
        "choice, with a wait",
        200,
        _in_choice({"code": 429, "metadata": {"headers": {"Retry-After": "41"}}}),
        "rate_limited",
        RATE,
        41.0,
    ),
    ErrorCase("a string", 200, {"error": "model 'm' not found"}, "not_found", KEY_OR_MODEL),
    ErrorCase("detail", 200, {"detail": "Invalid API key"}, "unauthorized", KEY_OR_MODEL),
    ErrorCase("message and code", 200, {"message": "no", "code": 429}, "rate_limited", RATE),
    ErrorCase("object: error", 200, {"object": "error", "message": "no", "code": 400}, "rejected", REJECTED),
    ErrorCase("type: error", 200, anthropic_error("overloaded_error"), "overloaded", DOWN),
    ErrorCase("a list", 200, google_error("PERMISSION_DENIED", 403), "unauthorized", KEY_OR_MODEL),
    ErrorCase("a name of gRPC alone", 200, {"error": {"status": "UNAVAILABLE"}}, "overloaded", DOWN),
    ErrorCase("an error that says nothing", 200, {"error": True}, "server_error", ERRED),
)
WITH_A_STATUS = (
    ErrorCase("openai, rate", 429, openai_error("no", code="rate_limit_exceeded"), "rate_limited", RATE),
    ErrorCase("openai, credit", 429, openai_error("no", code="insufficient_quota"), "quota_exhausted", CREDIT),
    ErrorCase("openai, key", 401, openai_error("no", code="invalid_api_key"), "unauthorized", KEY_OR_MODEL),
    ErrorCase("ollama, model", 404, {"error": 'model "m" not found, try pulling it first'}, "not_found", KEY_OR_MODEL),
    ErrorCase(
        "ollama, model, 400", 400, {"error": 'model "m" not found, try pulling it first'}, "not_found", KEY_OR_MODEL
    ),
    ErrorCase("anthropic, rate", 429, anthropic_error("rate_limit_error"), "rate_limited", RATE),
    ErrorCase("anthropic, load", 529, anthropic_error("overloaded_error"), "overloaded", DOWN),
    ErrorCase("anthropic, key", 401, anthropic_error("authentication_error"), "unauthorized", KEY_OR_MODEL),
    ErrorCase("anthropic, may not", 403, anthropic_error("permission_error"), "unauthorized", KEY_OR_MODEL),
    ErrorCase("anthropic, model", 404, anthropic_error("not_found_error"), "not_found", KEY_OR_MODEL),
    ErrorCase("anthropic, request", 400, anthropic_error("invalid_request_error"), "rejected", REJECTED),
    ErrorCase("anthropic, itself", 500, anthropic_error("api_error"), "server_error", ERRED),
    ErrorCase("anthropic, size", 413, anthropic_error("request_too_large"), "input_too_long", LONG),
    ErrorCase("anthropic, time", 504, anthropic_error("timeout_error"), "server_timed_out", LATE),
    ErrorCase(
        "anthropic, credit",
        400,
        anthropic_error("invalid_request_error", "Your credit balance is too low to access the API."),
        "quota_exhausted",
        CREDIT,
    ),
    ErrorCase(
        "anthropic, length",
        400,
        anthropic_error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
        "input_too_long",
        LONG,
    ),
    ErrorCase("google, rate", 429, google_error("RESOURCE_EXHAUSTED", 429), "rate_limited", RATE),
    ErrorCase("google, load", 503, google_error("UNAVAILABLE", 503), "overloaded", DOWN),
    ErrorCase("google, time", 504, google_error("DEADLINE_EXCEEDED", 504), "server_timed_out", LATE),
    ErrorCase("google, who", 401, google_error("UNAUTHENTICATED", 401), "unauthorized", KEY_OR_MODEL),
    ErrorCase("google, model", 404, google_error("NOT_FOUND", 404), "not_found", KEY_OR_MODEL),
    ErrorCase("google, request", 400, google_error("INVALID_ARGUMENT", 400), "rejected", REJECTED),
    ErrorCase(
        "google, key",
        400,
        google_error("INVALID_ARGUMENT", 400, "API key not valid.", details=[{"reason": "API_KEY_INVALID"}]),
        "unauthorized",
        KEY_OR_MODEL,
    ),
    ErrorCase("azure, deployment", 404, openai_error("no", code="DeploymentNotFound"), "not_found", KEY_OR_MODEL),
    ErrorCase(
        "azure, filter",
        400,
        openai_error("no", code=None, innererror={"code": "ResponsibleAIPolicyViolation"}),
        "filtered",
        FILTERED,
    ),
    ErrorCase("azure, gateway", 401, {"statusCode": 401, "message": "Access denied"}, "unauthorized", KEY_OR_MODEL),
    ErrorCase("aws, rate", 400, {"__type": "com.x#ThrottlingException", "message": "no"}, "rate_limited", RATE),
    ErrorCase("aws, key", 400, {"__type": "UnrecognizedClientException"}, "unauthorized", KEY_OR_MODEL),
    ErrorCase("deepseek, model", 400, openai_error("Model Not Exist"), "not_found", KEY_OR_MODEL),
    ErrorCase("openrouter, model", 400, openai_error("x is not a valid model ID", code=400), "not_found", KEY_OR_MODEL),
    ErrorCase("openrouter, filter", 403, openai_error("Your input was flagged", code=403), "filtered", FILTERED),
    ErrorCase(
        "apigee", 429, {"fault": {"detail": {"errorcode": "policies.SpikeArrestViolation"}}}, "rate_limited", RATE
    ),
    ErrorCase(
        "cloudflare",
        400,
        {"errors": [{"code": 10000, "message": "Authentication error"}]},
        "unauthorized",
        KEY_OR_MODEL,
    ),
    ErrorCase("a gateway's own code", 500, {"error": {"code": "429", "message": "no"}}, "rate_limited", RATE),
    ErrorCase("tgi, load", 429, {"error": "no", "error_type": "overloaded"}, "overloaded", DOWN),
    ErrorCase("tgi, generation", 424, {"error": "no", "error_type": "generation"}, "server_error", ERRED),
    ErrorCase("text alone", 500, "upstream: too many requests", "rate_limited", RATE),
    ErrorCase("text that says nothing", 400, "<html>no</html>", "rejected", REJECTED),
)
WITH_A_WAIT = (
    ErrorCase(
        "google", 429, google_error("RESOURCE_EXHAUSTED", 429, details=retry_info("37s")), "rate_limited", RATE, 37.0
    ),
    ErrorCase(
        "google, parts", 503, google_error("UNAVAILABLE", 503, details=retry_info("31.5s")), "overloaded", DOWN, 31.5
    ),
    ErrorCase(
        "google, as an object",
        429,
        google_error("RESOURCE_EXHAUSTED", 429, details=retry_info({"seconds": 33, "nanos": 500_000_000})),
        "rate_limited",
        RATE,
        33.5,
    ),
    ErrorCase(
        "google, credit that comes back",
        429,
        openai_error("You exceeded your current quota, please check your plan and billing. Please retry in 37.2s."),
        "rate_limited",
        RATE,
        37.2,
    ),
    ErrorCase("openai, seconds", 429, openai_error(PLEASE.format("41.234s")), "rate_limited", RATE, 41.234),
    ErrorCase("openai, thousandths", 429, openai_error(PLEASE.format("20ms")), "rate_limited", RATE, 0.02),
    ErrorCase("openai, minutes", 429, openai_error(PLEASE.format("6m0s")), "rate_limited", RATE, 360.0),
    ErrorCase("openai, hours", 429, openai_error(PLEASE.format("1h2m3s")), "rate_limited", RATE, 600.0),
    ErrorCase("azure", 429, openai_error("Please retry after 46 seconds."), "rate_limited", RATE, 46.0),
    ErrorCase("hugging face", 503, {"error": "m is loading", "estimated_time": 40.5}, "overloaded", DOWN, 40.5),
    ErrorCase("retry-after-ms", 429, {}, "rate_limited", RATE, 30.25, "retry-after-ms: 30250\r\nRetry-After: 31\r\n"),
    ErrorCase(
        "Retry-After before the text",
        429,
        openai_error("try again in 99s"),
        "rate_limited",
        RATE,
        44.0,
        "Retry-After: 44\r\n",
    ),
    ErrorCase(
        "the limit that is used up",
        429,
        {},
        "rate_limited",
        RATE,
        66.0,
        "x-ratelimit-remaining-requests: 9\r\nx-ratelimit-reset-requests: 2h\r\n"
        "x-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 1m6s\r\n",
    ),
    ErrorCase("a wait of nothing", 429, openai_error("x", retry_after=0), "rate_limited", RATE),
    ErrorCase(
        "a wait that is none",
        429,
        google_error("RESOURCE_EXHAUSTED", 429, details=retry_info("soon")),
        "rate_limited",
        RATE,
    ),
)
