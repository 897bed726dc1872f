"""Spares the parser what converts values of the command line, where they are already what the command takes.

Newer versions of typer convert by pydantic, which takes longer to import than a search takes to find its hits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, get_args, get_origin


def keep_plain_values(command: Any, context: Any) -> None:
    """Let the parameters of a command take texts, lists of texts, choices and defaults as they are.

    Whatever else they are given, and all that is wrong with a value, is left to the parser. Versions of typer that
    convert by themselves stay as they are.
    """
    for parameter in command.get_params(context):
        if hasattr(parameter, "type_descriptor") and hasattr(parameter, "get_runtime_param"):
            parameter.get_runtime_param = partial(_Conversion, parameter.get_runtime_param)


class _Conversion:
    """In place of the conversion of one parameter, which ``prepare`` returns."""

    def __init__(self, prepare: Callable[[], Any]) -> None:
        self._prepare = prepare

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value that the command gets."""
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        annotation = param.type_descriptor.annotation
        if several and isinstance(value, list | tuple) and get_origin(annotation) is list:
            [item] = get_args(annotation)
            if all(_is_plain(one, item) for one in value):
                return list(value)
        elif not several and _is_plain(value, annotation):
            return value
        return self._prepare().coerce(value, param=param, ctx=ctx)


def _is_plain(value: Any, annotation: Any) -> bool:
    if get_origin(annotation) is Literal:
        return value in get_args(annotation)
    # A number that was typed is a text; one that is a number is the default.
    return annotation in (str, int, float) and type(value) is annotation
