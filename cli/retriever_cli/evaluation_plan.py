"""What ``retriever eval`` is to run: ways of searching, which of them to compare, and the bars to reach."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast, get_args

from retriever import Mode
from retriever.errors import UsageError
from retriever_cli.home import index_path
from retriever_cli.options import MOST_DIGITS, whole_number

_KEYS = ("index", "mode", "rerank", "where")
_HINT = f"write settings as in --compare 'mode=dense rerank=30', of {', '.join(_KEYS)}"


@dataclass(frozen=True, slots=True)
class Configuration:
    """One way of searching one index. ``name`` is empty where the settings say enough."""

    index: Path
    mode: Mode = "hybrid"
    rerank: int | None = None
    where: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Configurations to evaluate, pairs of them (by position, the older way first) to compare.

    ``judged`` is the position of the one that has to reach the bars.
    """

    configurations: tuple[Configuration, ...]
    pairs: tuple[tuple[int, int], ...] = ()
    judged: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """The least mean that a measure has to reach."""

    measure: str
    least: float


def stages(base: Configuration) -> Plan:
    """What each stage adds: words and meaning to the hybrid of both, that to late interaction.

    Raises UsageError where ``base`` leaves out a stage itself.
    """
    if base.mode != "hybrid" or base.rerank == 0:
        raise UsageError("--stages shows every stage of hybrid search", hint="leave out --mode and --no-rerank")
    steps = (
        replace(base, mode="lexical", rerank=None),
        replace(base, mode="dense", rerank=None),
        replace(base, rerank=0),
        base,
    )
    return Plan(steps, ((0, 2), (1, 2), (2, 3)), judged=3)


def against(base: Configuration, others: Sequence[str]) -> Plan:
    """``base``, and what changes with each of the settings that were written after ``--compare``."""
    changed = tuple(_changed(base, settings) for settings in others)
    return Plan((base, *changed), tuple((0, number) for number in range(1, len(changed) + 1)))


def _changed(base: Configuration, settings: str) -> Configuration:
    try:
        words = shlex.split(settings)
    except ValueError as error:
        raise UsageError(f"--compare {settings!r}: {error}", hint=_HINT) from error
    values = dict(word.partition("=")[::2] for word in words)
    if not words or not all("=" in word for word in words) or set(values) - set(_KEYS):
        raise UsageError(f"--compare {settings!r} is not a list of settings", hint=_HINT)
    result = replace(base, name=" ".join(words))
    if "index" in values:
        result = replace(result, index=index_path(values["index"]))
    if "mode" in values:
        if values["mode"] not in get_args(Mode):
            raise UsageError(f"unknown mode: {values['mode']}", hint="use hybrid, dense or lexical")
        result = replace(result, mode=cast("Mode", values["mode"]), rerank=None)
    if "rerank" in values:
        number = whole_number(values["rerank"])
        if number is None:
            raise UsageError(f"rerank is no number: {values['rerank'][:MOST_DIGITS]!r}", hint=_HINT)
        result = replace(result, rerank=number)
    return replace(result, where=values.get("where", base.where))


def parse_bar(text: str) -> Bar:
    """``nDCG@10=0.9`` as a bar. Raises UsageError."""
    measure, _, value = text.rpartition("=")
    try:
        least = float(value)
    except ValueError:
        least = -1.0
    if not measure.strip() or not 0 <= least <= 1:
        raise UsageError(f"--fail-under {text!r} is not a measure and a value", hint="such as nDCG@10=0.9")
    return Bar(measure.strip(), least)
