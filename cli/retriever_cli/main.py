"""The command ``retriever`` and its subcommands. A command imports the library only when it runs.

``main`` is the only place where errors become exit codes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer

from retriever import __version__
from retriever_cli import completion, failures
from retriever_cli.config import read_config, use_config
from retriever_cli.console import prepare_streams, set_colour, write
from retriever_cli.help import Group

EXAMPLES = """\b
Examples:
  retriever index reports/
  retriever search 怎样给老旧小区装电梯？

\b
Exit codes:
  0 success
  1 no hits (eval: below --fail-under; check: a claim is not supported)
  2 the command line, the question or a filter is invalid
  3 index or model cannot be used
  4 some sources could not be read (the rest is indexed)
  130 interrupted
"""


class Commands(Group):
    """All commands."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command, with its errors reported before the parser's main function handles some of them."""
        with failures.handle_errors():
            return super().invoke(ctx)


def _version(wanted: bool) -> None:
    if wanted:
        write(f"retriever {__version__}\n")
        raise typer.Exit


def _list_options(group: Any) -> dict[str, dict[str, bool]]:
    """The names of the options of each command, and whether they take several values."""
    return {
        name: {
            parameter.name: parameter.multiple for parameter in command.params if parameter.param_type_name == "option"
        }
        for name, command in group.commands.items()
    }


def retriever(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    install_completion: Annotated[
        bool,
        typer.Option(
            "--install-completion",
            callback=completion.install_completion,
            is_eager=True,
            help="Install completion for your shell ($SHELL).",
        ),
    ] = False,
    show_completion: Annotated[
        bool,
        typer.Option(
            "--show-completion",
            callback=completion.show_completion,
            is_eager=True,
            help="Print the completion script for your shell.",
        ),
    ] = False,
) -> None:
    """Search your documents by meaning and by words, in any language, with exact citations."""
    config = read_config()
    use_config(config)
    set_colour(bool(config.setting("colour").value))
    config.export()
    context.default_map = config.option_defaults(_list_options(context.command))


class _Place(NamedTuple):
    """Where a command is: a module of ``retriever_cli.commands``, its function in it, and its examples."""

    module: str
    function: str
    examples: str = "EXAMPLES"


COMMANDS = {
    "index": _Place("index", "index"),
    "search": _Place("search", "search"),
    "open": _Place("open", "open_hit"),
    "context": _Place("context", "context"),
    "status": _Place("status", "status", "STATUS_EXAMPLES"),
    "documents": _Place("documents", "documents"),
    "indexes": _Place("indexes", "indexes", "INDEXES_EXAMPLES"),
    "sources": _Place("sources", "sources", "SOURCES_EXAMPLES"),
    "forget": _Place("sources", "forget", "FORGET_EXAMPLES"),
    "delete": _Place("indexes", "delete", "DELETE_EXAMPLES"),
    "verify": _Place("status", "verify", "VERIFY_EXAMPLES"),
    "history": _Place("history", "history", "HISTORY_EXAMPLES"),
    "rollback": _Place("history", "rollback", "ROLLBACK_EXAMPLES"),
    "eval": _Place("evaluate", "evaluate"),
    "map": _Place("map", "draw_map"),
    "compact": _Place("compact", "compact"),
    "repair": _Place("repair", "repair"),
    "copy": _Place("copy", "copy"),
    "export": _Place("transfer", "export", "EXPORT_EXAMPLES"),
    "import": _Place("transfer", "import_file", "IMPORT_EXAMPLES"),
    "mcp": _Place("mcp", "mcp"),
    "serve": _Place("serve", "serve"),
    "check": _Place("check", "check"),
    "config": _Place("config", "config"),
    "models": _Place("models", "models", ""),
}


def make_app(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with commands of some names, whose modules are imported."""
    app = typer.Typer(
        cls=Commands,
        # The one of typer takes the shell of a calling script for that of the user.
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(epilog=EXAMPLES)(retriever)
    for name in names:
        place = COMMANDS[name]
        module = import_module(f"retriever_cli.commands.{place.module}")
        function = getattr(module, place.function)
        if isinstance(function, typer.Typer):
            app.add_typer(function, name=name)
        else:
            app.command(name, epilog=getattr(module, place.examples))(function)
    return app


def main() -> None:
    """Run the command line and exit."""
    with failures.handle_defects():
        prepare_streams()
        completion.prepare()
        with failures.handle_errors():
            # The others need not be imported where one is named.
            app = make_app(sys.argv[1:2] if COMMANDS.keys() & sys.argv[1:2] else COMMANDS)
            code = app(prog_name="retriever", standalone_mode=False)
        failures.end(code if isinstance(code, int) else failures.DONE)
