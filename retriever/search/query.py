"""A question as the stages of a search take it, and the refusal of what is no question."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from retriever.errors import UsageError
from retriever.text.analyzer import terms
from retriever.text.language import detect
from retriever.types import Duplicates, Mode

# Distinct terms of a question that are looked up: far more than a question has, few enough for a pasted page.
MOST_TERMS = 256
# The most hits, and neighbours on either side: more than any index holds, less than what storage can count.
MOST = 1_000_000_000
# Half a character, as the command line gives for bytes that are no text: nothing can store, send or print it.
_SURROGATE = re.compile("[\ud800-\udfff]")
# Below this confidence a question counts as being in no language in particular.
SURE = 0.6
# Candidates for late interaction: about a quarter of a second on two cores with the bundled model.
RERANKED = 30


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is asked: ``k`` hits for ``query`` in ``mode``, each with ``context`` neighbours on either side.

    ``rerank`` is how many candidates late interaction looks at; None is the mode's default: 30 in hybrid mode,
    none in the others. ``duplicates`` folds passages that say the same into one hit, or shows them all. ``where``
    is a filter (see ``filters``), ``min_score`` the least score of a hit. ``diverse`` spreads the hits over
    documents and subjects, ``max_per_document`` caps them. ``explain`` asks for the account of every hit.
    """

    query: str
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

    @property
    def reranked(self) -> int:
        """How many candidates late interaction looks at."""
        if self.rerank is None:
            return RERANKED if self.mode == "hybrid" else 0
        return self.rerank


@dataclass(frozen=True, slots=True)
class Query:
    """``text`` without outer white space and lone surrogates, its language ("" where it is not clear), its distinct
    analyzer terms."""

    text: str
    language: str
    terms: tuple[str, ...]

    def shares_language(self, language: str) -> bool:
        """Whether a passage in ``language`` may share the question's words; in doubt it may."""
        return not language or not self.language or language == self.language


def parse(request: SearchRequest) -> Query:
    """Raises UsageError for an empty query, one without letter, digit or symbol, an unknown mode, a number that is
    no whole one or out of range."""
    text = request.query.strip()
    for name, number in (
        ("k", request.k),
        ("context", request.context),
        ("rerank", request.rerank),
        ("max_per_document", request.max_per_document),
    ):
        if number is not None and not hasattr(number, "__index__"):
            raise UsageError(f"{name} must be a whole number, not {number}")
    if not text:
        raise UsageError("the query is empty", hint="ask a question or give some words to look for")
    if all(unicodedata.category(character)[0] in "PZCM" for character in text):
        raise UsageError("the query has no words, only punctuation", hint="give some words to look for")
    if request.k < 1:
        raise UsageError(f"k must be at least 1, not {request.k}")
    if request.context < 0:
        raise UsageError(f"context must be at least 0, not {request.context}")
    if max(request.k, request.context) > MOST:
        raise UsageError(f"k and context must be at most {MOST:,}", hint="no index holds so many passages")
    if request.duplicates not in ("fold", "show"):
        raise UsageError(f"unknown way with duplicates: {request.duplicates}", hint="use fold or show")
    if not 0 <= request.min_score <= 1:
        raise UsageError(f"min_score must be 0 to 1, not {request.min_score}", hint="scores lie between 0 and 1")
    if request.max_per_document is not None and request.max_per_document < 1:
        raise UsageError(f"max_per_document must be at least 1, not {request.max_per_document}")
    if request.rerank is not None and request.rerank < 0:
        raise UsageError(f"rerank must be at least 0, not {request.rerank}")
    if request.rerank and request.mode == "lexical":
        raise UsageError("lexical mode uses no model to rerank with", hint="use hybrid or dense mode")
    if request.mode not in ("hybrid", "dense", "lexical"):
        raise UsageError(f"unknown mode: {request.mode}", hint="use hybrid, dense or lexical")
    text = _SURROGATE.sub("\ufffd", text)
    detection = detect(text)
    language = detection.language if detection.confidence >= SURE else ""
    return Query(text, language, tuple(dict.fromkeys(terms(text)))[:MOST_TERMS])
