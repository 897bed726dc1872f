"""Text in styles: plain in a file or a pipe, with the control sequences of a terminal in one.

Not by rich, which takes longer to import than a search takes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TextIO

from retriever_cli.console import has_colour

# What a terminal calls a style, in the order in which they are written; colours are left out where none are wanted.
_ATTRIBUTES = {"bold": "1", "dim": "2", "underline": "4"}
_COLOURS = {"green": "32", "yellow": "33", "cyan": "36"}


class StyledText:
    """``pieces`` of text, each with its style: names such as ``bold cyan``, or none."""

    def __init__(self, pieces: Sequence[tuple[str, str]] = ()) -> None:
        self.pieces = list(pieces)

    def append(self, text: str, style: str = "") -> None:
        """Add a piece."""
        if text:
            self.pieces.append((text, style))

    @property
    def plain(self) -> str:
        """The text without styles."""
        return "".join(text for text, _ in self.pieces)

    def restyle(self, style: str) -> StyledText:
        """The same text in one style."""
        return StyledText([(self.plain, style)])

    def render(self, stream: TextIO) -> str:
        """The text as ``stream`` shows it."""
        if not shows_styles(stream):
            return self.plain
        colour = has_colour()
        return "".join(_render(text, _find_codes(style, colour)) for text, style in self.pieces)


def shows_styles(stream: TextIO) -> bool:
    """Whether a stream goes to a terminal that knows control sequences, or is to be treated as one."""
    forced = os.environ.get("FORCE_COLOR")
    if not (stream.isatty() if forced is None else forced):
        return False
    if os.environ.get("TERM", "").lower() in ("dumb", "unknown"):
        return False
    return sys.platform != "win32" or _knows_sequences()


def _find_codes(style: str, colour: bool) -> str:
    names = style.split()
    codes = [code for name, code in _ATTRIBUTES.items() if name in names]
    codes += [code for name, code in _COLOURS.items() if name in names and colour]
    return ";".join(codes)


def _render(text: str, codes: str) -> str:
    """Text with a style on each of its lines, so that a pager may begin at any."""
    if not codes:
        return text
    return "\n".join(f"\x1b[{codes}m{line}\x1b[0m" if line else "" for line in text.split("\n"))


def _knows_sequences() -> bool:
    """Whether the console of Windows knows control sequences."""
    from rich.console import detect_legacy_windows

    return not detect_legacy_windows()
