"""Build the MCP server: tools that analyze, compare and verify, and resources for axes and prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import ValidationError

from subtext.mcp.arguments import build_tool, to_request_invalid
from subtext.mcp.resources import CatalogueResources
from subtext.mcp.tools import AnalysisTools

if TYPE_CHECKING:
    from mcp.server.mcpserver.tools import Tool

    from subtext.mcp.callers import GetCaller
    from subtext.services.analyses import AnalysisService

_INSTRUCTIONS = """\
Subtext reads a news article and returns a checked summary, and how the article frames its subject on an axis, with
verbatim quotes at exact offsets. Check `status` first. Quote only what is in `evidence`: each of those quotes is in the
text. A label is a judgement with a confidence, and `mixed` and `neither` are labels too."""
_JSON = "application/json"


class ToolServer(MCPServer[None]):
    """MCP server that answers invalid arguments with a problem, as every other failure of a tool."""

    def __init__(self, analysis_tools: AnalysisTools, version: str) -> None:
        tools = _build_tools(analysis_tools)
        super().__init__(
            "subtext",
            title="Subtext",
            version=version,
            instructions=_INSTRUCTIONS,
            tools=tools,
            # What fails is a problem in the result; the SDK's own lines would repeat arguments.
            log_level="CRITICAL",
            subscriptions=False,
        )
        self._analysis_tools = analysis_tools
        self._tools = {tool.name: tool for tool in tools}

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[None, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; raises `ToolError` if there is none of this name."""
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if context is None or not isinstance(error.__cause__, ValidationError):
                raise
            return await self._analysis_tools.refuse(context, to_request_invalid(error.__cause__, self._tools[name]))


def build_server(analyses: AnalysisService, get_caller: GetCaller, version: str) -> MCPServer[None]:
    """Build the server; `get_caller` says for whom a tool is called, and whether that is allowed."""
    server = ToolServer(AnalysisTools(analyses, get_caller), version)
    _add_resources(server, CatalogueResources(analyses.prompts))
    return server


def _build_tools(tools: AnalysisTools) -> list[Tool]:
    # Nothing of the reader's is changed; an article at a URL is fetched from the web.
    reads_web = ToolAnnotations(read_only_hint=True, open_world_hint=True)
    reads_input = ToolAnnotations(read_only_hint=True, open_world_hint=False, idempotent_hint=True)
    return [
        build_tool(tools.analyze_article, "Analyze an article", reads_web),
        build_tool(tools.compare_articles, "Compare articles about one story", reads_web),
        build_tool(tools.verify_analysis, "Verify an analysis", reads_input),
    ]


def _add_resources(server: MCPServer[None], resources: CatalogueResources) -> None:
    server.resource("subtext://axes", title="Axes of framing", mime_type=_JSON)(resources.list_axes)
    server.resource("subtext://axes/{reference}", title="Axis, as id or id@version", mime_type=_JSON)(
        resources.get_axis
    )
    server.resource("subtext://prompts", title="Released prompts", mime_type=_JSON)(resources.list_prompts)
    server.resource("subtext://prompts/{reference}", title="Prompt, as id or id@version", mime_type=_JSON)(
        resources.get_prompt
    )
