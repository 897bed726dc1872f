"""The server over standard input and output, until the client goes away."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Sequence
from io import TextIOWrapper
from typing import Any, cast

import anyio
from mcp.server.stdio import stdio_server

from retriever.serving.mcp.indexes import ServedIndex, ServedIndexes
from retriever.serving.mcp.server import make_server

# Escapes in JSON: pairs of surrogates, halves of one, and all others, so that these are passed over.
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)


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
    server = make_server(indexes, max_tokens=max_tokens)
    async with stdio_server(cast("Any", _Lines())) as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


class _Lines:
    """The lines of standard input. Bytes that are no UTF-8 and halves of a character become �.

    A client that cuts a text within a character sends such a half, and the SDK would never answer that message.
    """

    async def __aiter__(self) -> AsyncIterator[str]:
        async for line in anyio.wrap_file(TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")):
            yield mend_escapes(line)


def mend_escapes(line: str) -> str:
    """A line of JSON with � in place of halves of a character that are escaped."""
    if "\\ud" not in line and "\\uD" not in line:
        return line
    return _ESCAPE.sub(lambda found: "\\ufffd" if found[1] else found[0], line)


def _is_gone(error: BaseException) -> bool:
    """Whether an error only says that the client does not read any more."""
    parts = getattr(error, "exceptions", None)
    if parts is not None:
        return all(_is_gone(part) for part in parts)
    return isinstance(error, BrokenPipeError | anyio.BrokenResourceError | anyio.ClosedResourceError)
