"""The whole API against its own description: generated requests, good and bad, under every check of schemathesis."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from schemathesis import serializer
from schemathesis.config import SchemathesisConfig
from schemathesis.openapi import from_url

from subtext.asgi import create_app
from subtext.settings import BatchSettings, FetchSettings, StoreSettings
from tests.support.api import serve, settings
from tests.support.examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis.schemas import BaseSchema

SNAPSHOT = json.loads((Path(__file__).parent / "openapi.json").read_text(encoding="utf-8"))
CONFIG = SchemathesisConfig.from_path(Path(__file__).resolve().parents[2] / "schemathesis.toml")
serializer.alias("application/x-ndjson", "text/plain")
OPERATIONS = [(path, method) for path, methods in SNAPSHOT["paths"].items() for method in methods]


@pytest.fixture(scope="module")
def described(_nothing_set: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    """The API as a running service describes it; generated addresses are refused, not fetched."""
    store = StoreSettings(database_url=f"sqlite:///{tmp_path_factory.mktemp('store') / 'kept.db'}")
    batches = BatchSettings(enabled=True, work=False)
    with serve(create_app(settings(fetch=FetchSettings(enabled=False), store=store, batches=batches))) as wire:
        yield from_url(f"http://127.0.0.1:{wire.port}/openapi.json", config=CONFIG)


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=str)
def test_the_api_is_as_it_describes_itself(described: BaseSchema, path: str, method: str) -> None:
    strategy = described[path][method].as_strategy()

    @profile(max_examples=examples(10), deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        data.draw(strategy).call_and_validate()

    holds()
