"""Values that the parser need not convert are those that it would have made, without the library that converts."""

from __future__ import annotations

from typing import Any

import pytest
from typer.main import get_command

from retriever_cli.main import COMMANDS, make_app
from retriever_cli.plain_values import keep_plain_values

LINES = (
    ["search", "防汛", "-k", "3", "--min-score", "0.5", "--mode", "dense", "--index", "a", "--index", "b"],
    ["search"],
    ["index", "one", "two", "--wait", "2", "--wait-for", "words"],
    ["context", "q", "--format", "json", "--where", "year > 2020"],
    ["export", "out.jsonl"],
    ["delete", "one", "two"],
)


def parse(line: list[str], *, plain: bool) -> dict[str, Any]:
    command: Any = get_command(make_app(line[:1]))
    with command.make_context("retriever", [], resilient_parsing=True) as context:
        own = command.commands[line[0]]
        if plain:
            keep_plain_values(own, context)
        return dict(own.make_context(line[0], line[1:], parent=context).params)


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_values_are_those_of_the_parser(line: list[str]) -> None:
    plain, converted = parse(line, plain=True), parse(line, plain=False)
    assert plain == converted
    assert {name: type(value) for name, value in plain.items()} == {
        name: type(value) for name, value in converted.items()
    }


def test_every_command_is_found_by_its_name() -> None:
    group: Any = get_command(make_app())
    assert list(group.commands) == list(COMMANDS)
