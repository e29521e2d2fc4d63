"""Arguments of tools: one that a tool does not have, or of the wrong type, is an error that names it.

The SDK ignores unknown arguments, and reports those that are invalid with their values: an assistant that misspells
one would get the result of another question, and a log or a model the article again.
"""

from __future__ import annotations

from inspect import getdoc
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase
from pydantic import ConfigDict, create_model

from subtext.errors import RequestInvalid
from subtext.schemas.problem import FIELD_PROBLEMS_MAX, describe_first_field, json_pointer_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_types import ToolAnnotations
    from pydantic import ValidationError


class _StrictArguments(ArgModelBase):
    model_config = ConfigDict(extra="forbid")


def build_tool(function: Callable[..., Any], title: str, annotations: ToolAnnotations) -> Tool:
    """Build a tool of a function, described by its docstring; it takes the arguments of its schema, and no others."""
    tool = Tool.from_function(function, title=title, description=getdoc(function), annotations=annotations)
    arguments = tool.fn_metadata.arg_model
    strict = create_model(arguments.__name__, __base__=(arguments, _StrictArguments))
    metadata = tool.fn_metadata.model_copy(update={"arg_model": strict})
    return tool.model_copy(update={"fn_metadata": metadata, "parameters": strict.model_json_schema(by_alias=True)})


def to_request_invalid(error: ValidationError, tool: Tool) -> RequestInvalid:
    """Convert the SDK's error about a tool's arguments: it names the unknown ones, else the first invalid one."""
    failures = error.errors(include_url=False, include_input=False)
    unknown = [item["loc"][0] for item in failures if item["type"] == "extra_forbidden" and len(item["loc"]) == 1]
    if not unknown:
        return RequestInvalid(f"{describe_first_field(error)}; then send it again")
    names = ", ".join(json_pointer_token(name) for name in unknown[:FIELD_PROBLEMS_MAX])
    known = ", ".join(tool.parameters["properties"])
    return RequestInvalid(
        f"{names}: not an argument of {tool.name}, which takes {known}: remove it or correct its name"
    )
