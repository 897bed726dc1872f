"""Options that several commands share, and how their values are parsed and printed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Annotated, Literal

import typer

from retriever import Mode
from retriever.errors import UsageError
from retriever_cli.completion import complete_filter, complete_index
from retriever_cli.config import current_config

ReportFormat = Literal["text", "json"]
HitFormat = Literal["text", "json", "jsonl", "markdown"]

IndexOption = Annotated[
    str,
    typer.Option(
        "--index",
        "-i",
        metavar="NAME|PATH",
        autocompletion=complete_index,
        help="The index: a name in the home of indexes (see `retriever config`), a path, e.g. ./my-index, or a URI.",
    ),
]
IndexesOption = Annotated[
    list[str],
    typer.Option(
        "--index",
        "-i",
        metavar="NAME|PATH",
        autocompletion=complete_index,
        help="The index: a name in the home of indexes (see `retriever config`), a path, e.g. ./my-index, or a URI. "
        "Several are searched as one: repeat the option.",
    ),
]
ModeOption = Annotated[
    Mode, typer.Option(help="Search by meaning and words (hybrid), by meaning (dense) or by words (lexical).")
]
WhereOption = Annotated[
    str | None,
    typer.Option(
        metavar="EXPR",
        show_default=False,
        help='Search only matching passages, e.g. "year >= 2021".',
        autocompletion=complete_filter,
    ),
]
NoRerankOption = Annotated[bool, typer.Option("--no-rerank", help="Do not rerank; same as --rerank 0.")]
NoPagerOption = Annotated[
    bool, typer.Option("--no-pager", help="Print long results without a pager, which only terminals get.")
]
ReportFormatOption = Annotated[ReportFormat, typer.Option("--format", "-f", help="Output format.")]
WaitOption = Annotated[
    float,
    typer.Option("--wait", min=0.0, metavar="SECONDS", help="How long to wait for another process that is writing."),
]

QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print no progress, notices and hints; errors and results stay.")
]


def refuse_given(options: Mapping[str, bool], needs: str, *, hint: str) -> None:
    """Raise UsageError for the first option that is given, where it needs what is not there."""
    for option, is_given in options.items():
        if is_given:
            raise UsageError(f"{option} {needs}", hint=hint)


# The longest number that is accepted: more than any count or size, less than the limit of Python's int().
MAX_DIGITS = 30

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)I?B?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def parse_size(text: str) -> int | None:
    """Parse a size such as ``64MB``, ``500k`` or ``1.5GiB`` (multiples of 1024) into bytes; ``none`` gives None.

    Raises UsageError for anything else, and for zero.
    """
    if text.strip().lower() == "none":
        return None
    match = _SIZE.fullmatch(text.strip())
    # float() gives infinity for numbers that are long enough.
    short = match is not None and len(match[1]) <= MAX_DIGITS
    size = int(float(match[1]) * 1024 ** _POWERS[match[2].upper()]) if match and short else 0
    if size < 1:
        raise UsageError(
            f"invalid size {text[:MAX_DIGITS]!r}", hint="use a size such as 64MB or 500kB, or none for no limit"
        )
    return size


def format_size(size: int) -> str:
    """Format bytes for people: ``1536`` as ``1.5 kB``."""
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{size} B" if unit == "B" else f"{amount:.1f} {unit}"


def parse_integer(text: str) -> int | None:
    """Parse decimal digits; None for anything else, and for more than ``MAX_DIGITS`` of them."""
    return int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else None


def index_option(index: str) -> str:
    """The ``--index`` to add to a command that is shown, quoted for the shell; empty for the default index."""
    default = current_config().setting("index").value
    return "" if index == default else f" --index {shlex.quote(index)}"


def format_count(count: int, noun: str) -> str:
    """``1 segment``, ``2,000 segments``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
