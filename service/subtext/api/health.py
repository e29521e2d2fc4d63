"""Health endpoints: liveness, readiness, and the version that is running."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from subtext.api.openapi import NOT_READY, PROBLEMS
from subtext.errors import NotReady, ShuttingDown
from subtext.http.deps import AnalysesDep
from subtext.http.state import get_app_state
from subtext.schemas.analysis import SCHEMA_VERSION

# How long /readyz waits for the models (s): less than probes wait for an answer.
_LOADING_WAIT_S: Final = 1.5
_DATABASE_DOWN: Final = (
    "the database does not answer, or cannot write: articles are analyzed but not stored, and lists, batches and keys "
    "that are not in memory get 503 store_unavailable; restore the database"
)

router = APIRouter(tags=["service"])


class HealthView(BaseModel):
    """Liveness of the process."""

    status: str = Field(examples=["ok"])


class ReadinessView(BaseModel):
    """Readiness of the service, what it has loaded, and what fails although it is ready."""

    status: Literal["ready", "degraded"] = Field(description="degraded: articles are analyzed, but a check fails.")
    checks: dict[str, Literal["ok", "failed"]] = Field(
        description="Outcome of each check by its name: `database` if anything is stored. More may be added.",
        examples=[{"database": "ok"}],
    )
    detail: str | None = Field(description="What fails and what to do, for a person; null if nothing does.")
    engines: list[str] = Field(examples=[["local"]])
    axes: int = Field(examples=[1])
    prompts: int = Field(examples=[3])


class VersionView(BaseModel):
    """Versions of the service and the schema, and the digest of each released prompt by id@version."""

    version: str = Field(examples=["0.1.0"])
    schema_version: str = Field(examples=["1.0"])
    prompts: dict[str, str]


@router.get("/healthz", responses=PROBLEMS)
async def get_health() -> HealthView:
    """Report that the process is alive (liveness); nothing else is checked."""
    return HealthView(status="ok")


@router.get("/readyz", responses={**PROBLEMS, **NOT_READY})
async def get_readiness(analyses: AnalysesDep, request: Request) -> ReadinessView:
    """Report whether requests can be answered (readiness): engines are loaded, and no shutdown has begun.

    While they are being loaded it waits for that, up to 1.5 s: most who ask would ask again only seconds later. If they
    cannot be loaded, the detail says what is wrong. A database that does not answer within 1 s, or cannot be written,
    makes the service `degraded`, which is 200: articles are analyzed all the same, and are not stored.
    """
    state = get_app_state(request.app)
    if state.is_draining:
        raise ShuttingDown("the service is shutting down: ask another instance")
    try:
        async with asyncio.timeout(_LOADING_WAIT_S):
            await state.loaded.wait()
    except TimeoutError as error:
        raise NotReady("the service has just started and is loading its models: ask again in a moment") from error
    if state.loading_failure is not None:
        raise NotReady(state.loading_failure)
    check = state.require_services().database_check
    is_up = check is None or await check.is_up()
    return ReadinessView(
        status="ready" if is_up else "degraded",
        checks={} if check is None else {"database": "ok" if is_up else "failed"},
        detail=None if is_up else _DATABASE_DOWN,
        engines=[card.name for card in analyses.engines],
        axes=len(analyses.prompts.axes()),
        prompts=len(analyses.prompts.prompts()),
    )


@router.get("/version", responses=PROBLEMS)
async def get_version(analyses: AnalysesDep, request: Request) -> VersionView:
    """Return the versions that are running."""
    prompts = {f"{prompt.id}@{prompt.version}": prompt.sha256 for prompt in analyses.prompts.prompts()}
    return VersionView(version=request.app.version, schema_version=SCHEMA_VERSION, prompts=prompts)
