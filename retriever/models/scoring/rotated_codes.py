"""Compresses token vectors for an index that keeps them: two bits a dimension, and the most similar tokens merged.

The vectors are rotated at random, after which every coordinate is nearly normal, and each coordinate becomes one of
the four levels that are optimal for a normal variable (Max 1960, "Quantizing for Minimum Distortion"; that a rotation
makes one fixed table suitable for all vectors is shown in Zandieh et al. 2025, "TurboQuant"). So nothing is learnt:
the codes fit every model, and those of a passage do not depend on what else is in the index. Tokens without a letter
or digit are left out, and of the others the most similar pairs share one vector until three of four are left.

Models other than the bundled one get this form, and indexes of earlier versions have it. It retains 0.94 of what late
interaction adds to nDCG@10 on XQuAD and DRCD, at 66 bytes a token (docs/decisions/token-codes.md).
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass
from retriever.models.interface import TokenVectors
from retriever.models.scoring.language_centering import subtract
from retriever.models.scoring.maxsim import find_begins, maxsim, similarities
from retriever.models.scoring.token_codes import Aligned, Compared, DecodedTokens, describe_damage
from retriever.models.scoring.token_merging import find_words, merge_alike

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retriever.types import Vectors

NAME = "rotated-2bit-merged-3"
"""Names this form in the settings of an index."""

LEVELS = np.array([-1.5104, -0.4528, 0.4528, 1.5104], np.float32)
# Where one level ends and the next begins.
EDGES = (LEVELS[1:] + LEVELS[:-1]) / 2
_SEED = 20_240_101
_HEADER = 2
# A flag in the number of a token's vector: a sentence begins here.
_NEW_SENTENCE = 1 << 15
_MOST = (1 << 16) - 1
# Bytes of a token besides its vector: the number of the vector, the distance from the token before it, its length.
_TOKEN = 6


@dataclass(frozen=True, slots=True)
class RotatedCodec:
    """Encodes and decodes token vectors of one dimension. Decoded vectors are rotated."""

    dimension: int
    name: str = NAME

    def encode(self, text: str, tokens: TokenVectors, sentences: npt.NDArray[np.intp]) -> bytes:
        """The tokens of ``text``, unit vectors float32 [tokens, dimension], as bytes.

        ``sentences`` has the number of each token's sentence, ascending. The layout: the number of vectors; for each
        token with a letter or digit the number of its vector, with a bit for the first of a sentence, its distance
        from the token before, and its length in characters (all uint16); then the codes, four coordinates a byte.
        """
        has_word = find_words(text, tokens.spans)
        merged, owners = merge_alike(tokens.vectors[has_word])
        owners = owners | np.where(np.diff(sentences[has_word], prepend=-1), _NEW_SENTENCE, 0)
        spans = tokens.spans[has_word]
        # No two tokens of a passage are so far apart; if they were, highlights would be shifted.
        gaps = np.minimum(np.diff(spans[:, 0], prepend=0), _MOST)
        lengths = np.minimum(spans[:, 1] - spans[:, 0], _MOST)
        places = np.stack([owners, gaps, lengths]).astype("<u2")
        return np.array([len(merged)], "<u2").tobytes() + places.tobytes() + self._quantise(merged).tobytes()

    def decode(self, data: bytes) -> DecodedTokens:
        """The tokens that ``encode`` was given; read-only. Raises IndexCorruptError."""
        return _decode(self, data)

    def compare(
        self,
        question: Vectors,
        data: Sequence[bytes],
        offsets: Sequence[Vectors | None],
        weights: npt.NDArray[np.float64] | None = None,
    ) -> Compared:
        """The MaxSim of a question with each passage; see ``TokenCodec``."""
        found, kept = [], []
        for run, offset in zip(data, offsets, strict=True):
            decoded = self.decode(run)
            if offset is not None:
                decoded = replace(decoded, vectors=subtract(decoded.vectors, self.rotate(offset[None])[0]))
            cosines = decoded.similarities(question)
            found.append(maxsim(cosines, decoded.sentences, weights))
            kept.append(cosines if offset is None else None)
        return Compared(found, kept)

    def align(
        self, question: Vectors, data: Sequence[bytes], known: Sequence[npt.NDArray[np.float32] | None]
    ) -> list[Aligned]:
        """The cosines of a question's tokens with those of each passage; see ``TokenCodec``."""
        decoded = [self.decode(run) for run in data]
        return [
            Aligned(one.similarities(question) if cosines is None else cosines, one.spans, find_begins(one.sentences))
            for one, cosines in zip(decoded, known, strict=True)
        ]

    def rotate(self, vectors: Vectors) -> Vectors:
        """Vectors, float32 [n, dimension], rotated like those that ``decode`` gives; cosines stay the same."""
        return similarities(vectors, _rotation(self.dimension).T)

    @property
    def is_restored(self) -> bool:
        """No: how much is lost depends on the model, so the baseline of an index is that of decoded tokens."""
        return False

    def restore(self, similarity: float) -> float:
        """``similarity``."""
        return similarity

    @property
    def width(self) -> int:
        """Bytes of a vector."""
        return -(-self.dimension // 4)

    def _quantise(self, vectors: Vectors) -> npt.NDArray[np.uint8]:
        scaled = self.rotate(vectors) * np.float32(np.sqrt(self.dimension))
        levels = np.zeros((len(vectors), 4 * self.width), np.uint8)
        for edge in EDGES:
            levels[:, : self.dimension] += scaled > edge
        places = np.array([1, 4, 16, 64], np.uint8)
        packed: npt.NDArray[np.uint8] = levels.reshape(len(vectors), self.width, 4) @ places
        return packed


# As many as one search compares and then highlights: 12 MB with the bundled model.
@lru_cache(maxsize=64)
def _decode(codec: RotatedCodec, data: bytes) -> DecodedTokens:
    if len(data) < _HEADER:
        raise describe_damage()
    count = int.from_bytes(data[:_HEADER], "little")
    start = len(data) - count * codec.width
    if start < _HEADER or (start - _HEADER) % _TOKEN:
        raise describe_damage()
    marked, gaps, lengths = np.frombuffer(data[_HEADER:start], "<u2").astype(np.intp).reshape(3, -1)
    owners = marked & (_NEW_SENTENCE - 1)
    if len(owners) < count or (len(owners) and owners.max() >= count):
        raise describe_damage()
    codes = np.frombuffer(data[start:], np.uint8).reshape(count, codec.width)
    vectors: Vectors = _table()[codes].reshape(count, 4 * codec.width)[:, : codec.dimension]
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= np.maximum(norms, 1e-12)[:, None]
    starts = np.cumsum(gaps)
    spans = np.stack([starts, starts + lengths], axis=1).astype(np.int32)
    return DecodedTokens(vectors, owners, np.cumsum(marked >= _NEW_SENTENCE), spans)


@lru_cache(maxsize=4)
def _rotation(dimension: int) -> Vectors:
    """An orthogonal matrix, random but always the same: float32 [dimension, dimension]."""
    # RandomState's stream is frozen, that of newer generators is not.
    drawn = np.random.RandomState(_SEED).normal(size=(dimension, dimension))
    matrix, upper = np.linalg.qr(drawn)
    rotation: Vectors = np.asfortranarray((matrix * np.sign(np.diag(upper))).astype(np.float32))
    return rotation


@lru_cache(maxsize=1)
def _table() -> Vectors:
    """The four coordinates of every byte: float32 [256, 4]."""
    codes = np.arange(256)
    return LEVELS[np.stack([codes >> shift & 3 for shift in (0, 2, 4, 6)], axis=1)]
