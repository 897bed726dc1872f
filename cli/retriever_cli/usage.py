"""Usage errors as ``retriever`` words them: the text of the parser reaches no user.

Typer parses the command line by click, of which newer versions hold a copy; what is used here is alike in both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import typer

from retriever.errors import UsageError

# The base of all errors of the parser.
ParserError: type[Exception] = typer.BadParameter.__mro__[2]

_LONGEST_VALUE = 40
# What other programs call an option.
_ELSEWHERE = {
    "--json": "--format json",
    "--jsonl": "--format jsonl",
    "--top-k": "--limit",
    "--filter": "--where",
    "--threshold": "--min-score",
}


def is_help(error: Exception) -> bool:
    """Whether the parser asks for the help page, because there is no command; the page is the error's text."""
    return type(error).__name__ == "NoArgsIsHelpError"


def translate(error: Exception) -> UsageError:
    """The usage error that says what an error of the parser says."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "retriever"
    message, hint = _word(error, context)
    return UsageError(message, hint=hint or f"{command} --help lists the arguments and options")


def _word(error: Exception, context: Any) -> tuple[str, str]:
    parameter: Any = getattr(error, "param", None)
    kind = type(error).__name__
    if kind == "NoSuchOption":
        name: str = error.option_name  # type: ignore[attr-defined]
        ours = _find_ours(name, context)
        return f"unknown option {_shorten(name)}", _suggest([ours] if ours else error.possibilities or ())  # type: ignore[attr-defined]
    if kind == "MissingParameter" and parameter is not None:
        return f"missing {parameter.param_type_name} {_name(parameter)}", ""
    if kind == "BadParameter" and parameter is not None:
        value = _find_value(error)
        quoted = "" if value is None else f" {_shorten(value)}"
        return f"invalid value{quoted} for {_name(parameter)}: expected {_describe(parameter)}", ""
    text: str = error.format_message()  # type: ignore[attr-defined]
    if match := re.match(r"No such command [\'\"](.*?)[\'\"]\.", text, re.DOTALL):
        return f"unknown command {_shorten(match[1])}", _suggest_command(match[1], context)
    text = text.rstrip(".").replace("requires an argument", "needs a value")
    return text[:1].lower() + text[1:], ""


def _name(parameter: Any) -> Any:
    """A parameter as a user writes it."""
    return "/".join(parameter.opts) if parameter.param_type_name == "option" else parameter.metavar or parameter.name


def _describe(parameter: Any) -> str:
    """What values a parameter takes."""
    descriptor = getattr(parameter, "type_descriptor", None)
    choices = getattr(descriptor, "choices", None) or getattr(getattr(parameter, "type", None), "choices", None)
    if choices:
        *others, last = map(str, choices)
        return f"{', '.join(others)} or {last}" if others else last
    annotation = getattr(descriptor, "annotation", None)
    limits = parameter if descriptor else parameter.type
    low, high = getattr(limits, "min", None), getattr(limits, "max", None)
    number = "a number" if annotation is float or "float" in str(getattr(limits, "name", "")) else "an integer"
    if low is not None and high is not None:
        return f"{number} from {low:g} to {high:g}"
    return number if low is None else f"{number} of at least {low:g}"


def _find_value(error: Exception) -> str | None:
    """The value that was refused, if the parser tells it."""
    details = getattr(error.__cause__, "errors", None)
    found = details() if callable(details) else []
    return str(found[0]["input"]) if found and "input" in found[0] else None


def _shorten(value: str) -> str:
    return repr(value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…")


def _suggest(names: Sequence[str]) -> str:
    return f"did you mean {' or '.join(sorted(names))}?" if names else ""


def _find_ours(name: str, context: Any) -> str:
    """The option of the command for one that other programs have; "" if it has none."""
    ours = _ELSEWHERE.get(name, "")
    known = {known for parameter in (context.command.params if context else ()) for known in parameter.opts}
    return ours if ours.partition(" ")[0] in known else ""


def _suggest_command(name: str, context: Any) -> str:
    known = list(getattr(context.command, "commands", ())) if context else []
    near = get_close_matches(name, known)
    return _suggest(near[:2]) or f"the commands are {', '.join(known)}"
