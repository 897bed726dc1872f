"""Pairs are those that a greedy choice would merge."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retriever.models.scoring.token_merging import KEPT_SHARE, merge_alike, scale_to_unit


@given(st.integers(0, 40), st.integers(0, 1000))
def test_the_most_similar_pairs_share_a_vector(count: int, seed: int) -> None:
    vectors = scale_to_unit(np.random.default_rng(seed).normal(size=(count, 24)).astype(np.float32))
    merged, owners = merge_alike(vectors)
    wanted, partners = count - round(KEPT_SHARE * count), {}
    cosines = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    pairs = sorted((-cosines[a, b], a, b) for a in range(count) for b in range(a + 1, count))
    for _, first, second in pairs:
        if len(partners) < 2 * wanted and first not in partners and second not in partners:
            partners |= {first: second, second: first}
    for token in range(count):
        alike = [token, partners[token]] if token in partners else [token]
        assert sorted(alike) == np.flatnonzero(owners == owners[token]).tolist()
        mean = vectors[alike].sum(axis=0)
        np.testing.assert_allclose(merged[owners[token]], mean / np.linalg.norm(mean), atol=1e-5)


@given(st.integers(1, 40))
def test_equal_vectors_merge_as_far_as_others(count: int) -> None:
    merged, owners = merge_alike(np.tile(np.eye(1, 8, dtype=np.float32), (count, 1)))
    assert len(merged) == round(KEPT_SHARE * count) == owners.max() + 1
