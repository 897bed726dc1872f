"""The server over standard input and output, until the client goes away."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from io import TextIOWrapper
from typing import Any, cast

import anyio
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage

from retriever.serving.mcp.indexes import ServedIndex, ServedIndexes
from retriever.serving.mcp.messages import mend_message, refuse_message
from retriever.serving.mcp.server import make_server


def serve(served: Sequence[ServedIndex], *, max_tokens: int) -> None:
    """Serve until the client closes standard input; see ``retriever.serving.mcp.serve_stdio``."""
    indexes = ServedIndexes(served)
    try:
        anyio.run(_serve, indexes, max_tokens)
    except Exception as error:
        if not _is_gone(error):
            raise
    finally:
        indexes.close()


async def _serve(indexes: ServedIndexes, max_tokens: int) -> None:
    server, lines = make_server(indexes, max_tokens=max_tokens), _Lines()
    async with stdio_server(cast("Any", lines)) as (incoming, outgoing):
        lines.outgoing = outgoing
        await server.run(incoming, outgoing, server.create_initialization_options())


class _Lines:
    """The messages of standard input. Those that the SDK would never answer are answered by way of ``outgoing``."""

    outgoing: Any = None

    async def __aiter__(self) -> AsyncIterator[str]:
        async for line in anyio.wrap_file(TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")):
            message = mend_message(line)
            if error := refuse_message(message):
                await self.outgoing.send(SessionMessage(error))
            else:
                yield message


def _is_gone(error: BaseException) -> bool:
    """Whether an error only says that the client does not read any more."""
    parts = getattr(error, "exceptions", None)
    if parts is not None:
        return all(_is_gone(part) for part in parts)
    return isinstance(error, BrokenPipeError | anyio.BrokenResourceError | anyio.ClosedResourceError)
