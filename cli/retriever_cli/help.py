"""Help pages that fit the terminal, in plain text: rich takes longer to import than all that ``--help`` does."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup

from retriever.errors import UsageError
from retriever_cli.console import terminal_width, text_width
from retriever_cli.messages import can_take, is_chinese
from retriever_cli.plain_values import keep_plain_values

# Wider help is hard to read.
MAX_HELP_WIDTH = 78
# A type of Python after the name of an argument; choices have bars and stay.
TYPE = re.compile(r" <[\w\[\], ]+>$")


# A text that every encoding for Chinese can take.
_SAMPLE = "中文"

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


class Context(_Context):  # type: ignore[misc]
    """The context of a command whose help is written by ``Formatter``."""

    formatter_class = Formatter

    def make_formatter(self) -> Any:
        """The formatter of the user's language."""
        if _shows_chinese():
            # What it needs to measure text takes a moment to load.
            from retriever_cli.chinese_help import ChineseFormatter

            return ChineseFormatter()
        return super().make_formatter()


class Group(TyperGroup):
    """Commands with such help."""

    context_class = Context

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The words behind the options of the group."""
        keep_plain_values(self, ctx)
        return list(super().parse_args(ctx, args))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, or None."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            command.context_class = Context
            keep_plain_values(command, ctx)
            if _shows_chinese():
                # The parser would cut the English one to the width of the page.
                command.short_help = command.short_help or _find_summary(command.help or "")
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the words name. Raises UsageError where it takes one index and is given several."""
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and not hasattr(command, "commands"):
            _refuse_repeated_index(ctx, command, rest)
        return name, command, rest


def _refuse_repeated_index(context: Any, command: Any, words: list[str]) -> None:
    """The parser would take the last one in silence."""
    # In a resilient context the parser leaves errors to the parsing that counts.
    probe = _Context(command, parent=context, resilient_parsing=True)
    _, _, order = command.make_parser(probe).parse_args(args=list(words))
    given = [option for option in order if option.name == "index" and option.param_type_name == "option"]
    if len(given) > 1 and not given[0].multiple:
        raise UsageError(
            f"--index is given {len(given)} times, but `retriever {command.name}` takes one index",
            hint="run the command once for each index",
        )


def _find_summary(text: str) -> str:
    """The first sentence of a help text."""
    return text.split("\n\n", maxsplit=1)[0].replace("\n", " ").partition(". ")[0].removesuffix(".") + "."


def _shows_chinese() -> bool:
    return is_chinese() and can_take(sys.stdout, _SAMPLE)


def _fit(line: str, width: int) -> str:
    if sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line) <= width:
        return line
    from retriever_cli.render.layout import fold

    return fold(line, width)
