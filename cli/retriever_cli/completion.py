"""Completion in shells: what options take, and for which shell it is installed. Only filters read the index."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import typer

from retriever.errors import RetrieverError, UsageError
from retriever_cli.console import show, write
from retriever_cli.home import find_indexes, index_path

SHELLS = ("bash", "zsh", "fish")
COMPLETE_VARIABLE = "_RETRIEVER_COMPLETE"
# The fields of every document; see docs/filters.md. Those of metadata are looked up in the index.
FIELDS = ("source", "document", "title", "language", "name", "folder", "extension", "date", "year", "page", "heading")
# What a field may follow directly, and what it may follow with nothing typed of it yet.
_BREAKS = (" ", "(", "（", "\t")
_EXPECTING = re.compile(r"(?:^|[(（]|(?:^|[\s(（])(?:and|or|not|has)\s)\s*$", re.IGNORECASE)
_BARE = re.compile(r"[^\W\d][\w-]*(?:\.[\w-]+)*")
# Documents of an index that are looked at for names of metadata, so that a large one answers as fast as a small one.
_SAMPLE = 1_000


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


def complete_filter(context: typer.Context, incomplete: str) -> list[str]:
    """The names of fields at the end of a filter: those of every document, and those of the index's metadata."""
    quoted = incomplete.count("`") % 2
    start = incomplete.rindex("`") if quoted else max(map(incomplete.rfind, _BREAKS)) + 1
    before, word = incomplete[:start], incomplete[start:].lstrip("`").lower()
    if not word and not _EXPECTING.search(before):
        return []
    own = sorted({*_list_metadata(context.params.get("index"))} - {*FIELDS})
    return [f"{before}{_quote(name)}" for name in (*FIELDS, *own) if name.startswith(word)]


def _list_metadata(named: str | Sequence[str] | None) -> list[str]:
    """The names of metadata in a part of the documents of one or several indexes; none of one that cannot be read."""
    from retriever import Retriever

    names: list[str] = []
    for name in [named] if isinstance(named, str) else named or ["default"]:
        with suppress(RetrieverError, OSError), Retriever.open(index_path(name)) as retriever:
            names += [facet.name for facet in retriever.facets(most=1, sample=_SAMPLE)]
    return names


def _quote(name: str) -> str:
    """The name of a field as a filter takes it."""
    return name if _BARE.fullmatch(name) else f"`{name}`"


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
