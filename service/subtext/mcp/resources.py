"""Resources: axes and prompts, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcp.server.mcpserver.exceptions import ResourceNotFoundError

from subtext.errors import AxisNotFound, PromptNotFound
from subtext.schemas.catalogue import AxesView, AxisView, PromptsView, PromptView

if TYPE_CHECKING:
    from subtext.prompts.registry import PromptRegistry


class CatalogueResources:
    """Read axes and prompts; one that does not exist is an error that says what to do."""

    def __init__(self, prompts: PromptRegistry) -> None:
        self._prompts = prompts

    def list_axes(self) -> str:
        """List the axes of framing that are loaded, every version."""
        return AxesView(axes=[AxisView.of(spec.axis) for spec in self._prompts.axes()]).model_dump_json()

    def get_axis(self, reference: str) -> str:
        """Return an axis: poles, indicators and labels."""
        try:
            return AxisView.of(self._prompts.axis(reference).axis).model_dump_json()
        except AxisNotFound as error:
            raise ResourceNotFoundError(error.detail) from error

    def list_prompts(self) -> str:
        """List the released prompts with their digests."""
        return PromptsView(prompts=[PromptView.of(prompt) for prompt in self._prompts.prompts()]).model_dump_json()

    def get_prompt(self, reference: str) -> str:
        """Return a prompt: its digest, and the templates of its messages."""
        try:
            prompt = self._prompts.prompt(reference)
        except PromptNotFound as error:
            raise ResourceNotFoundError(error.detail) from error
        templates = {"system": prompt.file.system, "user": prompt.file.user, "correction": prompt.file.mend}
        return json.dumps({**PromptView.of(prompt).model_dump(), "templates": templates})
