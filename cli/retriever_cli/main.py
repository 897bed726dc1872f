"""The command ``retriever`` and its subcommands. A command imports the library only when it runs.

``main`` is the only place where errors become exit codes.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from retriever import __version__
from retriever_cli import completion, failures
from retriever_cli.commands import check as check_command
from retriever_cli.commands import compact as compact_command
from retriever_cli.commands import config as config_command
from retriever_cli.commands import context as context_command
from retriever_cli.commands import documents as documents_command
from retriever_cli.commands import evaluate as eval_command
from retriever_cli.commands import history as history_command
from retriever_cli.commands import index as index_command
from retriever_cli.commands import indexes as indexes_command
from retriever_cli.commands import map as map_command
from retriever_cli.commands import mcp as mcp_command
from retriever_cli.commands import repair as repair_command
from retriever_cli.commands import search as search_command
from retriever_cli.commands import serve as serve_command
from retriever_cli.commands import sources as sources_command
from retriever_cli.commands import status as status_command
from retriever_cli.commands import transfer as transfer_command
from retriever_cli.commands.models import models
from retriever_cli.config import read_config, use_config
from retriever_cli.console import prepare_streams, set_colour, write
from retriever_cli.help import Group

EXAMPLES = """\b
Examples:
  retriever index reports/
  retriever search 怎样给老旧小区装电梯？

\b
Exit codes:
  0 success, 1 no hits (eval: below --fail-under; check: a claim is not supported), 2 usage error,
  3 index or model cannot be used,
  4 some sources could not be read (the rest is indexed), 130 interrupted
"""


class Commands(Group):
    """All commands."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command, with its errors reported before the parser's main function handles some of them."""
        with failures.handle_errors():
            return super().invoke(ctx)


app = typer.Typer(
    cls=Commands,
    # The one of typer takes the shell of a calling script for that of the user.
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


@app.callback(epilog=EXAMPLES)
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
    context.default_map = config.option_defaults(_list_options(context.command))


app.command(epilog=index_command.EXAMPLES)(index_command.index)
app.command(epilog=search_command.EXAMPLES)(search_command.search)
app.command(epilog=context_command.EXAMPLES)(context_command.context)
app.command(epilog=status_command.STATUS_EXAMPLES)(status_command.status)
app.command(epilog=documents_command.EXAMPLES)(documents_command.documents)
app.command(epilog=indexes_command.INDEXES_EXAMPLES)(indexes_command.indexes)
app.command(epilog=sources_command.SOURCES_EXAMPLES)(sources_command.sources)
app.command(epilog=sources_command.FORGET_EXAMPLES)(sources_command.forget)
app.command(epilog=indexes_command.DELETE_EXAMPLES)(indexes_command.delete)
app.command(epilog=status_command.VERIFY_EXAMPLES)(status_command.verify)
app.command(epilog=history_command.HISTORY_EXAMPLES)(history_command.history)
app.command(epilog=history_command.ROLLBACK_EXAMPLES)(history_command.rollback)
app.command("eval", epilog=eval_command.EXAMPLES)(eval_command.evaluate)
app.command("map", epilog=map_command.EXAMPLES)(map_command.draw_map)
app.command(epilog=compact_command.EXAMPLES)(compact_command.compact)
app.command(epilog=repair_command.EXAMPLES)(repair_command.repair)
app.command(epilog=transfer_command.EXPORT_EXAMPLES)(transfer_command.export)
app.command("import", epilog=transfer_command.IMPORT_EXAMPLES)(transfer_command.import_file)
app.command(epilog=mcp_command.EXAMPLES)(mcp_command.mcp)
app.command(epilog=serve_command.EXAMPLES)(serve_command.serve)
app.command(epilog=check_command.EXAMPLES)(check_command.check)
app.command(epilog=config_command.EXAMPLES)(config_command.config)
app.add_typer(models, name="models")


def main() -> None:
    """Run the command line and exit."""
    with failures.handle_defects():
        prepare_streams()
        completion.prepare()
        with failures.handle_errors():
            code = app(prog_name="retriever", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else failures.DONE)
