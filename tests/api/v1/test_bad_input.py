"""Articles and bodies that nobody should send: each gets a good answer, or a problem that says what to do."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from tests.support.api import TEXT as ARTICLE
from tests.support.problems import local_request, require_problem

if TYPE_CHECKING:
    import httpx2
    from starlette.testclient import TestClient

OK = "ok"
JSON = {"Content-Type": "application/json"}
# Stands in every body; an answer may quote the article, a problem never repeats it.
CANARY = "Zyzzyva-canary-71"


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    # What may come of it: OK, or the code of a problem.
    outcome: str = OK
    status: int = 422


CODE = "def f(x):\n    return [y for y in x if y]\n\nclass A:\n    pass\n" * 20
TEXTS = (
    Case("01-empty", "", "request_invalid"),
    Case("02-spaces", " \t\n\u3000 ", "text_refused"),
    Case("03-one-word", CANARY),
    Case("05-at-the-limit", ("Orlan asked again. " * 52_632)[:1_000_000]),
    Case("05-over-the-limit", "a" * 1_000_001, "text_too_long", 413),
    Case("07-nul", f"{ARTICLE}\0{CANARY}"),
    Case("08-controls", f"\x1b[31m{ARTICLE}\x07\x08\x9b{CANARY}"),
    Case("09-right-to-left-override", f"\u202e{ARTICLE}\u2066{CANARY}\u2069"),
    Case("10-zero-width-and-tags", f"\u200b{ARTICLE}\U000e0041\U000e007f\ufeff"),
    Case("11-normal-forms", f"ﬁnancial İstanbul ﬀ e\u0301 é Å \u212b {ARTICLE}"),
    Case("12-emoji", f"👩‍👩‍👧‍👦 🇩🇪 👍🏽 {ARTICLE} 🏴\U000e0067\U000e0062\U000e007f"),
    Case("13-no-space", "a" * 999_999),
    Case("14-newlines", "\n" * 999_000 + ARTICLE),
    Case("15-combining-tower", "a" + "\u0301" * 50_000 + ARTICLE),
    Case("16-homoglyphs", "Оrlаn Frеight begs its сreditors for help. " * 5 + ARTICLE),
    Case("17-code", CODE),
    Case("17-base64", base64.b64encode(ARTICLE.encode() * 10).decode()),
    Case("17-json", json.dumps([{"a": n, "b": CANARY} for n in range(500)])),
    Case("17-log", "2026-01-01T00:00:00Z INFO GET /a 200\n" * 500),
    Case("18-unsupported-language", "これは記事です。" * 50, "language_unsupported"),
    Case("19-two-articles", f"{ARTICLE}\n\n* * *\n\n{ARTICLE.replace('Orlan', 'Borlan')}"),
    Case("20-all-quotation", f"“{ARTICLE}”"),
    Case("21-only-a-headline", "Orlan Freight begs its creditors for one more month"),
    Case("22-satire", f"{ARTICLE} (Satire.) Oh, what strength! /s"),
    Case("23-markup", f"# Title\n\n<script>alert(1)</script> **{ARTICLE}** [a](javascript:alert(1))"),
    Case("24-lorem-ipsum", "Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 20),
)


def assert_answered(reply: httpx2.Response, text: str) -> None:
    assert reply.status_code == 200, reply.text[:500]
    document = reply.json()["document"]
    assert document["text"] == text
    encoded = text.encode("utf-16-le")
    for item in reply.json()["evidence"]:
        assert text[item["start"] : item["end"]] == item["quote"]
        pair = item["utf16"]
        assert encoded[2 * pair["start"] : 2 * pair["end"]].decode("utf-16-le") == item["quote"]


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case.id)
def test_a_text(api: TestClient, case: Case) -> None:
    reply = api.post("/v1/analyses", json=local_request(text=case.text, include=["text"]))
    if reply.status_code == 200 and case.outcome == OK:
        assert_answered(reply, case.text)
        return
    # An engine may refuse a language that it cannot read wherever it cannot tell what this is.
    code = "language_unsupported" if case.outcome == OK else case.outcome
    require_problem(reply, 422 if case.outcome == OK else case.status, code)
    assert CANARY not in reply.text


@dataclass(frozen=True)
class NoArticle:
    id: str
    text: str
    label: str | None = None


NO_ARTICLES = (
    *(NoArticle(case.id, case.text) for case in TEXTS if case.id.startswith("17-")),
    NoArticle("17-sql", "SELECT a, y FROM la WHERE y IN (1, 2) AND el = 'no' ORDER BY a;\n" * 20),
    NoArticle("17-numbers", " ".join(map(str, range(500)))),
    NoArticle("03-one-word", CANARY),
    NoArticle("21-only-a-headline", "Orlan Freight begs its creditors, cap in hand, for a last lifeline"),
    NoArticle("21-only-a-notice", "The ministers will meet on Tuesday to sign the grain accord.", "neither"),
)


@pytest.mark.parametrize("case", NO_ARTICLES, ids=lambda case: case.id)
@pytest.mark.parametrize("path", ["/v1/analyses", "/v1/stances"])
def test_what_cannot_be_judged_gets_no_label(api: TestClient, case: NoArticle, path: str) -> None:
    answer = api.post(path, json=local_request(text=case.text)).json()

    assert answer["framing"]["label"] == case.label
    assert answer["status"] == ("complete" if case.label else "abstained")
    assert answer["framing"]["confidence"]["value"] < 0.3
    assert answer["document"]["language"]["code"] in {"und", "en"}
    assert {"not_prose", "text_too_short"} & {warning["code"] for warning in answer["warnings"]}


def body(fields: str = "") -> bytes:
    return f'{{"text": "{CANARY} asked again.", "engine": "local"{fields}}}'.encode()


@dataclass(frozen=True)
class Body:
    id: str
    content: bytes
    status: int
    code: str
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    says: str = ""


MALFORMED = "request_malformed"
TYPE = "media_type_unsupported"
NESTED = b"[" * 100_000 + b"]" * 100_000
MANY_KEYS = json.dumps({f"k{n}": n for n in range(100_000)} | {"text": "a"}).encode()
BODIES = (
    Body("04-ten-megabytes", body(f', "title": "{"a" * 10_000_000}"'), 413, "body_too_large"),
    Body("06-lone-surrogate", body(r', "title": "a\ud800b"'), 400, MALFORMED, says="surrogate"),
    Body("06-lone-surrogate-in-a-name", body(r', "a\udc00": 1'), 400, MALFORMED, says="surrogate"),
    Body("06-lone-surrogate-in-depth", body(r', "include": [["\ud83d"]]'), 400, MALFORMED, says="surrogate"),
    Body("25-no-json", f"text={CANARY}".encode(), 400, MALFORMED, says="line 1"),
    Body("25-cut-off", body()[:-1], 400, MALFORMED),
    Body("25-nothing", b"", 422, "request_invalid"),
    Body("25-a-list", b"[1, 2]", 422, "request_invalid"),
    Body("25-null", b"null", 422, "request_invalid"),
    Body("25-a-string", f'"{CANARY}"'.encode(), 422, "request_invalid"),
    Body("26-trailing", body() + b" {}", 400, MALFORMED),
    Body("27-duplicate-names", body(', "engine": "auto"'), 400, MALFORMED, says="twice"),
    Body("27-duplicate-names-in-depth", body(', "include": [{"a": 1, "a": 2}]'), 400, MALFORMED, says="twice"),
    Body("28-nan", body(', "target": NaN'), 400, MALFORMED, says="NaN"),
    Body("28-minus-infinity", body(', "target": -Infinity'), 400, MALFORMED),
    Body("28-1e999", body(', "target": 1e999'), 400, MALFORMED, says="range"),
    Body("29-long-number", body(f', "target": {"1" * 5_000}'), 400, MALFORMED, says="digits"),
    Body("30-nested", NESTED, 400, MALFORMED, says="nested"),
    Body("31-many-names", MANY_KEYS, 422, "request_invalid"),
    Body("32-no-utf-8", body().replace(b"asked", b"\xff\xfe"), 400, MALFORMED, says="UTF-8"),
    Body("33-utf-16", body().decode().encode("utf-16"), 400, MALFORMED),
    Body("33-byte-order-marks", b"\xef\xbb\xbf" * 2 + body(), 400, MALFORMED),
    Body("34-latin-1", body(), 415, TYPE, (("Content-Type", "application/json; charset=latin-1"),)),
    Body("35-no-type", body(), 415, TYPE, ()),
    Body("35-text", body(), 415, TYPE, (("Content-Type", "text/plain"),)),
    Body("35-form", body(), 415, TYPE, (("Content-Type", "application/x-www-form-urlencoded"),)),
    Body("35-odd-type", body(), 415, TYPE, (("Content-Type", ";;=json"),)),
    Body("36-gzip", gzip.compress(body()), 415, TYPE, (*JSON.items(), ("Content-Encoding", "gzip"))),
    Body("36-gzip-bomb", gzip.compress(b" " * 50_000_000), 415, TYPE, (*JSON.items(), ("Content-Encoding", "gzip"))),
    Body("36-br", body(), 415, TYPE, (*JSON.items(), ("Content-Encoding", "br"))),
    Body("36-zstd-undeclared", b"\x28\xb5\x2f\xfd" + body(), 400, MALFORMED),
    Body("39-unknown-field", body(', "colour": "red"'), 422, "request_invalid", says="/colour"),
    Body("39-two-sources", body(', "url": "https://a.example/"'), 422, "request_invalid", says="exactly one"),
    Body("40-ndjson", body() + b"\n" + body(), 400, MALFORMED, says="line 2"),
    Body("axis-traversal", body(', "axis": "../../etc/passwd"'), 422, "axis_unknown"),
    Body("axis-forged", body(', "axis": "desperation-domination@99999999999999999999"'), 422, "axis_unknown"),
    Body("axis-version-is-no-number", body(', "axis": "desperation-domination@\u0662"'), 422, "axis_unknown"),
    Body("axis-nul", body(r', "axis": "a\u0000b"'), 422, "axis_unknown"),
    Body("engine-unknown", body().replace(b'"local"', b'"gpt"'), 422, "request_invalid", says="/engine"),
    Body("engine-not-set-up", body().replace(b'"local"', b'"llm"'), 422, "engine_unknown"),
    Body("title-blank", body(', "title": "  "'), 422, "request_invalid", says="/title"),
    Body("title-too-long", body(f', "title": "{CANARY * 50}"'), 422, "request_invalid", says="/title"),
    Body("language-is-none", body(f', "language": "{CANARY}"'), 422, "request_invalid"),
    Body("number-for-text", b'{"text": 1}', 422, "request_invalid", says="/text"),
)


@pytest.mark.parametrize("path", ["/v1/analyses", "/v1/stances"])
@pytest.mark.parametrize("case", BODIES, ids=lambda case: case.id)
def test_a_body(api: TestClient, case: Body, path: str) -> None:
    reply = api.post(path, content=case.content, headers=dict(case.headers))
    problem = require_problem(reply, case.status, case.code)
    assert problem["retryable"] is False
    assert case.says in reply.text
    assert CANARY not in reply.text
    assert len(reply.content) < 8_000


@pytest.mark.parametrize("path", ["/v1/summaries", "/v1/verify"])
@pytest.mark.parametrize("case", [case for case in BODIES if case.status != 422], ids=lambda case: case.id)
def test_a_body_that_cannot_be_read_is_refused_everywhere(api: TestClient, case: Body, path: str) -> None:
    reply = api.post(path, content=case.content, headers=dict(case.headers))
    require_problem(reply, case.status, case.code)


@pytest.mark.parametrize("size", [5_999_999, 6_000_001])
def test_a_body_without_a_length_has_the_same_limit(api: TestClient, size: int) -> None:
    start, end = b'{"text": "', b'"}'
    filling = size - len(start) - len(end)
    chunks = [start, *(b"a" * 100_000 for _ in range(filling // 100_000)), b"a" * (filling % 100_000), end]
    reply = api.post("/v1/analyses", content=iter(chunks), headers=JSON)
    assert "content-length" not in reply.request.headers
    require_problem(reply, 413, "text_too_long" if size < 6_000_000 else "body_too_large")


def test_a_thousand_parameters_are_ignored_or_refused(api: TestClient) -> None:
    query = "&".join(f"p{n}={CANARY}" for n in range(1_000))
    reply = api.post(f"/v1/analyses?{query}", json=local_request())
    assert reply.status_code in {200, 422}
    assert CANARY not in reply.text


REPEATED = (
    ("GET", "/v1/analyses?limit=1&limit=2", ["limit"]),
    ("GET", "/v1/analyses?label=a&label=a&limit=1&cursor=&cursor=", ["label", "cursor"]),
    ("GET", "/v1/batches?limit=1&limit=2", ["limit"]),
    ("POST", "/v1/batches?engine=local&engine=llm", ["engine"]),
    ("GET", f"/v1/webhooks/wh_{UUID(int=0)}/deliveries?state=dead&state=dead", ["state"]),
)


@pytest.mark.parametrize(("method", "address", "names"), REPEATED, ids=str)
def test_a_parameter_that_is_given_twice_is_refused_by_name(
    api: TestClient, method: str, address: str, names: list[str]
) -> None:
    problem = require_problem(api.request(method, address), 422, "request_invalid")

    assert [field["pointer"] for field in problem["errors"]] == names
    assert {field["message"] for field in problem["errors"]} == {"given more than once: give it once"}


@pytest.mark.parametrize("path", ["/v1/prompts/..%2f..%2fetc%2fpasswd", "/v1/axes/../../etc/passwd", "/v1//axes"])
def test_a_path_leads_nowhere_else(api: TestClient, path: str) -> None:
    require_problem(api.get(path), 404, "not_found")


def test_negative_limits_and_forged_cursors_do_nothing(api: TestClient) -> None:
    plain = api.get("/v1/axes")
    assert api.get("/v1/axes?limit=-1&cursor=AAAA").json() == plain.json()
