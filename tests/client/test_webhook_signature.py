from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook as Signer

from subtext.client.webhook_signature import InvalidWebhook, verify_webhook
from subtext.domain.batch import ItemState
from subtext.domain.webhook import Event, build_payload, new_secret

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
BODY = build_payload(Event.BATCH_COMPLETED, "bat_1", {ItemState.DONE: 2, ItemState.FAILED: 0}, NOW)
SECRET, OTHER = new_secret(), new_secret()


def sign(*secrets: str, body: str = BODY) -> dict[str, str]:
    """Sign as the service does, with every secret that is valid."""
    signatures = " ".join(Signer(secret).sign("msg_1", NOW, body) for secret in secrets)
    return {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(int(NOW.timestamp())), "Webhook-Signature": signatures}


def verify(headers: dict[str, str], body: str = BODY, *, secret: str = SECRET, age_s: float = 0.0) -> str:
    return verify_webhook(body.encode(), headers, secret, now=lambda: NOW.timestamp() + age_s).data.id


def test_a_message_of_the_service_is_read() -> None:
    message = verify_webhook(BODY.encode(), sign(SECRET), SECRET, now=NOW.timestamp)

    assert (message.type, message.timestamp, message.data.counts) == ("batch.completed", NOW, {"done": 2, "failed": 0})


def test_either_secret_counts_after_a_rotation() -> None:
    assert verify(sign(OTHER, SECRET)) == "bat_1"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (sign(OTHER), BODY),
        (sign(SECRET), BODY.replace("bat_1", "bat_2")),
        (sign(SECRET) | {"Webhook-Id": "msg_2"}, BODY),
        (sign(SECRET) | {"Webhook-Signature": sign(SECRET)["Webhook-Signature"].replace("v1,", "v1a,")}, BODY),
        (sign(SECRET) | {"Webhook-Signature": "v1,é"}, BODY),
        (sign(SECRET) | {"Webhook-Signature": "v1,\udcff"}, BODY),
        (sign(SECRET) | {"Webhook-Id": "\udcff"}, BODY),
        (sign(SECRET) | {"Webhook-Timestamp": "9" * 5_000}, BODY),
        (sign(SECRET) | {"Webhook-Timestamp": "٣"}, BODY),
        ({}, BODY),
    ],
    ids=[
        "another secret",
        "another body",
        "another id",
        "another version",
        "no ASCII",
        "no UTF-8 in the signature",
        "no UTF-8 in the id",
        "more digits than int() takes",
        "digits of another script",
        "no headers",
    ],
)
def test_what_the_secret_did_not_sign_is_refused(headers: dict[str, str], body: str) -> None:
    with pytest.raises(InvalidWebhook):
        verify(headers, body)


@pytest.mark.parametrize(("age_s", "is_accepted"), [(300.0, True), (301.0, False), (-300.0, True), (-301.0, False)])
def test_a_message_that_is_too_old_or_from_the_future_is_refused(age_s: float, is_accepted: bool) -> None:
    if is_accepted:
        assert verify(sign(SECRET), age_s=age_s) == "bat_1"
        return
    with pytest.raises(InvalidWebhook):
        verify(sign(SECRET), age_s=age_s)


def test_a_secret_that_is_none_and_a_message_that_is_none_are_named() -> None:
    with pytest.raises(InvalidWebhook, match="secret"):
        verify(sign(SECRET), secret="whsec_not base64")
    other = json.dumps({"type": "ping"})
    with pytest.raises(InvalidWebhook, match="none of Subtext's"):
        verify(sign(SECRET, body=other), other)
