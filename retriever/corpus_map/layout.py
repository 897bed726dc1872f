"""Places vectors in two dimensions, so that what means alike lies together: principal components, then t-SNE.

Van der Maaten and Hinton 2008, "Visualizing Data using t-SNE", begun from the principal components (Kobak and Berens
2019), which makes the picture follow from the data alone. Its time grows with the number of points: beyond
``LANDMARKS`` a sample of them is placed, and every other point between the landmarks next to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from retriever.corpus_map.libraries import require_sklearn

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

    Places: TypeAlias = npt.NDArray[np.float32]

LANDMARKS = 4000
# Directions kept before t-SNE; the rest of a sentence vector is mostly noise, and distances in fewer are faster.
COMPONENTS = 50
PERPLEXITY = 30.0
ITERATIONS = 500
# t-SNE needs neighbours.
FEWEST = 8
# A point lies between this many landmarks; the nearest counts most.
ANCHORS = 3
# How far points beside a landmark are spread, in distances between landmarks.
SPREAD = 0.5


@dataclass(frozen=True, slots=True)
class Layout:
    """``places``: float32 [n, 2] in 0 to 1. ``reduced``: float32 [n, at most 50], to cluster and compare."""

    places: Places
    reduced: Vectors


def lay_out(vectors: Vectors, landmarks: int = LANDMARKS) -> Layout:
    """Place vectors, float32 [n, dimension]. The order of rows decides which are landmarks, if there are many."""
    if not len(vectors):
        return Layout(np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32))
    require_sklearn()
    with one_thread():
        reduced = reduce(vectors, landmarks)
        chosen = choose_landmarks(len(vectors), landmarks)
        places = _place_landmarks(reduced[chosen])
        if len(chosen) < len(vectors):
            places = _place_between(reduced, chosen, places)
    return Layout(_fit(places), reduced)


def choose_landmarks(count: int, most: int = LANDMARKS) -> npt.NDArray[np.int64]:
    """The positions of up to ``most`` of ``count`` rows, a random sample that is always the same."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))


@contextmanager
def one_thread() -> Iterator[None]:
    """Run OpenMP in the calling thread only.

    Several threads add in another order each time, and a child that is forked after them waits for them for ever.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="openmp"):
        yield


def reduce(vectors: Vectors, landmarks: int = LANDMARKS) -> Vectors:
    """The first principal components of vectors: float32 [n, at most ``COMPONENTS``], at least two columns."""
    count = min(COMPONENTS, *vectors.shape)
    if count < 2:
        return np.zeros((len(vectors), 2), np.float32)
    from sklearn.decomposition import PCA

    components = PCA(count, svd_solver="covariance_eigh", random_state=0)
    components.fit(vectors[choose_landmarks(len(vectors), landmarks)])
    result: Vectors = np.ascontiguousarray(components.transform(vectors), np.float32)
    return result[_find_firsts(vectors)]


def _find_firsts(vectors: Vectors) -> npt.NDArray[np.int64]:
    """For each row the first that equals it. Equal rows may be added up in another order, depending on their places."""
    rows = np.ascontiguousarray(vectors).view(np.dtype((np.void, vectors.shape[1] * vectors.itemsize)))[:, 0]
    _, first, places = np.unique(rows, return_index=True, return_inverse=True)
    firsts: npt.NDArray[np.int64] = first[places]
    return firsts


def _place_landmarks(reduced: Vectors) -> Places:
    start = reduced[:, :2] / max(float(reduced[:, 0].std()), 1e-12)
    if len(reduced) < FEWEST or (reduced == reduced[0]).all():
        return start
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(reduced) - 1) / 3)
    found: Places = TSNE(
        perplexity=perplexity,
        init=(start * 1e-4).astype(np.float32),
        learning_rate="auto",
        max_iter=ITERATIONS,
        random_state=0,
        n_jobs=1,
    ).fit_transform(reduced)
    return found


def _place_between(reduced: Vectors, chosen: npt.NDArray[np.int64], places: Places) -> Places:
    """All places: those of the landmarks, and of every other row between the landmarks nearest to it."""
    from sklearn.neighbors import NearestNeighbors

    result = np.empty((len(reduced), 2), np.float32)
    result[chosen] = places
    others = np.setdiff1d(np.arange(len(reduced)), chosen)
    search = NearestNeighbors(n_neighbors=ANCHORS, algorithm="brute").fit(reduced[chosen])
    distances, near = search.kneighbors(reduced[others])
    weights = 1 / np.maximum(distances, 1e-6) ** 4
    weights /= weights.sum(axis=1, keepdims=True)
    # Without this, points between the same landmarks would lie on the lines that join them.
    gaps, _ = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(places).kneighbors(places)
    shift = np.random.default_rng(0).normal(size=(len(others), 2)) * gaps[near[:, 0], 1:] * SPREAD
    # Landmarks that mean nearly the same may still lie apart: the nearest decides, and others only if they are close.
    close = np.linalg.norm(places[near] - places[near[:, :1]], axis=2) <= 4 * gaps[near[:, 0], 1:]
    weights = np.where(close, weights, 0)
    weights /= weights.sum(axis=1, keepdims=True)
    result[others] = np.einsum("na,nad->nd", weights, places[near]) + shift
    return result


def _fit(places: Places) -> Places:
    """Places in 0 to 1, with the same scale in both directions, in the middle."""
    low, high = places.min(axis=0), places.max(axis=0)
    size = float((high - low).max())
    fitted: Places = ((places - (low + high) / 2) / (size or 1.0) + 0.5).astype(np.float32)
    return fitted
