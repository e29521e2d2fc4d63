"""Build the MCP server: tools that analyze, compare and verify, and resources for axes and prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations

from subtext.mcp.resources import CatalogueResources
from subtext.mcp.tools import AnalysisTools

if TYPE_CHECKING:
    from subtext.mcp.callers import GetCaller
    from subtext.services.analyses import AnalysisService

_INSTRUCTIONS = """\
Subtext reads a news article and returns a checked summary, and how the article frames its subject on an axis, with
verbatim quotes at exact offsets. Check `status` first. Quote only what is in `evidence`: each of those quotes is in the
text. A label is a judgement with a confidence, and `mixed` and `neither` are labels too."""
_JSON = "application/json"


def build_server(analyses: AnalysisService, get_caller: GetCaller, version: str) -> MCPServer[None]:
    """Build the server; `get_caller` says for whom a tool is called, and whether that is allowed."""
    server: MCPServer[None] = MCPServer(
        "subtext",
        title="Subtext",
        version=version,
        instructions=_INSTRUCTIONS,
        # What fails is a problem in the result; the SDK's own lines would repeat arguments.
        log_level="CRITICAL",
        subscriptions=False,
    )
    _add_tools(server, AnalysisTools(analyses, get_caller))
    _add_resources(server, CatalogueResources(analyses.prompts))
    return server


def _add_tools(server: MCPServer[None], tools: AnalysisTools) -> None:
    # Nothing of the reader's is changed; an article at a URL is fetched from the web.
    reads_web = ToolAnnotations(read_only_hint=True, open_world_hint=True)
    reads_input = ToolAnnotations(read_only_hint=True, open_world_hint=False, idempotent_hint=True)
    server.add_tool(tools.analyze_article, title="Analyze an article", annotations=reads_web)
    server.add_tool(tools.compare_articles, title="Compare articles about one story", annotations=reads_web)
    server.add_tool(tools.verify_analysis, title="Verify an analysis", annotations=reads_input)


def _add_resources(server: MCPServer[None], resources: CatalogueResources) -> None:
    server.resource("subtext://axes", title="Axes of framing", mime_type=_JSON)(resources.list_axes)
    server.resource("subtext://axes/{reference}", title="Axis, as id or id@version", mime_type=_JSON)(
        resources.get_axis
    )
    server.resource("subtext://prompts", title="Released prompts", mime_type=_JSON)(resources.list_prompts)
    server.resource("subtext://prompts/{reference}", title="Prompt, as id or id@version", mime_type=_JSON)(
        resources.get_prompt
    )
