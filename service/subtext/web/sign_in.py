"""Sign in with an API key, stored in a cookie that is HttpOnly and SameSite=Lax."""

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
    """Render the sign-in form, or the owner of the key that the request carries."""
    key, owner = api_key_from(request), None
    if (authenticator := _authenticator(request)) is not None and key:
        try:
            owner = (await authenticator.verifier.verify(key)).owner
        except InvalidApiKey:
            owner = None
    return render_page(
        "signing.html.j2",
        key_required=authenticator is not None,
        failure=None,
        next=safe_redirect_path(next),
        owner=owner,
    )


@router.post(SIGN_IN)
async def post_key(request: Request) -> Response:
    """Verify the key, set the cookie and redirect to `next`; a bad key shows the form again."""
    fields = await read_form(request)
    target, authenticator, key = (
        safe_redirect_path(value(fields, "next")),
        _authenticator(request),
        value(fields, "key").strip(),
    )
    if authenticator is not None:
        try:
            await authenticator.authenticate(key, request)
        except SubtextError as error:
            failure = to_problem(request, error)
            return render_page(
                "signing.html.j2", failure.status, key_required=True, failure=failure, next=target, owner=None
            )
    response = RedirectResponse(target, 303)
    if authenticator is not None:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, key, max_age=_HOURS_12, httponly=True, samesite="lax", secure=secure)
    return response


@router.post("/sign-out")
async def post_sign_out() -> Response:
    """Delete the cookie and redirect to the sign-in page."""
    response = RedirectResponse(SIGN_IN, 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


def _authenticator(request: Request) -> Authenticator | None:
    return get_services(request).authenticator


def safe_redirect_path(address: str) -> str:
    """Open-redirect guard: return the address if it is a path of this service, else `/`."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and address.isprintable() else "/"
