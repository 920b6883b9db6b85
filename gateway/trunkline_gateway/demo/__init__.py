"""The demo: a real gateway, real sockets, a real MCP client; only the vendors are imitations."""
