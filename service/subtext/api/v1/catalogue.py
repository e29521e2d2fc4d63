"""Endpoints of the catalogue: axes, prompts and engines that requests can name."""

from __future__ import annotations

from fastapi import APIRouter

from subtext.api.openapi import PROBLEMS
from subtext.http.deps import AnalysesDep
from subtext.schemas.catalogue import AxesView, AxisView, EnginesView, PromptsView, PromptView

router = APIRouter(tags=["catalogue"])


@router.get("/axes", responses=PROBLEMS)
async def list_axes(analyses: AnalysesDep) -> AxesView:
    """List the axes of framing that are loaded, every version."""
    return AxesView(axes=[AxisView.of(spec.axis) for spec in analyses.prompts.axes()])


@router.get("/prompts", responses=PROBLEMS)
async def list_prompts(analyses: AnalysesDep) -> PromptsView:
    """List the released prompts with their digests."""
    return PromptsView(prompts=[PromptView.of(prompt) for prompt in analyses.prompts.prompts()])


@router.get("/engines", responses=PROBLEMS)
async def list_engines(analyses: AnalysesDep) -> EnginesView:
    """List the engines that requests can name, the preferred one first."""
    return EnginesView.of(analyses.engines)
