"""One try to hand a message over, on real sockets: what is sent, who can check it, and how each answer is taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from standardwebhooks.webhooks import Webhook as Receiver

from subtext.clock import SystemClock
from subtext.domain.webhook import Delivery, DeliveryState, Event, Webhook, new_secret
from subtext.errors import ForbiddenUrl
from subtext.intake.http.ip_policy import HostAllowlist
from subtext.webhooks.sender import WebhookSender
from subtext.webhooks.service import require_public_url
from tests.support.fakes import FakeClock
from tests.support.intake import PUBLIC, FakeResolver, FixedResolver, RecordingNetwork, http_response
from tests.support.owners import MINE
from tests.support.servers.fault_server import drip, fault_server, reply, send
from tests.support.webhooks import parse_headers

if TYPE_CHECKING:
    from tests.support.servers.fault_server import Fault

LOOPBACK = HostAllowlist.parse(["127.0.0.0/8"])
NOBODY = HostAllowlist()
NOW = datetime.now(UTC)
DELIVERY = Delivery("msg_1", "wh_1", Event.BATCH_COMPLETED, '{"type":"“b” 😀"}', DeliveryState.RUNNING, 1, NOW)


def webhook(url: str) -> Webhook:
    return Webhook("wh_1", MINE, url, frozenset(Event), new_secret(), NOW)


async def test_what_is_sent_is_verified_by_the_library_and_by_hand() -> None:
    async with fault_server(send(reply(b""))) as server:
        told = webhook(server.url)
        outcome = await WebhookSender(LOOPBACK, SystemClock(), timeout_s=5).send(told, DELIVERY)
    assert (outcome.status, outcome.error) == (200, None)
    ((head, body),) = server.requests
    headers = parse_headers(head)
    assert body.decode() == DELIVERY.body
    assert headers["content-type"] == "application/json"
    Receiver(told.secret).verify(body, headers)
    key = base64.b64decode(told.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"


async def test_both_secrets_sign_while_a_rotation_lasts() -> None:
    old = new_secret()
    async with fault_server(send(reply(b""))) as server:
        told = replace(
            webhook(server.url), old_secret=old, old_secret_expires_at=datetime.now(UTC) + timedelta(hours=1)
        )
        await WebhookSender(LOOPBACK, SystemClock(), timeout_s=5).send(told, DELIVERY)
    ((head, body),) = server.requests
    for secret in (told.secret, old):
        Receiver(secret).verify(body, parse_headers(head))


@dataclass(frozen=True)
class Answered:
    """What a receiver does, and how that is taken."""

    id: str
    fault: Fault
    status: int | None
    error: str | None
    retry_after_s: float | None = None


ANSWERS = [
    Answered("no content", send(reply(b"", status="204 No Content")), 204, None),
    Answered("a long answer", send(reply(b"x" * 5_000_000)), 200, None),
    Answered(
        "elsewhere", send(http_response("", "Location: http://127.0.0.1:9/", status="302 Found")), 302, "status 302"
    ),
    Answered("gone", send(reply(b"", status="410 Gone")), 410, "status 410"),
    Answered("failed", send(reply(b"", status="500 Oh")), 500, "status 500"),
    Answered("later", send(reply(b"", status="429 No", headers="Retry-After: 120\r\n")), 429, "status 429", 120),
    Answered("no sense", send(reply(b"", status="503 No", headers="Retry-After: soon\r\n")), 503, "status 503"),
    Answered("no HTTP", send(b"hello\r\n\r\n"), None, "broke off"),
    Answered("nothing", send(b""), None, "broke off"),
    Answered("for ever", drip(b"HTTP/1.1 200 OK\r\n" * 10_000), None, "no answer within"),
]


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: case.id)
async def test_answers_are_taken_for_what_they_are(case: Answered) -> None:
    async with fault_server(case.fault) as server:
        outcome = await WebhookSender(LOOPBACK, SystemClock(), timeout_s=0.5).send(webhook(server.url), DELIVERY)
    assert (outcome.status, outcome.retry_after_s) == (case.status, case.retry_after_s)
    assert (outcome.error is None) is (case.error is None)
    assert (case.error or "") in (outcome.error or "")
    assert len(server.requests) == 1


async def test_a_host_that_is_not_there_is_said_to_be_out_of_reach() -> None:
    async with fault_server(send(b"")) as server:
        url = server.url
    outcome = await WebhookSender(LOOPBACK, SystemClock(), timeout_s=5).send(webhook(url), DELIVERY)
    assert (outcome.status, outcome.error) == (None, "the host could not be reached")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "64:ff9b::7f00:1", "fd00:ec2::254"]
)
async def test_a_name_that_leads_inside_is_told_nothing(address: str) -> None:
    network = RecordingNetwork([http_response("")])
    sender = WebhookSender(NOBODY, FakeClock(), timeout_s=5, resolver=FixedResolver(address), network=network)
    outcome = await sender.send(webhook("https://hooks.example.org/"), DELIVERY)
    assert outcome.status is None
    assert "no public host" in (outcome.error or "")
    assert network.connects == []


async def test_a_name_that_turns_inside_later_is_told_nothing_then() -> None:
    network = RecordingNetwork([http_response(""), http_response("")])
    names = FakeResolver({"hooks.example.org": [[PUBLIC], ["127.0.0.1"]]})
    sender = WebhookSender(NOBODY, FakeClock(), timeout_s=5, resolver=names, network=network)
    found = [(await sender.send(webhook("https://hooks.example.org/"), DELIVERY)).status for _ in range(2)]
    assert found == [200, None]
    assert network.connects == [(PUBLIC, 443)]
    assert network.streams[0].tls_name == "hooks.example.org"


REFUSED = [
    "http://hooks.example.org/",
    "ftp://hooks.example.org/",
    "https://localhost/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://169.254.169.254/latest",
    "https://2130706433/",
    "https://user:pass@hooks.example.org/",
    "https://hooks.example.org:6379/",
    "https://hooks.example.org\\@127.0.0.1/",
    "https://metadata.google.internal/",
    "hooks.example.org",
]


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_never_told_is_refused_when_it_is_given(url: str) -> None:
    with pytest.raises(ForbiddenUrl):
        require_public_url(url, NOBODY)


def test_in_clear_only_those_are_told_whom_the_operator_names() -> None:
    named = HostAllowlist.parse(["10.1.0.0/16", "hooks.internal:8080"])
    for url in ("http://10.1.2.3:9000/", "http://hooks.internal:8080/"):
        require_public_url(url, named)
    with pytest.raises(ForbiddenUrl, match="https"):
        require_public_url("http://hooks.example.org/", named)
