"""The server over standard input and output, until the client goes away."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import AsyncIterator, Sequence
from io import TextIOWrapper
from typing import Any, cast

import anyio
from mcp import types
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage

from retriever.serving.mcp.indexes import ServedIndex, ServedIndexes
from retriever.serving.mcp.server import make_server

# Escapes in JSON: pairs of surrogates, halves of one, and all others, so that these are passed over.
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)

# An id from a language in which all numbers have decimals: the SDK would take the request for a notification. In a
# text the quotes are escaped, so that nothing there looks like it.
_WHOLE_ID = re.compile(r'"id"\s*:\s*(-?[0-9]+)\.0+(?=\s*[,}])')
_MOST_DIGITS = 640  # which every setting of Python reads


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
    """The lines of standard input. Bytes that are no UTF-8 and halves of a character become �.

    A client that cuts a text within a character sends such a half, and the SDK would never answer that message. Nor
    does it answer one of another form, which the client then waits for; so that is done here, by way of ``outgoing``.
    """

    outgoing: Any = None

    async def __aiter__(self) -> AsyncIterator[str]:
        async for line in anyio.wrap_file(TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")):
            message = _WHOLE_ID.sub(r'"id": \1', mend_escapes(line.removeprefix("\ufeff")))
            if error := _refuse_message(message):
                await self.outgoing.send(SessionMessage(error))
            else:
                yield message


def _refuse_message(line: str) -> types.JSONRPCError | None:
    """The answer to a line that is no message; None for a message, and where nobody waits for an answer."""
    try:
        message = types.jsonrpc_message_adapter.validate_json(line, by_name=False) if line.strip() else None
        # A request whose id is neither text nor a whole number is read as a notification, without its id.
        if not isinstance(message, types.JSONRPCNotification) or '"id"' not in line:
            return None
    except ValueError:
        pass
    number, code, reason = None, types.INVALID_REQUEST, "this is no request of JSON-RPC 2.0"
    try:
        value = json.loads(line, parse_int=_parse_number)
    except (ValueError, RecursionError) as error:
        code, reason = types.PARSE_ERROR, f"this is no JSON: {error}"
    else:
        if isinstance(value, dict):
            given = value.get("id")
            if given is None:
                return None
            number = given if type(given) in (int, str) else None
    return types.JSONRPCError(jsonrpc="2.0", id=number, error=types.ErrorData(code=code, message=reason))


def _parse_number(digits: str) -> int | float:
    """An integer; one of more digits than Python reads is only large."""
    return int(digits) if len(digits) < _MOST_DIGITS else math.inf


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
