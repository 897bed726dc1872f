"""The plan of ``retriever eval``: the configurations to run, the pairs to compare and the thresholds to meet."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast, get_args

from retriever import Mode
from retriever.errors import UsageError
from retriever_cli.home import index_path
from retriever_cli.options import MAX_DIGITS, parse_integer

_KEYS = ("index", "mode", "rerank", "where")
_HINT = f"write --compare 'mode=dense rerank=30'; the settings are {', '.join(_KEYS)}"


@dataclass(frozen=True, slots=True)
class Configuration:
    """An index and how to search it. ``name`` is empty if the evaluation is to be named after its settings."""

    index: Path | str
    mode: Mode = "hybrid"
    rerank: int | None = None
    where: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The configurations to evaluate.

    ``pairs`` are the positions of those to compare, baseline first; ``judged`` is the position of the
    configuration that has to meet the thresholds.
    """

    configurations: tuple[Configuration, ...]
    pairs: tuple[tuple[int, int], ...] = ()
    judged: int = 0


@dataclass(frozen=True, slots=True)
class Threshold:
    """The lowest acceptable mean of a measure."""

    measure: str
    minimum: float

    @property
    def is_area(self) -> bool:
        """Whether it is of the area under the curve, which does not measure a ranking."""
        return self.measure.lower() == "auc"


def plan_stages(base: Configuration) -> Plan:
    """Lexical, dense, hybrid without and hybrid with reranking, each compared with what it adds to.

    Raises UsageError if ``base`` itself leaves out a stage.
    """
    if base.mode != "hybrid" or base.rerank == 0:
        raise UsageError("--stages needs hybrid mode with reranking", hint="remove --mode and --no-rerank")
    steps = (
        replace(base, mode="lexical", rerank=None),
        replace(base, mode="dense", rerank=None),
        replace(base, rerank=0),
        base,
    )
    return Plan(steps, ((0, 2), (1, 2), (2, 3)), judged=3)


def plan_comparisons(base: Configuration, others: Sequence[str]) -> Plan:
    """``base``, compared with each variant of it that a ``--compare`` option describes."""
    variants = tuple(_parse_variant(base, settings) for settings in others)
    return Plan((base, *variants), tuple((0, number) for number in range(1, len(variants) + 1)))


def _parse_variant(base: Configuration, settings: str) -> Configuration:
    try:
        words = shlex.split(settings)
    except ValueError as error:
        # The reason that shlex gives is meant for its callers.
        raise UsageError(f"invalid --compare {settings!r}: a quotation mark is not closed", hint=_HINT) from error
    values = dict(word.partition("=")[::2] for word in words)
    if not words or not all("=" in word for word in words) or set(values) - set(_KEYS):
        raise UsageError(f"invalid --compare {settings!r}: expected SETTING=VALUE", hint=_HINT)
    variant = replace(base, name=" ".join(words))
    if "index" in values:
        variant = replace(variant, index=index_path(values["index"]))
    if "mode" in values:
        if values["mode"] not in get_args(Mode):
            raise UsageError(f"unknown mode {values['mode']!r}", hint=f"choose from {', '.join(get_args(Mode))}")
        variant = replace(variant, mode=cast("Mode", values["mode"]), rerank=None)
    if "rerank" in values:
        number = parse_integer(values["rerank"])
        if number is None:
            raise UsageError(f"invalid rerank {values['rerank'][:MAX_DIGITS]!r}: expected an integer", hint=_HINT)
        variant = replace(variant, rerank=number)
    return replace(variant, where=values.get("where", base.where))


def parse_threshold(text: str) -> Threshold:
    """Parse ``nDCG@10=0.9``. Raises UsageError."""
    measure, _, value = text.rpartition("=")
    try:
        minimum = float(value)
    except ValueError:
        minimum = -1.0
    if not measure.strip() or not 0 <= minimum <= 1:
        raise UsageError(
            f"invalid --fail-under {text!r}: expected MEASURE=VALUE, with a value from 0 to 1",
            hint="write --fail-under nDCG@10=0.9",
        )
    return Threshold(measure.strip(), minimum)
