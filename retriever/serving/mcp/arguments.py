"""Arguments of tools and prompts: their base, their schema for clients, and how mistakes in them are told.

Models send text for numbers, JSON for lists and null for what they leave out; these are understood. Everything else
that is wrong is an error that says what to do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from retriever.errors import UsageError

DEFAULT_MAX_TOKENS = 4000
LEAST_TOKENS = 500
MOST_TOKENS = 100_000
# What a question may have: of more, ``retriever`` reads 10,000 characters only.
MAX_TEXT = 10_000
_SHOWN = 60
_MOST_MISTAKES = 3

ArgumentsT = TypeVar("ArgumentsT", bound="Arguments")


def _parse_list(value: object) -> object:
    """A list that was sent as JSON within a text; any other value as it is."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


TextList = Annotated[list[str], BeforeValidator(_parse_list)]


class Arguments(BaseModel):
    """The base of the arguments of a tool. Unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Budgeted(Arguments):
    """Arguments of a tool whose result has a budget."""

    max_tokens: int = Field(
        DEFAULT_MAX_TOKENS,
        ge=LEAST_TOKENS,
        le=MOST_TOKENS,
        description="The most tokens that the result may have.",
    )


class Indexed(Budgeted):
    """Arguments of a tool that reads one index or all of them."""

    index: str | None = Field(None, max_length=MAX_TEXT, description="The index to read; by default all of them.")


def parse_arguments(tool: str, model: type[ArgumentsT], values: Mapping[str, Any]) -> ArgumentsT:
    """The arguments of a call. Raises UsageError that names up to three mistakes."""
    given = {name: value for name, value in values.items() if value is not None}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        mistakes = [_describe(mistake) for mistake in error.errors(include_url=False)[:_MOST_MISTAKES]]
        names = ", ".join(model.model_fields)
        raise UsageError("; ".join(mistakes), hint=f"{tool} takes {names or 'no arguments'}") from error


def _describe(mistake: Any) -> str:
    name = ".".join(str(part) for part in mistake["loc"]) or "arguments"
    if mistake["type"] == "missing":
        return f"missing argument {_shorten(name)}"
    if mistake["type"] == "extra_forbidden":
        return f"unknown argument {_shorten(name)}"
    message = str(mistake["msg"])
    return f"invalid value {_shorten(mistake['input'])} for {name[:_SHOWN]}: {message[:1].lower()}{message[1:]}"


def _shorten(value: object) -> str:
    # A text is cut before its repr is made: it may be megabytes.
    text = repr(value[:_SHOWN] if isinstance(value, str) else value)
    cut = len(text) > _SHOWN + 2 or (isinstance(value, str) and len(value) > _SHOWN)
    return f"{text[:_SHOWN]}…" if cut else text


def describe_arguments(model: type[Arguments]) -> dict[str, Any]:
    """The JSON schema of the arguments, as plain as can be: some clients know neither ``anyOf`` nor titles."""
    schema = model.model_json_schema()
    properties = {name: _simplify(value) for name, value in schema.get("properties", {}).items()}
    return {
        "type": "object",
        "properties": properties,
        "required": schema.get("required", []),
        "additionalProperties": False,
    }


def _simplify(value: Mapping[str, Any]) -> dict[str, Any]:
    options = [option for option in value.get("anyOf", ()) if option.get("type") != "null"]
    merged = {**value, **(options[0] if options else {})}
    plain = {key: item for key, item in merged.items() if key not in ("anyOf", "title")}
    return {key: item for key, item in plain.items() if not (key == "default" and item is None)}
