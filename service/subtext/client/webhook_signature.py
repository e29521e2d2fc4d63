"""Verify the signature of a webhook's message (Standard Webhooks 1.0.0).

Written with the standard library: the library of Standard Webhooks brings a second HTTP client.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from typing import TYPE_CHECKING

from pydantic import ValidationError

from subtext.client.errors import CallFailed
from subtext.client.models.webhook import WebhookMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PREFIX, _VERSION = "whsec_", "v1"
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
TOLERANCE_S = 300.0


class InvalidWebhook(CallFailed):
    """The message is not signed by the holder of the secret, or it is too old: do not act on it."""


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secret: str,
    *,
    tolerance_s: float = TOLERANCE_S,
    now: Callable[[], float] = time.time,
) -> WebhookMessage:
    """Return the message of a webhook after checking its signature and its age; raises `InvalidWebhook`.

    `body` is the body as it arrived: parsed and written again it has another signature.
    """
    fields = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = fields.get("webhook-id", ""), fields.get("webhook-timestamp", "")
    _require_recent(timestamp, now(), tolerance_s)
    expected = _sign(secret, _encode(f"{message_id}.{timestamp}.") + body)
    signatures = (part.partition(",") for part in fields.get("webhook-signature", "").split())
    if not any(
        version == _VERSION and hmac.compare_digest(_encode(signature), expected)
        for version, _, signature in signatures
    ):
        raise InvalidWebhook("no signature of the message is by this secret: use the secret of this webhook, unchanged")
    try:
        return WebhookMessage.model_validate_json(body)
    except ValidationError as error:
        raise InvalidWebhook("the message is signed, but it is none of Subtext's") from error


def _encode(header: str) -> bytes:
    """Encode a header; some servers hand on bytes that are not UTF-8 as lone surrogates."""
    return header.encode(errors="surrogatepass")


def _sign(secret: str, content: bytes) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise InvalidWebhook("the secret is not one of a webhook: it is whsec_ and Base64") from error
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256))


def _require_recent(timestamp: str, now: float, tolerance_s: float) -> None:
    if _TIMESTAMP.fullmatch(timestamp) is None or abs(now - int(timestamp)) > tolerance_s:
        raise InvalidWebhook("the message has no time, or one too far from now: check the clock of this machine")
