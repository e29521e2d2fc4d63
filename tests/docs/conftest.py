"""What the programs of the documents talk to: a service, a site with an article, and a receiver of webhooks."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from subtext.settings import BatchSettings, KeySettings, StoreSettings, WebhookSettings
from tests.support.api import serve, settings
from tests.support.api_keys import PEPPER, create_key
from tests.support.document_programs import DELIVERY, Session, link_checkout
from tests.support.intake import ARTICLE
from tests.support.owners import MINE
from tests.support.webhooks import sign_delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from subtext.settings import Settings

SERVICE, SITE, RECEIVER = "http://127.0.0.1:8000", "https://news.example", "https://hooks.example"


class OutsideHandler(BaseHTTPRequestHandler):
    """Answers every GET with an article, and takes every POST."""

    def do_GET(self) -> None:
        self._answer(200, ARTICLE.encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(204, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def outside() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), OutsideHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def build_settings(folder: Path, *, auth: str) -> Settings:
    """Return settings of a service with batches and webhooks on, whose database and key the programs share."""
    return settings(
        auth=auth,
        store=StoreSettings(database_url=f"sqlite:///{folder / 'kept.db'}"),
        keys=KeySettings(pepper=PEPPER, fresh_s=0),  # a page uses the key that it has just created
        batches=BatchSettings(enabled=True),
        webhooks=WebhookSettings(private_hosts=("127.0.0.0/8",)),
    )


@contextlib.contextmanager
def open_session(folder: Path, outside: str, *, auth: str) -> Iterator[Session]:
    """Run a service, and yield a session with a key of its database; with `off` the service asks for none."""
    service = build_settings(folder, auth=auth)
    variables = {
        DELIVERY: sign_delivery(),
        "SUBTEXT_STORE_DATABASE_URL": service.store.database_url,
        "SUBTEXT_KEYS_PEPPER": PEPPER,
    }
    if auth == "keys":
        variables["SUBTEXT_API_KEY"] = create_key(service, MINE)["Authorization"].removeprefix("Bearer ")
    checkout = folder / "checkout"
    checkout.mkdir()
    with serve(create_app(service)) as wire:
        addresses = {SERVICE: f"http://127.0.0.1:{wire.port}", SITE: outside, RECEIVER: outside}
        yield Session(link_checkout(checkout), variables, addresses)


@pytest.fixture
def session_for(tmp_path: Path, outside: str) -> Callable[[Path], AbstractContextManager[Session]]:
    """Open the session that a page is written for: with keys, if its code names the variable of the key."""

    def choose(page: Path) -> AbstractContextManager[Session]:
        auth = "keys" if "SUBTEXT_API_KEY" in page.read_text(encoding="utf-8") else "off"
        return open_session(tmp_path, outside, auth=auth)

    return choose
