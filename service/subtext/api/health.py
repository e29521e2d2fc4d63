"""Whether the process lives, whether it can serve, and what it is."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from subtext.api.openapi import DRAINING, PROBLEMS
from subtext.errors import ShuttingDown
from subtext.http.deps import AnalysesDep
from subtext.http.state import get_app_state
from subtext.schemas.analysis import SCHEMA_VERSION

router = APIRouter(tags=["service"])


class HealthView(BaseModel):
    """The process lives."""

    status: str = Field(examples=["ok"])


class ReadinessView(BaseModel):
    """The service can answer."""

    status: str = Field(examples=["ready"])
    engines: list[str] = Field(examples=[["local"]])
    axes: int = Field(examples=[1])
    prompts: int = Field(examples=[3])


class VersionView(BaseModel):
    """What is running: versions, and the digest of each released prompt by id@version."""

    version: str = Field(examples=["0.1.0"])
    schema_version: str = Field(examples=["1.0"])
    prompts: dict[str, str]


@router.get("/healthz", responses=PROBLEMS)
async def get_health() -> HealthView:
    """Whether the process lives; nothing else is looked at."""
    return HealthView(status="ok")


@router.get("/readyz", responses={**PROBLEMS, **DRAINING})
async def get_readiness(analyses: AnalysesDep, request: Request) -> ReadinessView:
    """Whether requests can be answered: prompts and axes are loaded, an engine is there, and the end is not near."""
    if get_app_state(request.app).is_draining:
        raise ShuttingDown("the service is about to end: ask another one")
    engines = [card.name for card in analyses.engines]
    return ReadinessView(
        status="ready", engines=engines, axes=len(analyses.prompts.axes()), prompts=len(analyses.prompts.prompts())
    )


@router.get("/version", responses=PROBLEMS)
async def get_version(analyses: AnalysesDep, request: Request) -> VersionView:
    """What is running."""
    prompts = {f"{prompt.id}@{prompt.version}": prompt.sha256 for prompt in analyses.prompts.prompts()}
    return VersionView(version=request.app.version, schema_version=SCHEMA_VERSION, prompts=prompts)
