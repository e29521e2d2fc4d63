"""Authentication middleware (plain ASGI): API keys and their rate limits, before the body is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse

from subtext.domain.caller import ANONYMOUS, Caller
from subtext.errors import InvalidApiKey, SubtextError
from subtext.http.problems import handle_error
from subtext.http.sessions import is_signed_in, read_session_cookie
from subtext.http.state import get_app_state, get_request_state
from subtext.services.token_meter import TokenMeter

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from subtext.http.api_key_usage import ApiKeyUsage
    from subtext.http.api_keys import ApiKeyVerifier
    from subtext.http.rate_limiter import RateLimiter
    from subtext.http.sessions import SessionService

# Earlier versions stored the key itself in this cookie.
_KEY_COOKIE = "subtext_key"
_DELETE_KEY_COOKIE = f"{_KEY_COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=lax".encode()
SIGN_IN = "/sign-in"
# What programs call: they present a key in a header, and get a problem without one.
_API = ("/v1/", "/mcp", "/metrics")
# Probes, documentation and signing in need no key; Slack's own deliveries are signed.
_PUBLIC_PATHS = frozenset({"/healthz", "/readyz", "/version", "/docs", "/openapi.json", SIGN_IN, "/sign-out"})
_PUBLIC_PREFIXES = ("/docs/", "/problems/", "/static/", "/slack/")


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Authenticate callers: the key verifier, the rate limiter, sessions, and whether a key is required."""

    verifier: ApiKeyVerifier
    rate_limiter: RateLimiter
    sessions: SessionService
    usage: ApiKeyUsage
    required: bool

    async def authenticate(self, key: str, request: Request) -> Caller:
        """Return the caller of a key; raises `InvalidApiKey`, or `RateLimited` after too many from one address."""
        try:
            caller = await self.verifier.verify(key)
        except InvalidApiKey:
            await self.rate_limiter.record_failure(request.client.host if request.client else "")
            raise
        self.usage.record(caller.key_id or "")
        return caller


class AuthenticationMiddleware:
    """Authenticate each request and charge its rate limits; without an authenticator every request passes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "http":
            _delete_key_cookie(scope)
        services = get_app_state(scope["app"]).services if scope["type"] == "http" else None
        authenticator = services.authenticator if services else None
        if authenticator is None or is_public_path(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            caller = await self._authenticate(authenticator, request)
            grant = await authenticator.rate_limiter.acquire(caller, _body_bytes(request)) if caller.key_id else None
        except SubtextError as error:
            response = await _error_response(request, error)
            await response(scope, receive, send)
            return
        state = get_request_state(scope)
        state.caller = caller
        if grant is None:
            await self._app(scope, receive, send)
            return
        state.headers += ((name.lower().encode(), value.encode()) for name, value in grant.headers.items())
        state.meter = TokenMeter(partial(authenticator.rate_limiter.reserve, caller, grant))
        try:
            await self._app(scope, receive, send)
        finally:
            await authenticator.rate_limiter.reconcile(caller, grant, state.meter.spent)

    async def _authenticate(self, authenticator: Authenticator, request: Request) -> Caller:
        key = api_key_from(request)
        if key is not None:
            caller = await authenticator.authenticate(key, request)
            get_request_state(request.scope).has_key_header = True
            return caller
        # CSRF: browsers send the cookie with other sites' requests too, so it opens no API.
        token = None if request.scope["path"].startswith(_API) else read_session_cookie(request)
        session_caller = None if token is None else await authenticator.sessions.find_caller(token)
        is_signed_in.set(session_caller is not None)
        if session_caller is not None:
            authenticator.usage.record(session_caller.key_id or "")
            return session_caller
        if authenticator.required:
            raise InvalidApiKey("this service asks for a key: send one as `Authorization: Bearer …`")
        return ANONYMOUS


def is_public_path(path: str) -> bool:
    """Return whether a path needs no key."""
    return path in _PUBLIC_PATHS or path.startswith(_PUBLIC_PREFIXES)


def api_key_from(request: Request) -> str | None:
    """Return the API key that a header of the request holds; None if there is none."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    header = request.headers.get("x-api-key")
    return None if header is None else header.strip()


def _delete_key_cookie(scope: Scope) -> None:
    """Let the response delete a cookie of earlier versions, which is the key itself, if the request has one."""
    if _KEY_COOKIE in cookie_parser(Headers(scope=scope).get("cookie", "")):
        get_request_state(scope).headers.append((b"set-cookie", _DELETE_KEY_COOKIE))


async def _error_response(request: Request, error: SubtextError) -> Response:
    if isinstance(error, InvalidApiKey) and not request.scope["path"].startswith(_API):
        path = quote(request.scope["path"] if request.method == "GET" else "/")
        return RedirectResponse(f"{SIGN_IN}?next={path}", HTTPStatus.SEE_OTHER)
    response = await handle_error(request, error)
    if isinstance(error, InvalidApiKey):
        response.headers["WWW-Authenticate"] = 'Bearer realm="subtext"'
    return response


def _body_bytes(request: Request) -> int:
    """Return the declared length of the body (bytes), from which the tokens of the request are estimated."""
    if request.method != "POST":
        return 0
    declared = request.headers.get("content-length", "")
    return int(declared[:20]) if declared.isdecimal() else 0
