"""``SearchOptions``: declares and validates the arguments of a search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, get_args

from retriever.arguments import (
    describe_filter,
    quote,
    require_count,
    require_filter,
    require_flag,
    require_one_of,
)
from retriever.errors import UsageError
from retriever.frozen import dataclass
from retriever.reports import IndexedDocument
from retriever.types import Duplicates, Mode

Where: TypeAlias = str | Callable[[IndexedDocument], bool]
"""A filter: an expression (docs/filters.md), or a function that says of a document whether to search it."""

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
      hybrid mode, or 60 where token vectors are stored and the corpus has several languages, or another than the
      question, and 0 in the others; 0 is fastest
    - ``duplicates``: ``fold`` near-duplicates into the best of them, or ``show`` them all
    - ``where``: a filter (docs/filters.md), or a function of an ``IndexedDocument`` that says whether to search it;
      it is called once for each document of a generation, and its results are kept
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
    where: Where | None = None
    min_score: float = 0.0
    diverse: bool = False
    max_per_document: int | None = None
    explain: bool = False

    def __post_init__(self) -> None:
        require_count("k", self.k, at_least=1)
        require_count("context", self.context)
        require_count("rerank", self.rerank, optional=True)
        require_count("max_per_document", self.max_per_document, at_least=1, optional=True)
        if max(self.k, self.context) > MOST:
            raise UsageError(f"k and context must be at most {MOST:,}", hint="no index has that many passages")
        require_one_of("mode", self.mode, get_args(Mode))
        require_one_of("duplicates", self.duplicates, get_args(Duplicates))
        require_filter(self.where, hint='such as: where="year >= 2021"')
        require_flag("diverse", self.diverse)
        require_flag("explain", self.explain)
        if isinstance(self.min_score, bool) or not isinstance(self.min_score, int | float):
            message = f"min_score must be a number, not {quote(self.min_score)}"
            raise UsageError(message, hint="scores lie between 0 and 1")
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
        """The fields as JSON-ready values; of a function in ``where`` the name."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return values if self.where is None else {**values, "where": describe_filter(self.where)}
