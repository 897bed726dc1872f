"""``retriever mcp --install``: shows the entry for a client of agents, and writes it into the client's settings."""

from __future__ import annotations

import difflib
import json
import sys
from typing import TYPE_CHECKING

import typer

from retriever.errors import UsageError
from retriever_cli.console import escape_line, note, notice, show, write
from retriever_cli.failures import DECLINED

if TYPE_CHECKING:
    from retriever.serving.mcp.clients import Plan, ServerCommand


def list_clients() -> None:
    """Print each client with its settings, those that are found first."""
    from retriever.serving.mcp.clients import CLIENTS

    found = [client for client in CLIENTS if client.is_found()]
    others = [client for client in CLIENTS if client not in found]
    for heading, clients in (("found", found), ("not found", others)):
        if clients:
            show(f"{heading}\n")
        for client in clients:
            write(escape_line(f"  {client.name:16} {client.title:20} {client.settings()}") + "\n")
    notice("write the entry for one: retriever mcp --install CLIENT")


def print_entry(name: str, command: ServerCommand) -> None:
    """Print the entry in the form that most clients read."""
    entry = {"mcpServers": {name: command.to_entry({})}}
    write(json.dumps(entry, ensure_ascii=False, indent=2) + "\n")


def install(client_name: str, name: str, command: ServerCommand, *, only_print: bool, yes: bool) -> None:
    """Show the entry for a client, ask, and write it. Exits with 1 if the answer is no."""
    from retriever.serving.mcp.clients import find_client, make_plan, write_plan
    from retriever.serving.mcp.clients.install import write_entry

    client = find_client(client_name)
    entry = command.to_entry(client.fields)
    shown = write_entry(client, name, entry)
    if only_print:
        write(shown)
        return
    try:
        plan = make_plan(client, name, entry)
    except UsageError:
        # The settings stay as they are; the user can still add it.
        write(shown)
        raise
    _show(plan)
    if not plan.is_needed:
        notice("the settings have it already; nothing to do")
        return
    if not client.is_found():
        notice(f"{client.title} does not seem to be installed")
    if not yes and not _confirm(plan):
        notice("nothing was written")
        raise typer.Exit(DECLINED)
    backup = write_plan(plan)
    note(f"written: {plan.path}")
    if backup:
        notice(f"the former settings: {backup}")
    notice(f"in {client.title}: {client.restart}")


def _show(plan: Plan) -> None:
    """Print the settings' path, and the entry, or how it changes a former one."""
    note(f"{plan.client.title}: {plan.path}")
    if plan.former is None or not plan.is_needed:
        write(plan.entry)
        return
    before, after = (plan.before or "").splitlines(), plan.after.splitlines()
    write("\n".join(difflib.unified_diff(before, after, "before", "after", lineterm="", n=2)) + "\n")


def _confirm(plan: Plan) -> bool:
    """Ask whether to write the entry. Raises UsageError where nobody can answer."""
    if not sys.stdin.isatty():
        raise UsageError("writing the entry has to be confirmed", hint="add --yes")
    verb = "replace" if plan.former is not None else "add"
    note(f"{verb} the entry {plan.name!r}? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")
