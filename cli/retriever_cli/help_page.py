"""Writes help pages that fit the terminal, in plain text: rich takes longer to import than all that ``--help`` does."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup

from retriever_cli.console import terminal_width, text_width

# Wider help is hard to read.
MAX_HELP_WIDTH = 78
# A type of Python after the name of an argument; choices have bars and stay.
TYPE = re.compile(r" <[\w\[\], ]+>$")

_Context: Any = TyperGroup.context_class
_Formatter: Any = _Context.formatter_class


class Formatter(_Formatter):  # type: ignore[misc]
    """Writes help pages no wider than the terminal."""

    def __init__(self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None) -> None:
        columns = min(MAX_HELP_WIDTH, terminal_width(sys.stdout) or text_width())
        super().__init__(indent_increment, columns, max_width)

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of terms and what they mean; on a narrow terminal a long term has its own line."""
        terms = [(TYPE.sub("", term), meaning) for term, meaning in rows]
        super().write_dl(terms, min(col_max, self.width // 3), col_spacing)

    def getvalue(self) -> str:
        """The page."""
        page = str(super().getvalue())
        return "\n".join(_fit(line, self.width) for line in page.split("\n"))


def _fit(line: str, width: int) -> str:
    if sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line) <= width:
        return line
    from retriever_cli.render.layout import fold

    return fold(line, width)
