"""Groups of commands whose help pages fit the terminal and are in the user's language."""

from __future__ import annotations

import sys
from typing import Any

from typer.core import TyperGroup

from retriever.errors import UsageError
from retriever_cli.help_page import Formatter
from retriever_cli.messages import can_take, is_chinese
from retriever_cli.plain_values import keep_plain_values

# A text that every encoding for Chinese can take.
_SAMPLE = "中文"

_Context: Any = TyperGroup.context_class


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
