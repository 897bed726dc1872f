"""MaxSim: how well the tokens of a passage match those of a question (Khattab and Zaharia 2020, "ColBERT").

A passage can match the tokens of a question with unrelated words that are scattered over it. So the match of its best
sentence and of its best two neighbouring sentences counts as much as that of the whole passage (as the best part
represents the whole in Dai and Callan 2019, "Deeper Text Understanding for IR").
On XQuAD and DRCD that raises nDCG@10 by 0.001 within a language and by 0.004 across languages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

# Multiplications up to which OpenBLAS computes a product in one thread.
_ONE_THREAD = 1 << 18


def similarities(question: Vectors, passage: Vectors) -> npt.NDArray[np.float32]:
    """Cosines of unit vectors, [m, dimension] with [n, dimension]: float32 [m, n].

    By matrix products so small that a BLAS does each in one thread: its threads wait for each other longer than they
    compute. Passages are cut at the same places whatever they are compared beside, so that their cosines stay the same.
    """
    rows = max(_ONE_THREAD // max(question.size, 1), 1)
    whole = len(passage) // rows * rows
    result: npt.NDArray[np.float32] = np.empty((len(passage), len(question)), np.float32)
    if whole:
        blocks = passage[:whole].reshape(-1, rows, passage.shape[1])
        np.matmul(blocks, question.T, out=result[:whole].reshape(-1, rows, len(question)))
    np.matmul(passage[whole:], question.T, out=result[whole:])
    cosines: npt.NDArray[np.float32] = result.T
    return cosines


def block_similarities(question: Vectors, passages: Vectors, block: int) -> npt.NDArray[np.float32]:
    """Cosines of unit vectors, [m, dimension] with [n, dimension], n a multiple of ``block``: float32 [n, m].

    ``block``, a power of two, is how many vectors are multiplied at once, fewer for a long question, so that a BLAS
    does it in one thread. A cosine depends on the place of its vector in the block alone.
    """
    rows = block
    while rows > 1 and rows * question.size > _ONE_THREAD:
        rows //= 2
    blocks = passages.reshape(-1, rows, passages.shape[1])
    result: npt.NDArray[np.float32] = np.matmul(blocks, question.T).reshape(len(passages), len(question))
    return result


def sentence_maxsims(cosines: npt.NDArray[np.float32], sentences: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """The largest cosine that each token of the question has with a token of each sentence: float32 [m, sentences].

    ``cosines`` is float32 [m, n], ``sentences`` the number of each passage token's sentence, ascending: intp [n]; those
    without a token take no part.
    """
    result: npt.NDArray[np.float32] = np.maximum.reduceat(cosines, np.flatnonzero(find_begins(sentences)), axis=1)
    return result


def find_begins(sentences: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Whether a sentence begins with each token, from the number of its sentence: bool [n]."""
    begins: npt.NDArray[np.bool_] = np.diff(sentences, prepend=-1) != 0
    return begins


def maxsim(
    cosines: npt.NDArray[np.float32],
    sentences: npt.NDArray[np.intp],
    weights: npt.NDArray[np.float64] | None = None,
) -> float:
    """The mean over the question's tokens of the largest cosine that each has with a token of the passage.

    That of the whole passage counts half, those of its best sentence and of its best two neighbouring sentences a
    quarter each. Shapes as in ``sentence_maxsims``; ``weights`` are those of the question's tokens, float64 [m], all
    alike if None. -1 to 1, and 0 where question or passage has no token.
    """
    if not cosines.size:
        return 0.0
    single = sentence_maxsims(cosines, sentences)
    double = np.maximum(single[:, :-1], single[:, 1:]) if single.shape[1] > 1 else single
    whole, best, best_two = (_mean(part, weights).max() for part in (single.max(axis=1, keepdims=True), single, double))
    return float((2 * whole + best + best_two) / 4)


def maxsims(
    cosines: npt.NDArray[np.float32],
    begins: npt.NDArray[np.bool_],
    tokens: npt.NDArray[np.intp],
    weights: npt.NDArray[np.float64] | None = None,
) -> npt.NDArray[np.float64]:
    """``maxsim`` for many passages at once: float64 [passages].

    - ``cosines``: those of the tokens of all passages, one passage behind another: float32 [n, m]
    - ``begins``: whether a sentence begins with a token, which the first of every passage does: bool [n]
    - ``tokens``: how many tokens each passage has: intp [passages]
    - ``weights``: those of the question's tokens, as for ``maxsim``
    """
    result = np.zeros(len(tokens))
    if not cosines.size:
        return result
    starts = np.flatnonzero(begins)
    single = np.maximum.reduceat(cosines, starts, axis=0)
    filled = np.flatnonzero(tokens)
    # The first sentence of each passage that has tokens, and the last.
    first = np.searchsorted(starts, (np.cumsum(tokens) - tokens)[filled])
    last = np.append(first[1:], len(starts)) - 1
    whole = _mean(np.maximum.reduceat(single, first, axis=0).T, weights)
    one = _mean(single.T, weights)
    two = np.append(_mean(np.maximum(single[:-1], single[1:]).T, weights), 0.0) if len(single) > 1 else one.copy()
    # The last sentence of a passage has no neighbour behind it; a single one is its own.
    two[last] = np.where(first == last, one[last], -np.inf)
    best, best_two = np.maximum.reduceat(one, first), np.maximum.reduceat(two, first)
    result[filled] = (2 * whole + best + best_two) / 4
    return result


def _mean(cosines: npt.NDArray[np.float32], weights: npt.NDArray[np.float64] | None) -> npt.NDArray[np.float64]:
    result: npt.NDArray[np.float64] = np.average(cosines.astype(np.float64), axis=0, weights=weights)
    return result
