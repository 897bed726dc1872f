"""Retriever as a server of the Model Context Protocol: tools and resources for agents. Needs the extra ``mcp``.

Importing this loads none of its libraries, so that a command can show its help without them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from retriever.errors import MissingExtraError, install_command
from retriever.serving.http import Token
from retriever.serving.mcp.indexes import ServedIndex

__all__ = ["DEFAULT_MAX_TOKENS", "ServedIndex", "serve_http", "serve_stdio"]

# What a client keeps whole: some warn about results of 10,000 tokens, or cut them at 25,000.
DEFAULT_MAX_TOKENS = 8000


def serve_stdio(served: Sequence[ServedIndex], *, max_tokens: int = DEFAULT_MAX_TOKENS) -> None:
    """Serve some indexes to the client at standard input and output; returns when it goes away.

    Standard output carries the protocol and nothing else: what others print goes to standard error.

    Raises MissingExtraError without the SDK, UsageError for two indexes of one name.
    """
    try:
        from retriever.serving.mcp.stdio import serve
    except ModuleNotFoundError as error:
        raise _explain(error) from error
    serve(served, max_tokens=max_tokens)


def serve_http(
    served: Sequence[ServedIndex],
    *,
    port: int = 8001,
    max_tokens: int = DEFAULT_MAX_TOKENS,
    tokens: Sequence[Token] = (),
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve some indexes to clients of this machine by streamable HTTP, until the process is told to stop.

    - ``port``: 0 takes any free one
    - ``tokens``: who has none of them is refused; without any, nobody is asked
    - ``on_ready``: called with the URL as soon as it can be reached

    Raises MissingExtraError without the SDK, UsageError for two indexes of one name, a port that
    is taken and a token that is too short.
    """
    try:
        from retriever.serving.mcp.http import serve
    except ModuleNotFoundError as error:
        raise _explain(error) from error
    serve(served, port=port, max_tokens=max_tokens, tokens=tuple(tokens), on_ready=on_ready)


def _explain(error: ModuleNotFoundError) -> Exception:
    library = (error.name or "").partition(".")[0]
    if library == "retriever":
        return error
    return MissingExtraError(f"the MCP server needs {library}, which is not installed", hint=install_command("mcp"))
