"""The application as it is imported: what only some services need is not loaded for all of them."""

from __future__ import annotations

import os
import subprocess
import sys

# Each takes a tenth of a second or more to import, or a megabyte or more for as long as the process runs.
HEAVY = (
    "aiohttp",
    "alembic",
    "dbos",
    "email.policy",
    "httpcore2",
    "httpx2",
    "limits",
    "lxml",
    "numpy",
    "onnxruntime",
    "openai",
    "psycopg",
    "redis",
    "slack_bolt",
    "sqlalchemy.dialects.postgresql",
    "tenacity",
    "tokenizers",
    "trafilatura",
)
LOADED = f"""
import sys
from subtext.asgi import create_app
create_app()
print(*sorted(set(sys.modules) & set({HEAVY!r})))
"""


def test_an_application_is_built_without_what_it_may_never_need() -> None:
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout

    assert loaded.split() == []


def test_a_database_that_is_new_or_current_is_opened_without_alembic(tmp_path: object) -> None:
    opened = f"""
import asyncio, sys
from subtext.storage.database import open_database

async def opens():
    async with open_database("sqlite:///{tmp_path}/kept.db", migrate=True):
        return "alembic" in sys.modules

print(asyncio.run(opens()))
"""
    runs = [
        subprocess.run([sys.executable, "-c", opened], capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(2)
    ]

    assert runs == ["False", "False"]


def test_a_service_with_a_model_loads_no_weights_at_its_start() -> None:
    started = """
import asyncio, sys
from subtext.asgi import create_app

async def start():
    app = create_app()
    async with app.router.lifespan_context(app):
        return "onnxruntime" in sys.modules

print(asyncio.run(start()))
"""
    model = {
        "SUBTEXT_LLM_BASE_URL": "http://127.0.0.1:9/v1",
        "SUBTEXT_LLM_MODEL": "m",
        "SUBTEXT_STORE_ENABLED": "false",
    }
    outcome = subprocess.run(
        [sys.executable, "-c", started], capture_output=True, text=True, check=True, env={**os.environ, **model}
    )

    assert outcome.stdout == "False\n"
