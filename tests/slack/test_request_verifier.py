from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier

from subtext.domain.slack import SlackDelivery
from subtext.errors import InvalidSignature
from subtext.schemas.problem import HTTPProblem
from subtext.slack.request_verifier import RequestVerifier, UrlVerification
from tests.support.fakes import FakeClock
from tests.support.slack import NOW, SECRET, sign

EVENT: dict[str, object] = {
    "type": "event_callback",
    "event_id": "Ev1",
    "team_id": "T1",
    "event": {"type": "app_mention"},
}
FORM = "application/x-www-form-urlencoded"


def admit(body: bytes, headers: dict[str, str] | None = None) -> SlackDelivery | UrlVerification | None:
    return RequestVerifier(SECRET, FakeClock()).verify(sign(body) if headers is None else headers, body)


@dataclass(frozen=True)
class Delivered:
    name: str
    body: bytes
    content_type: str
    expected: SlackDelivery | UrlVerification | None


COMMAND = {"command": "/subtext", "text": "https://a.example", "trigger_id": "1.2", "team_id": "T1"}
PRESSED: dict[str, object] = {"type": "block_actions", "trigger_id": "3.4", "team": {"id": "T2"}}
DELIVERED = (
    Delivered(
        "an event", json.dumps(EVENT).encode(), "application/json", SlackDelivery("T1:Ev1", "event", "T1", EVENT)
    ),
    Delivered("a command", urlencode(COMMAND).encode(), FORM, SlackDelivery("T1:1.2", "command", "T1", {**COMMAND})),
    Delivered(
        "a button",
        urlencode({"payload": json.dumps(PRESSED)}).encode(),
        f"{FORM}; charset=utf-8",
        SlackDelivery("T2:3.4", "interaction", "T2", PRESSED),
    ),
    Delivered("a check of the certificate", b"ssl_check=1&token=x", FORM, None),
    Delivered(
        "a check of the address",
        b'{"type": "url_verification", "challenge": "abc"}',
        "application/json",
        UrlVerification("abc"),
    ),
)


@pytest.mark.parametrize("case", DELIVERED, ids=lambda case: case.name)
def test_what_slack_delivers_is_admitted(case: Delivered) -> None:
    assert admit(case.body, sign(case.body, content_type=case.content_type)) == case.expected


def test_a_signature_is_what_slack_makes() -> None:
    made = SignatureVerifier(SECRET).generate_signature(timestamp=str(NOW), body=BODY)
    assert made == GOOD["x-slack-signature"]


@pytest.mark.parametrize("age", [-300, 0, 300])
def test_five_minutes_are_young_enough(age: int) -> None:
    body = json.dumps(EVENT).encode()
    assert isinstance(admit(body, sign(body, at=NOW + age)), SlackDelivery)


BODY = json.dumps(EVENT).encode()
GOOD = sign(BODY)


@dataclass(frozen=True)
class Forged:
    name: str
    headers: dict[str, str]
    body: bytes = BODY


FORGED = (
    Forged("unsigned", {"content-type": "application/json"}),
    Forged("signed by another app", sign(BODY, secret="another")),
    Forged("another body under the signature", GOOD, BODY + b" "),
    Forged("too old", sign(BODY, at=NOW - 301)),
    Forged("from the future", sign(BODY, at=NOW + 301)),
    Forged("a timestamp in words", GOOD | {"x-slack-request-timestamp": "now"}),
    Forged("a timestamp in other digits", GOOD | {"x-slack-request-timestamp": "١٧٠٠"}),
    Forged("a negative timestamp", GOOD | {"x-slack-request-timestamp": f"-{NOW}"}),
    Forged("a long timestamp", GOOD | {"x-slack-request-timestamp": "9" * 5_000}),
    Forged("another version", GOOD | {"x-slack-signature": GOOD["x-slack-signature"].replace("v0", "v1")}),
    Forged("a signature that is not ASCII", GOOD | {"x-slack-signature": "v0=" + "é" * 64}),
    Forged("an empty signature", GOOD | {"x-slack-signature": ""}),
)


@pytest.mark.parametrize("case", FORGED, ids=lambda case: case.name)
def test_what_slack_did_not_sign_is_refused_before_it_is_parsed(case: Forged) -> None:
    with pytest.raises(InvalidSignature):
        admit(case.body, case.headers)


@dataclass(frozen=True)
class Malformed:
    name: str
    body: bytes
    content_type: str = "application/json"


MALFORMED = (
    Malformed("no JSON", b"{"),
    Malformed("empty", b""),
    Malformed("not UTF-8", b'{"a": "\xff"}'),
    Malformed("a list", b"[]"),
    Malformed("nested without end", b"[" * 100_000),
    Malformed("a form whose payload is no JSON", b"payload=x", FORM),
    Malformed("a form whose payload is a list", b"payload=[]", FORM),
)


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case.name)
def test_what_is_signed_and_malformed_is_a_clear_problem(case: Malformed) -> None:
    with pytest.raises(HTTPProblem) as caught:
        admit(case.body, sign(case.body, content_type=case.content_type))
    assert caught.value.status_code == 400


def test_copies_have_one_key_and_others_another() -> None:
    bare = json.dumps({"type": "view_closed", "team": {"id": "T1"}}).encode()
    other = json.dumps({"type": "view_closed", "team": {"id": "T1"}, "n": 2}).encode()
    keys = [found.key for found in (admit(bare), admit(bare), admit(other)) if isinstance(found, SlackDelivery)]
    assert keys[0] == keys[1] != keys[2]
