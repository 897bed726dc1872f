"""The server over standard input and output, until the client goes away."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
from mcp.server.stdio import stdio_server

from retriever.serving.mcp.indexes import ServedIndex, ServedIndexes
from retriever.serving.mcp.server import make_server


def serve(served: Sequence[ServedIndex], *, max_tokens: int) -> None:
    """Serve until the client closes standard input; see ``retriever.serving.mcp.serve_stdio``."""
    indexes = ServedIndexes(served)
    try:
        anyio.run(_serve, indexes, max_tokens)
    finally:
        indexes.close()


async def _serve(indexes: ServedIndexes, max_tokens: int) -> None:
    server = make_server(indexes, max_tokens=max_tokens)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
