"""``retriever mcp``: serves indexes to agents by the Model Context Protocol."""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retriever_cli.failures import INTERRUPTED
from retriever_cli.home import index_path
from retriever_cli.options import IndexesOption

if TYPE_CHECKING:
    from retriever.serving.mcp import ServedIndex

EXAMPLES = """\b
Examples:
  retriever mcp
  retriever mcp --index reports --index laws
  retriever mcp --max-tokens 4000
"""


def mcp(
    index: IndexesOption = ["default"],  # noqa: B006  (never changed)
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", min=500, metavar="N", help="The most tokens that a result may have.")
    ] = 8000,
) -> None:
    """Serve indexes to agents by the Model Context Protocol.

    The client of the agent starts this command and talks to it over standard input and output. It knows each index by
    the name of its folder. Needs the extra mcp.
    """
    served = name_indexes(index)
    from retriever.serving.mcp import serve_stdio

    _log_to_stderr()
    # A thread waits for standard input, and would hold up the exit until the client writes another line.
    signal.signal(signal.SIGINT, _leave)
    serve_stdio(served, max_tokens=max_tokens)


def name_indexes(values: list[str]) -> list[ServedIndex]:
    """The indexes to serve, each by the name of its folder; of several with one name the later ones get a number."""
    from retriever.serving.mcp import ServedIndex

    found: dict[str, ServedIndex] = {}
    for location in dict.fromkeys(_locate(value) for value in values):
        name = wanted = Path(location).name or "index"
        number = 1
        while name in found:
            number += 1
            name = f"{wanted}-{number}"
        found[name] = ServedIndex(name, location)
    return list(found.values())


def _locate(value: str) -> str:
    path = index_path(value)
    return path if isinstance(path, str) else os.path.abspath(path)


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


def _leave(*_: Any) -> None:
    os._exit(INTERRUPTED)
