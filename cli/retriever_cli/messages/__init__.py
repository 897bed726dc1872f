"""What the command line prints, in the user's language: messages are written in English and shown by a table.

``localise`` is called where text for people leaves the process. The library and the commands know nothing of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TextIO

from retriever_cli.advice import for_shell

# In the order of POSIX, after a variable of our own.
VARIABLES = ("RETRIEVER_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
# Places and a script of traditional characters, for which there is no table.
TRADITIONAL = {"tw", "hk", "mo", "hant"}

_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
# What a place of a template takes, by the letter after its name.
_KINDS = {
    "": "(.+?)",
    "n": r"([\d,]+)",  # a number
    "d": r"([+-]?\d[\d.]*)",  # a number with decimals or a sign
    "t": "(.+?)",  # parts between commas that the table has as well
    "c": r"([\d,]+ [a-z ]+)",  # a number with its noun
    "s": "(.+?)",  # a reason, or what it names
    "b": "(.+?)",  # counts of files by type, between commas
    "e": "(.+?)",  # parts between semicolons that the table of explanations has
    "r": "(.+?)",  # words of the report of an evaluation
    "w": "(.+?)",  # words that have a table of their own
    "x": r"((?:\[\d+\])+)",  # the numbers of excerpts
    "p": "((?:(?!: ).)+)",  # a path
    "l": r"([\w-]+ [\d,]+(?:, [\w-]+ [\d,]+)*)",  # counts by language
    "g": r"( *\d+  .{25})",  # a generation and its time
}


def is_chinese() -> bool:
    """Whether the user reads simplified Chinese, by the first of the variables that is set."""
    named = next((value for name in VARIABLES if (value := os.environ.get(name))), "")
    return _is_simplified(re.split(r"[.@]", named)[0])


def _is_simplified(tag: str) -> bool:
    """Whether a tag such as ``zh_CN`` or ``zh-Hans`` names simplified Chinese."""
    language, *rest = re.split(r"[-_]", tag.lower())
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


def localise_all(*texts: str, stream: TextIO | None = None) -> list[str]:
    """Texts that are read together, in the user's language if all can be."""
    found = localise("\n".join(texts), stream)
    lines = found.split("\n")
    return lines if len(lines) == len(texts) else list(texts)


def localise_for(language: str, texts: Sequence[str]) -> list[str]:
    """Texts of one line each that are read together, in the language of a tag such as ``zh-CN`` if all can be."""
    found = [_translate_line(for_shell(text)) if text else "" for text in texts] if _is_simplified(language) else []
    lines = [line for line in found if line is not None]
    return lines if len(lines) == len(texts) else list(texts)


def localise_report(text: str, stream: TextIO) -> str:
    """A line or a cell of the report of an evaluation in the user's language; as it is if there is none."""
    found = _open_report().find(text) if is_chinese() else None
    return text if found is None or not can_take(stream, found) else found


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


class _Table:
    """Messages with their translations. Those that have places are looked through if no message is the line itself."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        self._messages = messages
        # With what is before the first place and behind the last: few lines have both.
        self._templates = [
            (english, english.partition("{")[0], english.rpartition("}")[2]) for english in messages if "{" in english
        ]

    def find(self, line: str) -> str | None:
        """The translation of a line; None if there is none."""
        if line in self._messages:
            return self._messages[line]
        likely = (one for one, start, end in self._templates if line.startswith(start) and line.endswith(end))
        filled = (_fill(english, self._messages[english], line) for english in likely)
        return next((found for found in filled if found is not None), None)


@cache
def _open_messages() -> _Table:
    from retriever_cli.messages.zh import MESSAGES

    return _Table(MESSAGES)


@cache
def _open_explanations() -> _Table:
    from retriever_cli.messages.zh_scores import SCORES

    return _Table(SCORES)


@cache
def _open_report() -> _Table:
    from retriever_cli.messages.zh_evaluation import REPORT

    return _Table(REPORT)


@cache
def _open_reasons() -> _Table:
    from retriever_cli.messages.zh_reasons import REASONS

    return _Table(REASONS)


@cache
def _open_things() -> _Table:
    from retriever_cli.messages.zh_reasons import REASONS, THINGS

    return _Table({**THINGS, **REASONS})


@cache
def _open_types() -> _Table:
    from retriever_cli.messages.zh_reasons import TYPES

    return _Table(TYPES)


def _translate(line: str) -> str | None:
    return _translate_reason(line) if (found := _translate_part(line)) is None else found


def _translate_part(text: str) -> str | None:
    found = _open_messages().find(text) if (count := _translate_count(text)) is None else count
    if found is None and "; or " in text:  # a second thing to do
        first, _, second = text.rpartition("; or ")
        found = _join("；或", (_translate_part(first), _translate_part(second)))
    return found


def _translate_reason(line: str) -> str | None:
    """What is said of a file: its name, a reason and, behind a semicolon, what to do about it."""
    for colon in re.finditer(": ", line):
        told = line[colon.end() :]
        reason, semicolon, advice = told.rpartition("; ")
        found = _open_reasons().find(told)
        if found is None and semicolon:
            found = _join("；", (_open_reasons().find(reason), _open_messages().find(advice)))
        if found is not None:
            return f"{line[: colon.start()]}：{found}"
    return None


def _translate_count(text: str) -> str | None:
    """``13 documents`` as a number and its noun."""
    from retriever_cli.messages.zh import NOUNS

    match = re.fullmatch(r"([\d,]+) (.+?)", text)
    if match is None:
        return None
    noun = NOUNS.get(match[2]) or NOUNS.get(match[2].removesuffix("s"))
    return None if noun is None else f"{match[1]} {noun}"


def _fill(english: str, chinese: str, line: str) -> str | None:
    """The translation of a template, with what stands at its places in a line; None if the line is none of it."""
    match = _compile(english).fullmatch(line)
    if match is None:
        return None
    values: dict[str, str] = {}
    for (name, kind), value in zip(_PLACE.findall(english), match.groups(), strict=True):
        shown = _translate_value(kind, value)
        if shown is None:
            return None
        values[name] = shown
    return _PLACE.sub(lambda place: values[place[1]], chinese)


def _translate_value(kind: str, value: str) -> str | None:
    """What stands at a place of a kind; None if the table lacks it."""
    from retriever_cli.messages.zh import WORDS
    from retriever_cli.messages.zh_system import SYSTEM

    if kind == "w":
        return WORDS.get(value)
    if kind == "t":
        return _join("，", map(_translate_part, value.split(", ")))
    if kind == "c":
        return _translate_count(value)
    if kind == "s":
        return _open_things().find(value)
    if kind == "b":
        return _join("，", map(_open_types().find, value.split(", ")))
    if kind == "l":
        return value.replace("unknown", "不明")
    if kind == "r":
        return _open_report().find(value)
    if kind == "e":
        return _join("；", map(_open_explanations().find, value.split("; ")))
    return SYSTEM.get(value.lower(), value)


def _join(mark: str, parts: Iterable[str | None]) -> str | None:
    """Parts such as those of ``1 added, 2 removed``; None if one has no translation."""
    found = list(parts)
    return None if None in found else mark.join(part for part in found if part is not None)


@cache
def _compile(english: str) -> re.Pattern[str]:
    pattern, end = "", 0
    for place in _PLACE.finditer(english):
        pattern += re.escape(english[end : place.start()]) + _KINDS[place[2] or ""]
        end = place.end()
    return re.compile(pattern + re.escape(english[end:]))
