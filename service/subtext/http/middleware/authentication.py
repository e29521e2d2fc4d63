"""Authentication middleware (plain ASGI): API keys and their rate limits, before the body is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse

from subtext.domain.caller import ANONYMOUS, Caller
from subtext.errors import InvalidApiKey, SubtextError
from subtext.http.problems import handle_error
from subtext.http.state import get_app_state, get_request_state
from subtext.services.token_meter import TokenMeter

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from subtext.http.api_keys import ApiKeyVerifier
    from subtext.http.rate_limiter import RateLimiter, RateLimitGrant

COOKIE = "subtext_key"
SIGN_IN = "/sign-in"
# What programs call: they present a key in a header, and get a problem without one.
_API = ("/v1/", "/mcp")
# Probes, documentation and signing in need no key; Slack's own deliveries are signed.
_PUBLIC_PATHS = frozenset({"/healthz", "/readyz", "/version", "/docs", "/openapi.json", SIGN_IN, "/sign-out"})
_PUBLIC_PREFIXES = ("/docs/", "/problems/", "/static/", "/slack/")


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Authenticate callers: the key verifier, the rate limiter, and whether a key is required."""

    verifier: ApiKeyVerifier
    rate_limiter: RateLimiter
    required: bool

    async def authenticate(self, key: str, request: Request) -> Caller:
        """Return the caller of a key; raises `InvalidApiKey`, or `RateLimited` after too many from one address."""
        try:
            return await self.verifier.verify(key)
        except InvalidApiKey:
            await self.rate_limiter.record_failure(request.client.host if request.client else "")
            raise


class AuthenticationMiddleware:
    """Authenticate each request and charge its rate limits; without an authenticator every request passes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        services = get_app_state(scope["app"]).services if scope["type"] == "http" else None
        authenticator = services.authenticator if services else None
        if authenticator is None or is_public_path(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            caller = await self._authenticate(authenticator, Request(scope))
            grant = await authenticator.rate_limiter.acquire(caller, _body_bytes(scope)) if caller.key_id else None
        except SubtextError as error:
            response = await _error_response(Request(scope), error)
            await response(scope, receive, send)
            return
        get_request_state(scope).caller = caller
        if grant is None:
            await self._app(scope, receive, send)
        else:
            await self._with_rate_limit(authenticator, caller, grant)(scope, receive, send)

    async def _authenticate(self, authenticator: Authenticator, request: Request) -> Caller:
        key = api_key_from(request)
        if key is None:
            if authenticator.required:
                raise InvalidApiKey("this service asks for a key: send one as `Authorization: Bearer …`")
            return ANONYMOUS
        return await authenticator.authenticate(key, request)

    def _with_rate_limit(self, authenticator: Authenticator, caller: Caller, grant: RateLimitGrant) -> ASGIApp:
        async def respond(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message).update(grant.headers)
                await send(message)

            meter = get_request_state(scope).meter = TokenMeter(
                partial(authenticator.rate_limiter.reserve, caller, grant)
            )
            try:
                await self._app(scope, receive, send_with_headers)
            finally:
                await authenticator.rate_limiter.reconcile(caller, grant, meter.spent)

        return respond


def is_public_path(path: str) -> bool:
    """Return whether a path needs no key."""
    return path in _PUBLIC_PATHS or path.startswith(_PUBLIC_PREFIXES)


def api_key_from(request: Request) -> str | None:
    """Return the API key of a request: from a header, or for pages from the sign-in cookie."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if (header := request.headers.get("x-api-key")) is not None:
        return header.strip()
    # CSRF: browsers send the cookie with other sites' requests too, so it opens pages alone, whose forms check Origin.
    if request.scope["path"].startswith(_API):
        return None
    return cookie_parser(request.headers.get("cookie", "")).get(COOKIE)


async def _error_response(request: Request, error: SubtextError) -> Response:
    if isinstance(error, InvalidApiKey) and not request.scope["path"].startswith(_API):
        path = quote(request.scope["path"] if request.method == "GET" else "/")
        return RedirectResponse(f"{SIGN_IN}?next={path}", HTTPStatus.SEE_OTHER)
    response = await handle_error(request, error)
    if isinstance(error, InvalidApiKey):
        response.headers["WWW-Authenticate"] = 'Bearer realm="subtext"'
    return response


def _body_bytes(scope: Scope) -> int:
    """Return the declared length of the body (bytes), from which the tokens of the request are estimated."""
    if scope["method"] != "POST":
        return 0
    declared = Headers(scope=scope).get("content-length", "")
    return int(declared[:20]) if declared.isdecimal() else 0
