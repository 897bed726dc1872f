"""The settings of MCP clients: where each keeps its servers, and how an entry is added to them.

Needs no extra but for settings in TOML, which tomlkit edits.
"""

from __future__ import annotations

from retriever.serving.mcp.clients.catalogue import CLIENTS, Client, find_client
from retriever.serving.mcp.clients.entry import ServerCommand, find_command
from retriever.serving.mcp.clients.install import Plan, make_plan, write_plan

__all__ = ["CLIENTS", "Client", "Plan", "ServerCommand", "find_client", "find_command", "make_plan", "write_plan"]
