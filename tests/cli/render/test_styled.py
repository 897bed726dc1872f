"""Styles are written as a terminal reads them, and only where one does."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.text import Text

from retriever_cli.console import set_colour
from retriever_cli.render.styled import StyledText, shows_styles

PIECES = [("1. ", "bold"), ("title\nof two lines", "bold cyan"), ("", "dim"), ("\n  word", "underline bold yellow")]


class Screen(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.mark.parametrize("colour", [True, False])
def test_a_terminal_gets_what_rich_would_print(monkeypatch: pytest.MonkeyPatch, *, colour: bool) -> None:
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    printed = Screen()
    Console(file=printed, highlight=False, soft_wrap=True).print(Text.assemble(*PIECES), end="")
    styled = StyledText(PIECES)
    assert styled.render(Screen()) == printed.getvalue()
    assert styled.render(io.StringIO()) == styled.plain == "1. title\nof two lines\n  word"


def test_a_setting_takes_colours_away_and_leaves_the_rest() -> None:
    set_colour(False)
    try:
        assert StyledText([("x", "bold cyan"), ("y", "green")]).render(Screen()) == "\x1b[1mx\x1b[0my"
    finally:
        set_colour(True)


def test_which_streams_show_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shows_styles(Screen())
    assert not shows_styles(io.StringIO())
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert shows_styles(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not shows_styles(Screen())
