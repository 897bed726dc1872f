"""``retriever mcp``: serves indexes to agents by the Model Context Protocol."""

from __future__ import annotations

import logging
import os
import shlex
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retriever_cli.commands.mcp_install import install as install_entry
from retriever_cli.commands.mcp_install import list_clients, print_entry
from retriever_cli.config import current_config
from retriever_cli.console import note, notice
from retriever_cli.failures import INTERRUPTED
from retriever_cli.home import index_path
from retriever_cli.options import IndexesOption, refuse_given

if TYPE_CHECKING:
    from retriever.serving.mcp import ServedIndex

DEFAULT_MAX_TOKENS = 8000
PORT = 8001
NAME = "retriever"

EXAMPLES = """\b
Examples:
  retriever mcp
  retriever mcp --index reports --index laws
  retriever mcp --max-tokens 4000
  retriever mcp --http --port 9000
  retriever mcp --install                    (lists the clients)
  retriever mcp --install claude-code --index reports
  retriever mcp --install --print
"""


def mcp(
    client: Annotated[
        str | None, typer.Argument(metavar="CLIENT", show_default=False, help="With --install: the client.")
    ] = None,
    index: IndexesOption = ["default"],  # noqa: B006  (never changed)
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", min=500, metavar="N", help="The most tokens that a result may have.")
    ] = DEFAULT_MAX_TOKENS,
    http: Annotated[
        bool, typer.Option("--http", help="Serve by streamable HTTP, to clients of this machine, until stopped.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="N", help="With --http: the port; 0 takes any free one.")
    ] = PORT,
    install: Annotated[
        bool, typer.Option("--install", help="Write the entry for CLIENT into its settings, or list the clients.")
    ] = False,
    only_print: Annotated[
        bool, typer.Option("--print", help="With --install: show the entry, and write nothing.")
    ] = False,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="With --install: the entry's name.")] = NAME,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --install: do not ask.")] = False,
) -> None:
    """Serve indexes to agents by the Model Context Protocol.

    The client of the agent starts this command and talks to it over standard input and output. It knows each index by
    the name of its folder. Needs the extra mcp.
    """
    if not install:
        given = {"CLIENT": bool(client), "--print": only_print, "--yes": yes, "--name": name != NAME}
        refuse_given(given, "is only for --install", hint="retriever mcp --install CLIENT")
        if not http:
            refuse_given({"--port": port != PORT}, "is only for --http", hint="retriever mcp --http --port N")
        _serve(index, max_tokens, port if http else None)
        return
    if client is None and not only_print:
        list_clients()
        return
    from retriever.serving.mcp.clients import find_command

    served = name_indexes(index)
    for item in served:
        if "://" not in item.location and not os.path.isdir(item.location):
            where = f" --index {shlex.quote(item.location)}"
            notice(f"there is no index at {item.location} yet; make it: retriever index SOURCE...{where}")
    words = [word for item in served for word in ("--index", item.location)]
    limit = [] if max_tokens == DEFAULT_MAX_TOKENS else ["--max-tokens", str(max_tokens)]
    # What the file of settings says, the server will read there, too.
    command = find_command(["mcp", *words, *limit], leave_out=current_config().list_exported())
    if secrets := ", ".join(command.secrets):
        notice(f"the entry leaves out {secrets}: put a token into the configuration file, keys into ~/.aws/credentials")
    if client is None:
        print_entry(name, command)
    else:
        install_entry(client, name, command, only_print=only_print, yes=yes)


def _serve(index: list[str], max_tokens: int, port: int | None) -> None:
    """Serve by HTTP at a port; without one over standard input and output."""
    served = name_indexes(index)
    from retriever.serving.mcp import serve_http, serve_stdio

    _log_to_stderr()
    if port is not None:
        from retriever.serving.http import VARIABLE, find_tokens

        names = ", ".join(item.name for item in served)
        tokens = find_tokens(None, os.environ)
        os.environ.pop(VARIABLE, None)
        serve_http(
            served,
            port=port,
            max_tokens=max_tokens,
            tokens=tokens,
            on_ready=lambda url: note(f"serving {names} on {url}"),
        )
        return
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
