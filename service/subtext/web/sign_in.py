"""Sign in with an API key, which starts a session, and sign out, which ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from subtext.errors import InvalidApiKey, SubtextError
from subtext.http.deps import get_services
from subtext.http.middleware.authentication import SIGN_IN
from subtext.http.sessions import delete_session_cookie, read_session_cookie, set_session_cookie
from subtext.web.forms import read_form, value
from subtext.web.responses import PageRoute, render_page, to_problem

if TYPE_CHECKING:
    from subtext.http.middleware.authentication import Authenticator

_REFUSED = (
    "there is no such key, or it is revoked or expired: check it, or ask the operator of this service for a new one"
)
router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get(SIGN_IN)
async def get_sign_in(request: Request, next: Annotated[str, Query(max_length=300)] = "/") -> Response:  # noqa: A002 - its name in the address
    """Render the sign-in form, or the owner who is signed in."""
    authenticator, token = _authenticator(request), read_session_cookie(request)
    caller = await authenticator.sessions.find_caller(token) if authenticator and token else None
    return render_page(
        "signing.html.j2",
        key_required=authenticator is not None,
        failure=None,
        next=safe_redirect_path(next),
        owner=caller and caller.owner,
    )


@router.post(SIGN_IN)
async def post_key(request: Request) -> Response:
    """Verify the key, start a session and redirect to `next`; a bad key shows the form again."""
    fields = await read_form(request)
    target, authenticator = safe_redirect_path(value(fields, "next")), _authenticator(request)
    response = RedirectResponse(target, 303)
    if authenticator is not None:
        try:
            await _start_session(request, response, authenticator, value(fields, "key").strip())
        except SubtextError as error:
            # The API's own words are about a header.
            failure = to_problem(request, InvalidApiKey(_REFUSED) if isinstance(error, InvalidApiKey) else error)
            return render_page(
                "signing.html.j2", failure.status, key_required=True, failure=failure, next=target, owner=None
            )
    return response


@router.post("/sign-out")
async def post_sign_out(request: Request) -> Response:
    """End the session, delete its cookie and redirect to the sign-in page."""
    await _end_session(request)
    response = RedirectResponse(SIGN_IN, 303)
    delete_session_cookie(request, response)
    return response


async def _start_session(request: Request, response: Response, authenticator: Authenticator, key: str) -> None:
    caller = await authenticator.authenticate(key, request)
    await _end_session(request)
    token = await authenticator.sessions.start(caller.key_id or "")
    set_session_cookie(request, response, token, authenticator.sessions.limits.lifetime)


async def _end_session(request: Request) -> None:
    authenticator, token = _authenticator(request), read_session_cookie(request)
    if authenticator is not None and token is not None:
        await authenticator.sessions.end(token)


def _authenticator(request: Request) -> Authenticator | None:
    return get_services(request).authenticator


def safe_redirect_path(address: str) -> str:
    """Open-redirect guard: return the address if it is a path of this service, else `/`."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and address.isprintable() else "/"
