"""What the command line prints, in the user's language: messages are written in English and shown by a table.

``localise`` is called where text for people leaves the process. The library and the commands know nothing of it.
"""

from __future__ import annotations

import os
import re
from functools import cache
from typing import TextIO

# In the order of POSIX, after a variable of our own.
VARIABLES = ("RETRIEVER_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
# Places and a script of traditional characters, for which there is no table.
TRADITIONAL = {"tw", "hk", "mo", "hant"}

_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
# What a place of a template takes, by the letter after its name.
_KINDS = {
    "": "(.+?)",
    "n": r"([\d,]+)",  # a number
    "t": "(.+?)",  # parts between commas that the table has as well
    "p": "((?:(?!: ).)+)",  # a path
    "l": r"([a-z]{2,3} [\d,]+(?:, [a-z]{2,3} [\d,]+)*)",  # counts by language
    "g": r"( *\d+  .{25})",  # a generation and its time
}


def is_chinese() -> bool:
    """Whether the user reads simplified Chinese, by the first of the variables that is set."""
    named = next((value for name in VARIABLES if (value := os.environ.get(name))), "")
    language, *rest = re.split(r"[-_]", re.split(r"[.@]", named)[0].lower())
    return language == "zh" and not TRADITIONAL.intersection(rest)


def localise(text: str, stream: TextIO | None = None) -> str:
    """The text in the user's language.

    It is returned as it is if the table lacks one of its lines, since nobody wants to read half of it in each
    language, and if the encoding of the stream that it is for lacks one of its characters.
    """
    if not is_chinese():
        return text
    lines = [_translate_line(line) if line.strip() else line for line in text.split("\n")]
    if any(line is None for line in lines):
        return text
    result = "\n".join(line for line in lines if line is not None)
    return result if stream is None or can_take(stream, result) else text


def localise_all(*texts: str) -> list[str]:
    """Texts that are read together, in the user's language if all can be."""
    found = localise("\n".join(texts))
    lines = found.split("\n")
    return lines if len(lines) == len(texts) else list(texts)


def translate_help(text: str) -> str | None:
    """The Chinese of a sentence, a paragraph or a word of a help page; None if the table lacks it."""
    from retriever_cli.messages.zh_help import HELP

    return HELP.get(text)


def can_take(stream: TextIO, text: str) -> bool:
    """Whether the encoding of a stream has every character of a text."""
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeError, LookupError):
        return False
    return True


def _translate_line(line: str) -> str | None:
    """The translation of a line; None if the table lacks it."""
    from retriever_cli.messages.zh import PREFIXES

    for prefix, shown in PREFIXES.items():
        if line.startswith(prefix):
            rest = _translate(line.removeprefix(prefix))
            return None if rest is None else f"{shown}{rest}"
    return _translate(line)


def _translate(line: str) -> str | None:
    from retriever_cli.messages.zh import MESSAGES

    if line in MESSAGES:
        return MESSAGES[line]
    if (counted := _translate_count(line)) is not None:
        return counted
    return next((found for english in MESSAGES if (found := _fill(english, line)) is not None), None)


def _translate_count(text: str) -> str | None:
    """``13 documents`` as a number and its noun."""
    from retriever_cli.messages.zh import NOUNS

    match = re.fullmatch(r"([\d,]+) (.+?)", text)
    if match is None:
        return None
    noun = NOUNS.get(match[2]) or NOUNS.get(match[2].removesuffix("s"))
    return None if noun is None else f"{match[1]} {noun}"


def _fill(english: str, line: str) -> str | None:
    """The translation of a template, with what stands at its places in a line; None if the line is none of it."""
    from retriever_cli.messages.zh import MESSAGES

    start, brace, _ = english.partition("{")
    if not brace or not line.startswith(start) or not line.endswith(english.rpartition("}")[2]):
        return None
    match = _compile(english).fullmatch(line)
    if match is None:
        return None
    values: dict[str, str] = {}
    for (name, kind), value in zip(_PLACE.findall(english), match.groups(), strict=True):
        shown = _translate_parts(value) if kind == "t" else value
        if shown is None:
            return None
        values[name] = shown
    return _PLACE.sub(lambda place: values[place[1]], MESSAGES[english])


def _translate_parts(value: str) -> str | None:
    """Parts between commas, such as ``1 added, 2 removed``; None if the table lacks one."""
    parts = [_translate(part) for part in value.split(", ")]
    return None if None in parts else "，".join(part for part in parts if part is not None)


@cache
def _compile(english: str) -> re.Pattern[str]:
    pattern, end = "", 0
    for place in _PLACE.finditer(english):
        pattern += re.escape(english[end : place.start()]) + _KINDS[place[2] or ""]
        end = place.end()
    return re.compile(pattern + re.escape(english[end:]))
