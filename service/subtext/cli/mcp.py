"""`subtext mcp`: serve the Model Context Protocol on standard input and output."""

from __future__ import annotations

from subtext.errors import SettingsInvalid


def mcp() -> None:
    """Serve Subtext to an assistant as tools (Model Context Protocol) on standard input and output.

    An assistant's configuration names this command; docs/mcp.md shows it for three of them. The service offers the same
    over HTTP with SUBTEXT_MCP_ENABLED=true.
    """
    import asyncio

    from subtext.logs import configure_logs
    from subtext.settings import load_settings

    try:
        from subtext.bootstrap.mcp import serve_stdio
    except ImportError as error:
        raise SettingsInvalid("MCP needs what the extra has: pip install 'subtext[mcp]'") from error
    # Standard output belongs to the protocol; logs are written to standard error.
    configure_logs("error", "console")
    asyncio.run(serve_stdio(load_settings()))
