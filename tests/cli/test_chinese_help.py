"""Help pages in Chinese: nothing in them is left English, nothing in the table is stale, and they fit the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from cli_kit import Run

from retriever_cli import chinese_help
from retriever_cli.main import make_app
from retriever_cli.messages import translate_help
from retriever_cli.messages.zh_help import HELP
from retriever_cli.render.layout import cell_width

CHINESE = {"LANG": "zh_CN.UTF-8"}


def list_commands(command: Any, name: str = "retriever", parent: Any = None) -> Iterator[tuple[Any, Any]]:
    """Every command with its context, and those of groups within it."""
    kind = type(command) if parent is None else command
    context = kind.context_class(command, info_name=name, parent=parent)
    yield command, context
    for inner in getattr(command, "commands", ()):
        yield from list_commands(command.get_command(context, inner), inner, context)


@pytest.fixture(scope="module")
def commands() -> list[tuple[Any, Any]]:
    return list(list_commands(typer.main.get_command(make_app())))


def is_value(text: str, own: str) -> bool:
    """Whether a text is a remark on a default that is a value as it is typed, not a word of our own."""
    is_word = re.fullmatch(r"default: [a-z]+", text) is not None and f"[{text}]" in own
    return text.startswith("default: ") and " " not in text.removeprefix("default: ") and not is_word


@pytest.mark.usefixtures("read_here")
def test_every_text_of_every_page_is_translated(commands: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh_CN")
    asked: set[str] = set()

    def record(text: str) -> str | None:
        asked.add(text)
        return translate_help(text)

    monkeypatch.setattr(chinese_help, "translate_help", record)
    monkeypatch.setenv("COLUMNS", "30")
    for command, context in commands:
        command.get_help(context)
    own = "\n".join(str(getattr(option, "help", "")) for command, _ in commands for option in command.params)
    known = {text for text in asked if text in HELP}
    assert sorted(text for text in asked - known if not is_value(text, own)) == []
    assert sorted(HELP.keys() - known) == []


@pytest.mark.parametrize("columns", [40, 80])
def test_no_line_is_wider_than_the_terminal(commands: list[Any], columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh_CN")
    monkeypatch.setenv("COLUMNS", str(columns))
    for command, context in commands:
        page = command.get_help(context)
        assert "用法：" in page
        assert [line for line in page.split("\n") if cell_width(line) > columns] == []


def test_what_is_typed_stays_as_it_is(run: Run) -> None:
    page = run("search", "--help", env=CHINESE).out
    assert "\n选项：\n" in page
    assert "  -k, --limit N               显示多少个段落 [默认：10；不小于 1]\n" in page
    assert "    retriever search                       （逐个提问，直到输入 :quit）\n" in page
    # All but the texts.
    words = re.compile(r"--[\w-]+|<[\w|]+>")
    assert sorted(set(words.findall(page))) == sorted(set(words.findall(run("search", "--help").out)))


def test_a_stream_without_chinese_gets_the_english_page(run_apart: Run) -> None:
    english = run_apart("compact", "--help", env={"LANG": "C"}).out
    ascii_only = {**CHINESE, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    assert run_apart("compact", "--help", env=ascii_only).out == english
    assert "Reclaim disk space." in english


def test_no_command_shows_the_chinese_help(run: Run) -> None:
    result = run(env=CHINESE)
    assert result.code == 2
    assert "用法：retriever" in result.out + result.err
