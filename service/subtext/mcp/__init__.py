"""Model Context Protocol (MCP): Subtext as tools and resources of an assistant, over stdio and streamable HTTP."""
