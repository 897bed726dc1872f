"""Candidates by vector and by words: Milvus proposes rows, and their scores and order follow from what is stored.

Whatever index Milvus searches by, a score is computed from the stored vector in double precision, so that it is the
same as in any other engine. Rows that tie with the last one are looked for until they end, so that the choice among
them does not depend on the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import IndexVersionError, advise_rebuild
from retriever.index.interface import Candidates
from retriever.index.milvus.client import MOST
from retriever.index.milvus.failures import damage_error
from retriever.index.weights import round_weights

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.index.milvus.client import Row
    from retriever.index.milvus.terms import Dictionary
    from retriever.index.milvus.view import View
    from retriever.types import Vectors

# Rows that are asked for beyond the limit, to see where a tie ends.
_MORE = 32
# Two sums of the same numbers in another order differ by less, as a share.
_ROUNDING = 1e-5


def find_dense(view: View, vector: Vectors, limit: int, within: str | None) -> Candidates:
    """The live passages of the largest inner products; ``within`` is an expression, "" for all, None for none.

    Raises ValueError for a vector of another dimension or with a value that is not finite.
    """
    if not np.isfinite(vector).all():
        raise ValueError("the query's vector holds a number that is not finite")
    state = view.state
    if state.pending == state.passages:
        return _none()
    if vector.shape != (state.dimension,):
        raise ValueError(f"a query of shape {vector.shape} where {(state.dimension,)} is needed")
    if limit <= 0 or within is None:
        return _none()
    query = np.zeros(max(state.dimension, 2), np.float32)
    query[: state.dimension] = vector
    hits = _search(
        view, "vector", query, limit, f"pending == 0 and {_and(view.live, within)}", ["ref", "name", "vector"]
    )
    try:
        vectors = np.array([view.vector(row["vector"]) for _, row in hits], np.float64).reshape(-1, state.dimension)
    except (ValueError, TypeError) as error:
        raise damage_error(view.client.location, error) from error
    scores = np.einsum("ij,j->i", vectors, vector.astype(np.float64)).astype(np.float32)
    return _best(view, [row for _, row in hits], scores, limit, ties=True)


def find_lexical(
    view: View, dictionary: Dictionary, weights: Mapping[str, float], limit: int, within: str | None
) -> Candidates:
    """The live passages with the largest sums of the weights of their terms; see ``find_dense``.

    Raises ValueError for a weight that is not positive, IndexVersionError where the server has no sparse vectors.
    """
    round_weights(weights)
    if limit <= 0 or within is None or not weights or view.bare:
        return _none()
    if not view.state.words:
        raise IndexVersionError(
            f"the server of {view.client.location} has no sparse vectors, which a search by words needs",
            hint="search by vectors alone: --mode dense; or update the server to Milvus 2.4 or later, and "
            f"{advise_rebuild()}",
        )
    numbers = dictionary.find(view, weights)
    whole, unit = round_weights({number: weights[term] for term, number in numbers.items()})
    if not whole:
        return _none()
    query = {number: float(weight) for number, weight in whole.items()}
    hits = _search(view, "words", query, limit, _and(view.live, within), ["ref", "name"])
    hits = [(score, row) for score, row in hits if score > 0]
    scores = np.array([round(score) * unit for score, _ in hits], np.float64).astype(np.float32)
    return _best(view, [row for _, row in hits], scores, limit, ties=False)


def _search(
    view: View, field: str, query: object, limit: int, where: str, fields: list[str]
) -> list[tuple[float, Row]]:
    """The best hits, down to the end of the tie in which the limit falls."""
    ask = limit + _MORE
    while True:
        hits = view.search(field, query, where, ask, fields)
        last = hits[limit - 1][0] if len(hits) >= limit else 0.0
        if len(hits) < min(ask, MOST) or ask >= MOST or hits[-1][0] < last - _ROUNDING * max(1.0, abs(last)):
            return hits
        ask = min(4 * ask, MOST)


def _best(view: View, rows: list[Row], scores: npt.NDArray[np.float32], limit: int, *, ties: bool) -> Candidates:
    """The best ``limit``; of equal scores the smallest ids. With ``ties`` all that tie with the last one come, too."""
    if not all(type(row[name]) is int for row in rows for name in ("ref", "name")):
        raise damage_error(view.client.location, "a hit has a field of another type")
    names = np.array([row["name"] for row in rows], np.int64).astype(np.uint64)
    refs = np.array([row["ref"] for row in rows], np.int64)
    order = np.lexsort((names, -scores))
    best = order[:limit]
    if ties and limit < len(order):
        best = order[scores[order] >= scores[best[-1]]]
    return Candidates(refs[best], scores[best])


def _and(live: str, within: str) -> str:
    return f"{live} and ({within})" if within else live


def _none() -> Candidates:
    return Candidates(np.zeros(0, np.int64), np.zeros(0, np.float32))
