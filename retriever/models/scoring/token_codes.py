"""Token vectors in few bytes, for an index that keeps them: two bits a dimension, and the most alike tokens merged.

The vectors are rotated at random, after which every coordinate is nearly normal, and each coordinate becomes one of
the four levels that are best for a normal variable (Max 1960, "Quantizing for Minimum Distortion"; that a rotation
makes one fixed table good for all vectors is shown in Zandieh et al. 2025, "TurboQuant"). So nothing is learnt:
the codes fit every model, and a passage's are the same whatever else is in the index. Tokens without a letter or
digit are left out, and of the others the most alike pairs share one vector until three of four are left.

Of what late interaction adds to nDCG@10 on XQuAD and DRCD this keeps 0.94 at 64 bytes a token. Alone, two bits keep
all of it (96 bytes), three levels 0.85 (77), one bit 0.65 (48); product quantisation learnt on the same passages
keeps 0.89 at 48 bytes; half of the tokens at full precision keep 0.81.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.models.interface import TokenVectors
from retriever.models.scoring.maxsim import similarities

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

NAME = "rotated-2bit-merged-3"
"""Stands in the settings of an index that keeps token vectors in this form."""

LEVELS = np.array([-1.5104, -0.4528, 0.4528, 1.5104], np.float32)
# Where one level ends and the next begins.
EDGES = (LEVELS[1:] + LEVELS[:-1]) / 2
# Of the tokens this share stays.
KEPT = 0.75
_SEED = 20_240_101
_HEADER = 2
# Set in the place of a token's vector where a sentence begins.
_NEW_SENTENCE = 1 << 15
_MOST = (1 << 16) - 1
# Bytes of a token besides its vector: the vector's place, how far it begins behind the token before it, its length.
_TOKEN = 6


@dataclass(frozen=True, slots=True)
class DecodedTokens:
    """A passage's tokens as they were kept.

    ``vectors`` are rotated and of unit length, float32 [vectors, dimension]; ``owners`` has the place among them of
    each token's own and ``sentences`` the number of its sentence, ascending: intp [tokens]. ``spans`` has its
    characters in the text: int32 [tokens, 2].
    """

    vectors: Vectors
    owners: npt.NDArray[np.intp]
    sentences: npt.NDArray[np.intp]
    spans: npt.NDArray[np.int32]

    @property
    def tokens(self) -> TokenVectors:
        """Each token with a vector of its own."""
        return TokenVectors(self.vectors[self.owners], self.spans)

    def similarities(self, question: Vectors) -> npt.NDArray[np.float32]:
        """Cosines of a question's rotated tokens, float32 [m, dimension], with each token: float32 [m, tokens]."""
        return similarities(question, self.vectors)[:, self.owners]


@dataclass(frozen=True, slots=True)
class TokenCodec:
    """Encodes and decodes token vectors of one dimension. What is decoded stands in the rotated space."""

    dimension: int

    def encode(self, text: str, tokens: TokenVectors, sentences: npt.NDArray[np.intp]) -> bytes:
        """The tokens of ``text``, unit vectors float32 [tokens, dimension], as bytes.

        ``sentences`` has the number of each token's sentence, ascending. First comes the number of vectors, then of
        each token that has a letter or digit its vector, with a bit for the first of a sentence, how far it begins
        behind the one before, and its length in characters (all uint16), then the codes, four coordinates a byte.
        """
        worded = _worded(text, tokens.spans)
        merged, owners = _merged(tokens.vectors[worded])
        owners = owners | np.where(np.diff(sentences[worded], prepend=-1), _NEW_SENTENCE, 0)
        spans = tokens.spans[worded]
        # No token of a passage is so far from the next; were one, marks in the text would be shifted.
        gaps = np.minimum(np.diff(spans[:, 0], prepend=0), _MOST)
        lengths = np.minimum(spans[:, 1] - spans[:, 0], _MOST)
        places = np.stack([owners, gaps, lengths]).astype("<u2")
        return np.array([len(merged)], "<u2").tobytes() + places.tobytes() + self._codes(merged).tobytes()

    def decode(self, data: bytes) -> DecodedTokens:
        """What ``encode`` kept, not to be written to. Raises IndexCorruptError."""
        return _decoded(self, data)

    def rotated(self, vectors: Vectors) -> Vectors:
        """Vectors, float32 [n, dimension], brought into the space of what is decoded; cosines stay."""
        return similarities(vectors, _rotation(self.dimension).T)

    @property
    def width(self) -> int:
        """Bytes of a vector."""
        return -(-self.dimension // 4)

    def _codes(self, vectors: Vectors) -> npt.NDArray[np.uint8]:
        scaled = vectors @ _rotation(self.dimension) * np.float32(np.sqrt(self.dimension))
        levels = np.zeros((len(vectors), 4 * self.width), np.uint8)
        levels[:, : self.dimension] = np.searchsorted(EDGES, scaled)
        places = np.array([1, 4, 16, 64], np.uint8)
        packed: npt.NDArray[np.uint8] = levels.reshape(len(vectors), self.width, 4) @ places
        return packed


# Enough for what one search compares and then marks words in: 12 MB with the bundled model.
@lru_cache(maxsize=64)
def _decoded(codec: TokenCodec, data: bytes) -> DecodedTokens:
    if len(data) < _HEADER:
        raise _damaged()
    count = int.from_bytes(data[:_HEADER], "little")
    start = len(data) - count * codec.width
    if start < _HEADER or (start - _HEADER) % _TOKEN:
        raise _damaged()
    marked, gaps, lengths = np.frombuffer(data[_HEADER:start], "<u2").astype(np.intp).reshape(3, -1)
    owners = marked & (_NEW_SENTENCE - 1)
    if len(owners) < count or (len(owners) and owners.max() >= count):
        raise _damaged()
    codes = np.frombuffer(data[start:], np.uint8).reshape(count, codec.width)
    vectors: Vectors = _table()[codes].reshape(count, 4 * codec.width)[:, : codec.dimension]
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= np.maximum(norms, 1e-12)[:, None]
    starts = np.cumsum(gaps)
    spans = np.stack([starts, starts + lengths], axis=1).astype(np.int32)
    return DecodedTokens(vectors, owners, np.cumsum(marked >= _NEW_SENTENCE), spans)


def _damaged() -> IndexCorruptError:
    return IndexCorruptError(
        "the token vectors of a passage are damaged", hint="build the index anew: retriever index SOURCE... --rebuild"
    )


def _worded(text: str, spans: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Which tokens have a letter or digit; all of them where none has."""
    worded = np.array([any(map(str.isalnum, text[start:end])) for start, end in spans.tolist()], bool)
    return worded if worded.any() else ~worded


def _merged(vectors: Vectors) -> tuple[Vectors, npt.NDArray[np.intp]]:
    """The most alike pairs replaced by their mean, each token in one pair at most, until ``KEPT`` are left.

    With the place of each token's vector among them: intp [tokens].
    """
    count = len(vectors)
    wanted = count - round(KEPT * count)
    owners = np.arange(count)
    rows, columns = np.triu_indices(count, 1)
    alike = (vectors @ vectors.T)[rows, columns]
    free = np.ones(count, bool)
    for pair in np.argsort(-alike, kind="stable"):
        if not wanted:
            break
        first, second = rows[pair], columns[pair]
        if free[first] and free[second]:
            free[[first, second]] = False
            owners[second] = first
            wanted -= 1
    kept, places = np.unique(owners, return_inverse=True)
    sums = np.zeros((len(kept), vectors.shape[1]), np.float32)
    np.add.at(sums, places, vectors)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    return sums / np.maximum(norms, 1e-12), places


@lru_cache(maxsize=4)
def _rotation(dimension: int) -> Vectors:
    """An orthogonal matrix drawn at random, always the same one: float32 [dimension, dimension]."""
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
