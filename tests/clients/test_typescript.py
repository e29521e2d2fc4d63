"""The TypeScript client: generated, compiled, and run with Node against the service, the guide's code included."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from standardwebhooks.webhooks import Webhook as Signer

from subtext.asgi import create_app
from subtext.domain.batch import ItemState
from subtext.domain.webhook import Event, build_payload, new_secret
from tests.support.api import TEXT, serve
from tests.support.batches import batch_settings
from tests.support.repository import ROOT
from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "clients" / "typescript"
GUIDE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```ts\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def run(*command: str, cwd: Path, **environment: str) -> str:
    result = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def build(folder: Path, url: str) -> Path:
    """Build the client in a copy, with the code of the guide beside its tests."""
    copy = folder / "clients" / "typescript"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("node_modules", "dist", "schema.ts"))
    (folder / "tests" / "api").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "api" / "openapi.json", folder / "tests" / "api")
    (copy / "test" / "guide.ts").write_text("\n".join(BLOCKS).replace("http://127.0.0.1:8000", url), encoding="utf-8")
    run("npm", "ci", "--no-audit", "--no-fund", "--prefer-offline", cwd=copy)
    run("npm", "run", "build", cwd=copy)
    return copy


def signed_message() -> str:
    """Return a message that is signed as the service signs, for the test in TypeScript."""
    now, secret = datetime.now(UTC), new_secret()
    body = build_payload(Event.BATCH_COMPLETED, "bat_1", {ItemState.DONE: 1}, now)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(time.time())),
        "webhook-signature": Signer(secret).sign("msg_1", now, body),
    }
    return json.dumps({"body": body, "headers": headers, "secret": secret})


def test_the_client_is_built_and_does_every_kind_of_call(tmp_path: Path) -> None:
    require_or_skip("node", present=shutil.which("npm") is not None, why="npm is not installed")
    with serve(create_app(batch_settings(tmp_path))) as wire:
        url = f"http://127.0.0.1:{wire.port}"
        client = build(tmp_path / "client", url)
        environment = {"SUBTEXT_URL": url, "SUBTEXT_TEXT": TEXT, "SUBTEXT_WEBHOOK": signed_message()}
        tests = run("npm", "test", cwd=client, **environment)
        package = json.loads(run("npm", "pack", "--dry-run", "--json", cwd=client))

    assert re.search(r"pass 10$", tests, re.MULTILINE), tests
    for words in ("true", "reading_article", "abstained", "request_invalid the request"):
        assert words in tests, words
    assert {"dist/src/index.js", "dist/src/schema.d.ts", "README.md"} <= {item["path"] for item in package[0]["files"]}
