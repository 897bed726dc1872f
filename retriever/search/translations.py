"""Lets a passage share what is known of its translation.

In a corpus of translations a question is compared with the same content in every language, and the comparison is
surest in its own. Two candidates in different languages that are each other's nearest there, and alike enough, say the
same: the one that scores lower is raised halfway to the other, unless it is far less similar to the question. Where
nothing is translated, no rank changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.search.candidates import Candidate
    from retriever.search.context import SearchContext

# The least likeness of translations, from unrelated texts (0) to identity (1): of parallel texts in forty languages
# 95 % of the translations reach it, and of other pairs one of 14,000.
ALIKE = 0.4
# How far a passage is raised towards its translation.
SHARE = 0.5
# By how many deviations the translation may be less similar to the question: one that is far from it only looks alike.
LESS = 5.0
DECIMALS = 6


def share_with_translations(search: SearchContext, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Candidates that late interaction compared, best first, and those behind them, with translations raised."""
    compared = [item for item in ranked if item.scores.late is not None]
    known = [item for item in compared if item.stored.vector is not None]
    languages = [item.stored.passage.language for item in known]
    if len(set(languages) - {""}) < 2:
        return list(ranked)
    vectors = np.array([item.stored.vector for item in known if item.stored.vector is not None])
    unrelated = search.baseline.unrelated
    least = unrelated + ALIKE * (1 - unrelated)
    raised: dict[int, Candidate] = {}
    for place, others in find_translations(search.centering.center(vectors, languages), languages, least).items():
        item = known[place]
        most = item.fusion.deviations + LESS
        best = max((known[it].odds for it in others if known[it].fusion.deviations <= most), default=item.odds)
        if best > item.odds:
            odds = round(item.odds + SHARE * (best - item.odds), DECIMALS)
            raised[item.stored.ref] = replace(item, odds=odds)
    moved = sorted((raised.get(item.stored.ref, item) for item in compared), key=lambda item: item.order)
    return [*moved, *ranked[len(compared) :]]


def find_translations(vectors: npt.NDArray[np.float32], languages: Sequence[str], least: float) -> dict[int, list[int]]:
    """The translations of each passage that has some, by position, from vectors float32 [n, dimension].

    At most one in each language other than its own, of a cosine of ``least`` or more. A passage in an unknown language
    has none.
    """
    wide = vectors.astype(np.float64)
    wide /= np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
    cosines = np.einsum("ij,kj->ik", wide, wide).round(DECIMALS)
    names = sorted(set(languages) - {""})
    if not names:
        return {}
    own = np.array([names.index(language) if language else -1 for language in languages])
    # Of every passage the nearest one in each language, [languages, n], and whether it is the nearest of that, too.
    columns = [np.flatnonzero(own == number) for number in range(len(names))]
    nearest = np.stack([places[cosines[:, places].argmax(axis=1)] for places in columns])
    passages = np.arange(len(languages))
    is_pair = (nearest[own, nearest] == passages) & (cosines[passages, nearest] >= least)
    is_pair &= (own >= 0) & (own != np.arange(len(names))[:, None])
    found: dict[int, list[int]] = {}
    for place, translation in zip(np.nonzero(is_pair)[1].tolist(), nearest[is_pair].tolist(), strict=True):
        found.setdefault(place, []).append(translation)
    return found
