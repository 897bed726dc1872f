"""Completion in shells: what options take, and for which shell it is installed. Names are read, never an index."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from retriever.errors import RetrieverError, UsageError
from retriever_cli.console import show, write
from retriever_cli.home import find_indexes

SHELLS = ("bash", "zsh", "fish")
COMPLETE_VARIABLE = "_RETRIEVER_COMPLETE"
# The fields of every document; see docs/filters.md. Fields of metadata are known to an index only.
FIELDS = ("source", "document", "title", "language", "name", "folder", "extension", "date", "year", "page", "heading")


def prepare() -> None:
    """Make the command answer a shell that asks for completions."""
    if COMPLETE_VARIABLE in os.environ:
        from typer._completion_classes import completion_init

        completion_init()


def complete_index(incomplete: str) -> list[str]:
    """The names of indexes; none for the beginning of a path, which the shell completes."""
    try:
        return [name for name, _ in find_indexes() if name.startswith(incomplete)]
    except (RetrieverError, OSError):
        return []


def complete_model(incomplete: str) -> list[str]:
    """The names of models that are known."""
    from retriever import list_models

    return [model.name for model in list_models() if model.name.startswith(incomplete)]


def complete_filter(incomplete: str) -> list[str]:
    """The names of fields at the end of a filter."""
    before, space, word = incomplete.rpartition(" ")
    return [f"{before}{space}{field}" for field in FIELDS if (word and field.startswith(word)) or not incomplete]


def install_completion(wanted: bool) -> None:
    """Install completion for the user's shell and exit."""
    if wanted:
        from typer._completion_shared import install

        shell = find_shell()
        _, path = install(shell=shell, prog_name="retriever", complete_var=COMPLETE_VARIABLE)
        others = " or ".join(name for name in SHELLS if name != shell)
        show(f"{shell} completion installed in {path}; new terminals have it\n")
        show(f"for {others}: SHELL={next(name for name in SHELLS if name != shell)} retriever --install-completion\n")
        sys.exit(0)


def show_completion(wanted: bool) -> None:
    """Print the completion script for the user's shell and exit."""
    if wanted:
        from typer._completion_shared import get_completion_script

        script = get_completion_script(prog_name="retriever", complete_var=COMPLETE_VARIABLE, shell=find_shell())
        write(f"{script}\n")
        sys.exit(0)


def find_shell() -> str:
    """The shell that new terminals of the user have: that of ``$SHELL``.

    The process that runs the command tells less: it may be a script, make or an editor. Raises UsageError for a shell
    without completion.
    """
    name = Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        known = ", ".join(SHELLS)
        what = f"no completion for the shell {name!r}" if name else "the shell is unknown, because SHELL is not set"
        raise UsageError(what, hint=f"name one of {known}: SHELL=bash retriever --install-completion")
    return name
