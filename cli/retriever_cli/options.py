"""The options that several commands share, and the parsing of their values."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import typer

from retriever.errors import UsageError

ReportFormat = Literal["text", "json"]
HitFormat = Literal["text", "json", "jsonl", "markdown"]

IndexOption = Annotated[
    str,
    typer.Option(
        "--index",
        "-i",
        metavar="NAME|PATH",
        help="The index: a name below the home ($RETRIEVER_HOME, else ./indexes), or a path such as ./my-index.",
    ),
]
ReportFormatOption = Annotated[
    ReportFormat, typer.Option("--format", "-f", help="How to print the result on standard output.")
]
WaitOption = Annotated[
    float,
    typer.Option("--wait", min=0.0, metavar="SECONDS", help="How long to wait while another process writes the index."),
]

# Of a number that is counted with here: far above all that there is, far below what Python refuses to read.
MOST_DIGITS = 30

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)I?B?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def parse_size(text: str) -> int | None:
    """Bytes of a size such as ``64MB``, ``500k`` or ``1.5GiB`` (all multiples of 1024); None for ``none``.

    Raises UsageError for anything else, and for zero.
    """
    if text.strip().lower() == "none":
        return None
    match = _SIZE.fullmatch(text.strip())
    # With more digits it is more than any disk holds, and at last infinite.
    short = match is not None and len(match[1]) <= MOST_DIGITS
    size = int(float(match[1]) * 1024 ** _POWERS[match[2].upper()]) if match and short else 0
    if size < 1:
        raise UsageError(f"{text!r} is not a size", hint="write a size such as 64MB or 500kB, or none for no limit")
    return size


def human_size(size: int) -> str:
    """A size for people: ``1536`` is ``1.5 kB``."""
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{size} B" if unit == "B" else f"{amount:.1f} {unit}"


def whole_number(text: str) -> int | None:
    """The number that ``text`` says in decimal digits; None where it says none, or has more than ``MOST_DIGITS``."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def counted(count: int, noun: str) -> str:
    """``1 segment``, ``2,000 segments``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
