"""Serve Slack's HTTP endpoints: event deliveries and the OAuth installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response

from subtext.schemas.problem import HTTPProblem
from subtext.slack.request_verifier import MAX_BODY_BYTES, UrlVerification

if TYPE_CHECKING:
    from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow

    from subtext.slack.app import SlackApp
    from subtext.slack.inbox import Inbox
    from subtext.slack.request_verifier import RequestVerifier


def slack_router(verifier: RequestVerifier | None, inbox: Inbox, app: SlackApp) -> APIRouter:
    """Build the router of Slack's endpoints; without a `verifier` there is no endpoint for deliveries."""
    router = APIRouter(prefix="/slack", include_in_schema=False)

    if verifier is not None:
        _add_deliveries(router, verifier, inbox)
    if app.bolt.oauth_flow is not None:
        _add_installation(router, app.bolt.oauth_flow)
    return router


def _add_deliveries(router: APIRouter, verifier: RequestVerifier, inbox: Inbox) -> None:
    @router.post("/events")
    async def deliver(request: Request) -> Response:
        delivery = verifier.verify(request.headers, await _body(request))
        if isinstance(delivery, UrlVerification):
            return PlainTextResponse(delivery.answer)
        if delivery is not None:
            await inbox.write(delivery)
        return Response(status_code=200)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise HTTPProblem(413, "the body is larger than anything that Slack sends")
    return bytes(body)


def _add_installation(router: APIRouter, flow: AsyncOAuthFlow) -> None:
    @router.get("/install")
    async def install(request: Request) -> Response:
        return to_starlette_response(await flow.handle_installation(to_async_bolt_request(request, b"")))

    @router.get("/oauth_redirect")
    async def complete_installation(request: Request) -> Response:
        return to_starlette_response(await flow.handle_callback(to_async_bolt_request(request, b"")))
