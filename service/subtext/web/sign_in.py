"""Signing in with a key: it is kept in a cookie that scripts cannot read and other sites' forms do not send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from subtext.errors import InvalidApiKey, SubtextError
from subtext.http.deps import get_services
from subtext.http.middleware.authentication import COOKIE, SIGN_IN, api_key_from
from subtext.web.forms import read_form, value
from subtext.web.responses import PageRoute, render_page, to_problem

if TYPE_CHECKING:
    from subtext.http.middleware.authentication import Authenticator

router = APIRouter(include_in_schema=False, route_class=PageRoute)
_HOURS_12 = 12 * 3_600


@router.get(SIGN_IN)
async def get_sign_in(request: Request, next: Annotated[str, Query(max_length=300)] = "/") -> Response:  # noqa: A002 - its name in the address
    """Where a key is asked for; where one is sent along, whose it is."""
    key, owner = api_key_from(request), None
    if (found := _authenticator(request)) is not None and key:
        try:
            owner = (await found.verifier.verify(key)).owner
        except InvalidApiKey:
            owner = None
    return render_page(
        "signing.html.j2", asks=found is not None, failure=None, next=safe_redirect_path(next), owner=owner
    )


@router.post(SIGN_IN)
async def post_key(request: Request) -> Response:
    """The way to where somebody wanted to go, with the cookie; a bad key is asked for again."""
    fields = await read_form(request)
    going, found, key = safe_redirect_path(value(fields, "next")), _authenticator(request), value(fields, "key").strip()
    if found is not None:
        try:
            await found.authenticate(key, request)
        except SubtextError as error:
            failure = to_problem(request, error)
            return render_page("signing.html.j2", failure.status, asks=True, failure=failure, next=going, owner=None)
    answer = RedirectResponse(going, 303)
    if found is not None:
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, key, max_age=_HOURS_12, httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/sign-out")
async def post_sign_out() -> Response:
    """The first page, without the cookie."""
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def _authenticator(request: Request) -> Authenticator | None:
    return get_services(request).authenticator


def safe_redirect_path(address: str) -> str:
    """The address, if it is one of ours: a link to sign in must not lead elsewhere afterwards."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and address.isprintable() else "/"
