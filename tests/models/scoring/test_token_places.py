"""The places of tokens come back exactly, and other bytes are refused or read as places."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retriever.models.scoring.token_places import TokenPlaces

# Gap to the token before, length, whether a sentence begins, and which of the vectors so far is shared, if any.
TOKENS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 3), st.integers(-2, 400)),
        st.one_of(st.integers(0, 16), st.integers(0, 900)),
        st.booleans(),
        st.one_of(st.none(), st.integers(0, 400)),
    ),
    max_size=60,
)


@given(TOKENS, st.binary(max_size=5))
def test_places_come_back(tokens: list[tuple[int, int, bool, int | None]], rest: bytes) -> None:
    spans, owners, sentences = [], [], []
    end = vectors = sentence = 0
    for place, (gap, length, begins, shared) in enumerate(tokens):
        spans.append((end + gap, end + gap + length))
        end += gap + length
        if shared is None or not vectors:
            owners.append(vectors)
            vectors += 1
        else:
            owners.append(shared % vectors)
        sentence += bool(begins and place)
        sentences.append(sentence)
    given_ = TokenPlaces(
        np.array(spans, np.int32).reshape(-1, 2), np.array(owners, np.intp), np.array(sentences, np.intp)
    )
    data = given_.pack()
    found, count, start = TokenPlaces.unpack(data + rest)
    assert (count, start) == (vectors, len(data))
    assert found.spans.tolist() == given_.spans.tolist()
    assert found.owners.tolist() == owners
    assert np.diff(found.sentences).tolist() == np.diff(given_.sentences).tolist()


def test_a_token_takes_a_byte_and_a_shared_vector_another() -> None:
    places = TokenPlaces(
        np.array([(2 * place, 2 * place + 2) for place in range(100)], np.int32),
        np.repeat(np.arange(50), 2),
        np.zeros(100, np.intp),
    )
    assert len(places.pack()) == 6 + 100 + 50


def test_more_vectors_than_a_byte_counts() -> None:
    owners = np.append(np.arange(300), [299, 0, 257])
    spans = np.array([(place, place + 1) for place in range(303)], np.int32)
    found, vectors, _ = TokenPlaces.unpack(TokenPlaces(spans, owners, np.zeros(303, np.intp)).pack())
    assert vectors == 300
    assert found.owners.tolist() == owners.tolist()


@given(st.binary(max_size=60))
def test_other_bytes_are_refused_or_read(data: bytes) -> None:
    with suppress(ValueError):
        places, vectors, start = TokenPlaces.unpack(data)
        assert 0 <= start <= len(data)
        assert len(places.owners) == len(places.spans) == len(places.sentences)
        assert not len(places.owners) or (places.owners.min() >= 0 and places.owners.max() < vectors)
