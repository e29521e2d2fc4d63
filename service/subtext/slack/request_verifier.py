"""Verify Slack's request signature before anything is parsed.

The order matters: size, headers, age, signature over the raw bytes, and only then is anything parsed. Bolt's own check
answers a malformed header with a 500, slack_sdk's verifier raises on a body that is not UTF-8, and both take a signed
body twice.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from subtext.domain.slack import SlackDelivery
from subtext.errors import InvalidSignature
from subtext.schemas.problem import HTTPProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from subtext.clock import Clock

MAX_BODY_BYTES = 1_000_000
_MAX_AGE_S = 300
_DIGITS = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class UrlVerification:
    """Slack's URL verification request: `answer` is the challenge to send back."""

    answer: str


class RequestVerifier:
    """Signature check (HMAC-SHA256) of a request's raw bytes against the app's signing secret."""

    def __init__(self, signing_secret: str, clock: Clock) -> None:
        self._secret, self._clock = signing_secret.encode(), clock

    def verify(self, headers: Mapping[str, str], body: bytes) -> SlackDelivery | UrlVerification | None:
        """Verify a request and parse its delivery; None if there is nothing to do (`ssl_check`).

        Raises `InvalidSignature` for what Slack did not sign within five minutes, `HTTPProblem` for what it would
        not send.
        """
        self._require_signed(headers, body)
        payload = _parse_body(headers.get("content-type", ""), body)
        if payload.get("type") == "url_verification":
            return UrlVerification(str(payload.get("challenge", "")))
        if "ssl_check" in payload:
            return None
        return parse_delivery(payload, hashlib.sha256(body).hexdigest())

    def _require_signed(self, headers: Mapping[str, str], body: bytes) -> None:
        timestamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        now = self._clock.now().timestamp()
        well_formed = _DIGITS.fullmatch(timestamp)
        if not well_formed or not _SIGNATURE.fullmatch(signature) or abs(now - int(timestamp)) > _MAX_AGE_S:
            raise InvalidSignature("the request is not signed by Slack, or was signed over five minutes ago")
        signed = hmac.new(self._secret, b"v0:%s:%s" % (timestamp.encode(), body), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={signed}", signature):
            raise InvalidSignature("the signature is not Slack's for this app: check SUBTEXT_SLACK_SIGNING_SECRET")


def parse_delivery(payload: dict[str, object], digest: str) -> SlackDelivery:
    """Parse the delivery in a payload of any transport; `digest` is its key if it has no id of its own."""
    team = _team_id(payload)
    if "command" in payload:
        return SlackDelivery(_key(team, payload.get("trigger_id"), digest), "command", team, payload)
    if payload.get("type") == "event_callback":
        return SlackDelivery(_key(team, payload.get("event_id"), digest), "event", team, payload)
    return SlackDelivery(_key(team, payload.get("trigger_id"), digest), "interaction", team, payload)


def _key(team: str, own_id: object, digest: str) -> str:
    return f"{team}:{own_id if isinstance(own_id, str) and own_id else digest}"[:200]


def _team_id(payload: dict[str, object]) -> str:
    team = payload.get("team")
    nested = team.get("id") if isinstance(team, dict) else None
    team_id = payload.get("team_id") or nested or payload.get("enterprise_id") or ""
    return str(team_id)


def _parse_body(content_type: str, body: bytes) -> dict[str, object]:
    try:
        text = body.decode()
        if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            form = {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}
            value: object = json.loads(form["payload"]) if "payload" in form else form
        else:
            value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HTTPProblem(400, "the body is neither JSON nor a form in UTF-8: Slack sends one of these") from error
    if not isinstance(value, dict):
        raise HTTPProblem(400, "the body is not a JSON object, as Slack sends one")
    return value
