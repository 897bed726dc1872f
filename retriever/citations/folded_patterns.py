"""Patterns for folded text, written in any characters: 時間 in a pattern matches 时间, to which a text is folded."""

from __future__ import annotations

import re

from retriever.text.normalise import fold


def compile_folded(pattern: str) -> re.Pattern[str]:
    """The compiled pattern with its letters folded; those of ASCII stay, for they may be escapes."""
    return re.compile("".join(map(_fold, pattern)))


def _fold(character: str) -> str:
    if character.isascii() or not character.isalpha():
        return character
    folded = fold(character)
    return folded if len(folded) == 1 else character  # the end of a range stays one character
