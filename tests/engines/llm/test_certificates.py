"""Certificates that do not hold: each ends the attempt for good, whatever else the server would say."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from openai import DefaultAioHttpClient

from subtext.analysis.ports import EngineRequest
from subtext.clock import SystemClock
from subtext.engines.llm.engine import OpenAICompatibleEngine
from subtext.engines.llm.model_endpoint import ModelEndpoint, RequestLimits
from subtext.errors import EngineMisconfigured
from tests.support.engines import KEY, completion, good_draft, prompts, task
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from subtext.analysis.ports import EngineResult

DAY = dt.timedelta(days=1)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@dataclass(frozen=True)
class Authority:
    """Who signs, and how long ago what it signs ran out (in days; negative: it still holds)."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def server(self, folder: Path, *, host: str, expired_days: int) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        made = _built(host, key.public_key(), self.certificate.subject, expired_days)
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        # As the use of the authority's key, below.
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        made = made.add_extension(names, critical=False).add_extension(issuer, critical=False)
        signed = made.sign(self.key, hashes.SHA256())
        chain = folder / "server.pem"
        chain.write_bytes(_pem(key) + signed.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


def _built(
    subject: str, public: ec.EllipticCurvePublicKey, issuer: x509.Name, expired_days: int
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 30 * DAY)
        .not_valid_after(now - expired_days * DAY)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _signing_only() -> x509.KeyUsage:
    """Return the use of an authority's key, without which Python 3.13 takes none."""
    others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    unused = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, **unused)


@pytest.fixture
def authority() -> Authority:
    """An authority such as an operator's own."""
    key = ec.generate_private_key(ec.SECP256R1())
    basic = x509.BasicConstraints(ca=True, path_length=None)
    made = _built("Test CA", key.public_key(), _name("Test CA"), -30).add_extension(basic, critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    made = made.add_extension(_signing_only(), critical=True)
    return Authority(key, made.sign(key, hashes.SHA256()))


def trusting(authority: Authority) -> type[httpx2.AsyncClient]:
    """The client that is shipped, on a machine that trusts this authority."""
    pem = authority.certificate.public_bytes(serialization.Encoding.PEM).decode()

    class Trusting(DefaultAioHttpClient):
        def __init__(self, **known: Any) -> None:
            super().__init__(verify=ssl.create_default_context(cadata=pem), **known)

    return Trusting


async def read(
    context: ssl.SSLContext, client: type[httpx2.AsyncClient] = DefaultAioHttpClient, ca_file: Path | None = None
) -> EngineResult:
    """What the engine makes of a server that answers well behind this certificate."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:

        body = json.dumps(completion(good_draft())).encode()
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}/v1"
    asked = task()
    try:
        provider, clock = ModelEndpoint(url, "m", KEY, ca_file=ca_file), SystemClock()
        async with OpenAICompatibleEngine(
            provider, RequestLimits(), prompts(), clock=clock, client_class=client
        ) as llm:
            return await llm.read(EngineRequest(asked.article, asked.axis, asked.parts, time.monotonic() + GIVE_UP_S))
    finally:
        server.close()


async def test_a_certificate_of_a_trusted_authority_holds(authority: Authority, tmp_path: Path) -> None:
    reading = await read(authority.server(tmp_path, host="localhost", expired_days=-30), trusting(authority))
    assert reading.draft.target == "Norwick Docks"


@dataclass(frozen=True)
class Broken:
    id: str
    host: str = "localhost"
    expired_days: int = -30
    is_trusted: bool = True


BROKEN = (
    Broken("expired", expired_days=1),
    Broken("another host", host="other.example"),
    Broken("unknown CA", is_trusted=False),
)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.id)
async def test_one_that_does_not_hold_is_the_operators_to_mend(
    case: Broken, authority: Authority, tmp_path: Path
) -> None:
    context = authority.server(tmp_path, host=case.host, expired_days=case.expired_days)
    with pytest.raises(EngineMisconfigured) as caught:
        await read(context, trusting(authority) if case.is_trusted else DefaultAioHttpClient)
    assert [attempt.outcome for attempt in caught.value.attempts] == ["tls_failed"]
    assert "set SUBTEXT_LLM_CA_FILE" in caught.value.detail


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that names no authorities, to be set."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def _written(authority: Authority, folder: Path) -> Path:
    path = folder / "ca.pem"
    path.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    return path


def _rehashed(authority: Authority, folder: Path) -> Path:
    """A folder in which OpenSSL finds the authority: its file is named after the hash of its subject."""
    digest = hashlib.sha1(_canonical("test ca"), usedforsecurity=False).digest()
    _written(authority, folder).rename(folder / f"{int.from_bytes(digest[:4], 'little'):08x}.0")
    return folder


def _canonical(common: str) -> bytes:
    """A name of one part as OpenSSL hashes it (`x509_name_canon`): in lower case and UTF-8, without its outer frame."""
    value = common.encode()
    pair = bytes.fromhex("0603550403") + bytes((12, len(value))) + value
    sequence = bytes((48, len(pair))) + pair
    return bytes((49, len(sequence))) + sequence


async def test_an_authority_of_the_settings_is_trusted(
    authority: Authority, tmp_path: Path, bare_environment: pytest.MonkeyPatch
) -> None:
    assert bare_environment is not None
    context = authority.server(tmp_path, host="localhost", expired_days=-30)
    with pytest.raises(EngineMisconfigured):
        await read(context)

    reading = await read(context, ca_file=_written(authority, tmp_path))

    assert reading.draft.target == "Norwick Docks"


async def test_an_authority_of_the_settings_is_trusted_beside_those_of_the_environment(
    authority: Authority, tmp_path: Path, bare_environment: pytest.MonkeyPatch
) -> None:
    bare_environment.setenv("SSL_CERT_DIR", str(tmp_path))
    context = authority.server(tmp_path, host="localhost", expired_days=-30)

    assert (await read(context, ca_file=_written(authority, tmp_path))).draft.target == "Norwick Docks"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_an_authority_of_the_environment_is_trusted(
    name: str, authority: Authority, tmp_path: Path, bare_environment: pytest.MonkeyPatch
) -> None:
    context = authority.server(tmp_path, host="localhost", expired_days=-30)
    trusted = (_written if name == "SSL_CERT_FILE" else _rehashed)(authority, tmp_path)
    bare_environment.setenv(name, str(trusted))

    assert (await read(context)).draft.target == "Norwick Docks"


async def test_an_authority_of_the_settings_excuses_no_other_name(authority: Authority, tmp_path: Path) -> None:
    context = authority.server(tmp_path, host="other.example", expired_days=-30)
    with pytest.raises(EngineMisconfigured):
        await read(context, ca_file=_written(authority, tmp_path))
