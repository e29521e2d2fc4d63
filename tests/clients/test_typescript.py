"""The TypeScript client: generated, compiled, and run with Node against the service."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from subtext.asgi import create_app
from tests.support.api import TEXT, serve
from tests.support.batches import batch_settings
from tests.support.typescript import build_client, require_node, run_tool
from tests.support.webhooks import sign_delivery

if TYPE_CHECKING:
    from pathlib import Path


def test_the_client_is_built_and_does_every_kind_of_call(tmp_path: Path) -> None:
    require_node()
    with serve(create_app(batch_settings(tmp_path))) as wire:
        url = f"http://127.0.0.1:{wire.port}"
        client = build_client(tmp_path / "client")
        environment = {"SUBTEXT_URL": url, "SUBTEXT_TEXT": TEXT, "SUBTEXT_WEBHOOK": sign_delivery()}
        tests = run_tool("npm", "test", cwd=client, **environment)
        package = json.loads(run_tool("npm", "pack", "--dry-run", "--json", cwd=client))

    assert re.search(r"pass 9$", tests, re.MULTILINE), tests
    assert {"dist/src/index.js", "dist/src/schema.d.ts", "README.md"} <= {item["path"] for item in package[0]["files"]}
