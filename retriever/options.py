"""``SearchOptions``: declares and validates the arguments of a search."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, get_args

from retriever.errors import UsageError
from retriever.types import Duplicates, Mode

# The most hits, and neighbours on either side: more than any index has, less than the limits of storage.
MOST = 1_000_000_000
# Candidates for late interaction; about a quarter of a second on two cores with the bundled model.
RERANKED = 30


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search.

    - ``k``: how many hits, at least 1
    - ``mode``: ``hybrid`` (meaning and words), ``dense`` (meaning) or ``lexical`` (words; loads no model)
    - ``context``: how many neighbouring passages to add before and after each hit
    - ``rerank``: how many candidates late interaction compares with the question token by token; None means 30 in
      hybrid mode and 0 in the others, 0 is fastest
    - ``duplicates``: ``fold`` near-duplicates into the best of them, or ``show`` them all
    - ``where``: a filter (docs/filters.md)
    - ``min_score``: the least score of a hit, 0 to 1
    - ``diverse``: diversify the hits over documents and subjects
    - ``max_per_document``: how many hits at most from one document
    - ``explain``: fill each hit's ``explanation``

    Raises UsageError for a value of the wrong type or out of range.
    """

    k: int = 10
    mode: Mode = "hybrid"
    context: int = 0
    rerank: int | None = None
    duplicates: Duplicates = "fold"
    where: str | None = None
    min_score: float = 0.0
    diverse: bool = False
    max_per_document: int | None = None
    explain: bool = False

    def __post_init__(self) -> None:
        _require_number("k", self.k, at_least=1)
        _require_number("context", self.context)
        for name, number, least in (("rerank", self.rerank, 0), ("max_per_document", self.max_per_document, 1)):
            if number is not None:
                _require_number(name, number, at_least=least)
        if max(self.k, self.context) > MOST:
            raise UsageError(f"k and context must be at most {MOST:,}", hint="no index has that many passages")
        _require_one_of("mode", self.mode, get_args(Mode))
        _require_one_of("duplicates", self.duplicates, get_args(Duplicates))
        if self.where is not None and not isinstance(self.where, str):
            raise UsageError(f"where must be text, not {self.where!r}", hint='such as: where="year >= 2021"')
        if isinstance(self.min_score, bool) or not isinstance(self.min_score, int | float):
            raise UsageError(f"min_score must be a number, not {self.min_score!r}", hint="scores lie between 0 and 1")
        if not 0 <= self.min_score <= 1:
            raise UsageError(f"min_score must be 0 to 1, not {self.min_score}", hint="scores lie between 0 and 1")
        if self.rerank and self.mode == "lexical":
            raise UsageError("lexical mode has no model to rerank with", hint="use hybrid or dense mode")

    @property
    def reranked(self) -> int:
        """The number of candidates that late interaction compares."""
        if self.rerank is None:
            return RERANKED if self.mode == "hybrid" else 0
        return self.rerank

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return asdict(self)


def _require_number(name: str, value: object, *, at_least: int = 0) -> None:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise UsageError(f"{name} must be a whole number, not {value!r}")
    if value.__index__() < at_least:
        raise UsageError(f"{name} must be at least {at_least}, not {value}")


def _require_one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        names = f"{', '.join(known[:-1])} or {known[-1]}"
        raise UsageError(f"unknown {name}: {value!r}", hint=f"use {names}")
