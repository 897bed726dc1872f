"""Compresses the token vectors of the bundled model to 48 bytes, by product quantisation with codebooks that ship.

What all tokens have in common is taken out, the rest is rotated, cut into 48 parts of eight coordinates, and of each
part the nearest of 256 vectors is kept (Jégou et al. 2011, "Product Quantization for Nearest Neighbor Search"). The
rotation is to the principal axes, dealt out so that all parts vary alike (Ge et al. 2013, "Optimized Product
Quantization"). ``benchmarks/token_codes/make.py`` makes rotation and codebooks from the parallel texts that the means
of languages come from. They are part of the version, so the codes of a passage depend on nothing but the passage.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass
from retriever.models.interface import TokenVectors
from retriever.models.scoring.language_centering import subtract
from retriever.models.scoring.maxsim import block_similarities, maxsims
from retriever.models.scoring.token_codes import Aligned, Compared, DecodedTokens, describe_damage
from retriever.models.scoring.token_merging import find_words, merge_alike, scale_to_unit
from retriever.models.scoring.token_places import Joined, TokenPlaces, join_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retriever.types import Vectors

NAME = "product-48-merged-3"
"""Names this form in the settings of an index; a new name whenever rotation or codebooks change."""
DATA = "token_codebooks.npz"
# From the MaxSim of decoded tokens to that of the vectors themselves, for relevant passages and for others (XQuAD).
_SLOPE, _INTERCEPT = 1.15, 0.013
# Passages that are compared at once: so many that Python's part is small, so few that they stay in a core's cache.
_TOGETHER = 32
# A passage begins a block of so many vectors, so that its products are the same whatever it is compared beside.
_BLOCK = 16
# Products are computed in parts so small that a BLAS does each in one thread (see ``similarities``).
_ROWS, _COLUMNS, _VECTORS = 28, 24, 64


@dataclass(frozen=True, slots=True, eq=False)
class Codebooks:
    """What the codes mean.

    - ``centering``: the fingerprint of the language centering that the tokens went through
    - ``rotation``: without what all tokens have in common, its columns in blocks: float32 [blocks, dimension, columns]
    - ``centroids``: float32 [parts, 256, width]
    - ``nearest``: their transpose above the halves of their squared lengths, subtracted: [parts, width + 1, 256]
    """

    centering: str
    rotation: Vectors
    centroids: Vectors
    nearest: Vectors

    @property
    def parts(self) -> int:
        """Bytes of a vector."""
        return len(self.centroids)


@dataclass(frozen=True, slots=True)
class ProductCodec:
    """Encodes and decodes the token vectors of the bundled model. Decoded vectors are rotated."""

    name: str = NAME

    def encode(self, text: str, tokens: TokenVectors, sentences: npt.NDArray[np.intp]) -> bytes:
        """The tokens of ``text``, unit vectors float32 [tokens, dimension], as bytes.

        ``sentences`` has the number of each token's sentence, ascending. The layout: the places of the tokens with a
        letter or digit, then the codes of their vectors.
        """
        has_word = find_words(text, tokens.spans)
        merged, owners = merge_alike(scale_to_unit(self.rotate(tokens.vectors[has_word])))
        return TokenPlaces(tokens.spans[has_word], owners, sentences[has_word]).pack() + _quantise(merged).tobytes()

    def decode(self, data: bytes) -> DecodedTokens:
        """The tokens that ``encode`` was given; read-only. Raises IndexCorruptError."""
        return _decode(data)

    def compare(
        self,
        question: Vectors,
        data: Sequence[bytes],
        offsets: Sequence[Vectors | None],
        weights: npt.NDArray[np.float64] | None = None,
    ) -> Compared:
        """The restored MaxSim of a question with each passage; see ``TokenCodec``."""
        found: list[float] = []
        kept: list[npt.NDArray[np.float32] | None] = []
        for start in range(0, len(data), _TOGETHER):
            part = slice(start, start + _TOGETHER)
            rotated = [None if offset is None else self.rotate(offset[None])[0] for offset in offsets[part]]
            joined = _join(data[part])
            cosines = _multiply(question, joined, rotated)
            found += (_SLOPE * maxsims(cosines, joined.begins, joined.tokens, weights) + _INTERCEPT).tolist()
            own = zip(joined.parts, rotated, strict=True)
            kept += [cosines[tokens].T if offset is None else None for tokens, offset in own]
        return Compared(found, kept)

    def align(
        self, question: Vectors, data: Sequence[bytes], known: Sequence[npt.NDArray[np.float32] | None]
    ) -> list[Aligned]:
        """The cosines of a question's tokens with those of each passage; see ``TokenCodec``."""
        found: list[Aligned] = []
        for start in range(0, len(data), _TOGETHER):
            joined = _join(data[start : start + _TOGETHER])
            cosines = known[start : start + _TOGETHER]
            if any(own is None for own in cosines):
                every = _multiply(question, joined, [None] * len(joined.tokens))
                cosines = [every[tokens].T for tokens in joined.parts]
            spans = joined.spans
            found += [
                Aligned(own, spans[tokens], joined.begins[tokens])
                for own, tokens in zip(cosines, joined.parts, strict=True)
                if own is not None
            ]
        return found

    def rotate(self, vectors: Vectors) -> Vectors:
        """Vectors, float32 [n, dimension], without what all tokens share, and rotated like decoded ones."""
        blocks = read_codebooks().rotation
        padded = np.zeros((-(-len(vectors) // _ROWS) * _ROWS, vectors.shape[1]), np.float32)
        padded[: len(vectors)] = vectors
        products = np.matmul(padded.reshape(-1, 1, _ROWS, vectors.shape[1]), blocks)
        rotated: Vectors = products.transpose(0, 2, 1, 3).reshape(len(padded), len(blocks) * _COLUMNS)[: len(vectors)]
        return rotated

    @property
    def is_restored(self) -> bool:
        """Yes: relevant and other passages then score as with the vectors themselves."""
        return True

    def restore(self, similarity: float) -> float:
        """The MaxSim that the vectors themselves would have, on average."""
        return _SLOPE * similarity + _INTERCEPT


def _quantise(vectors: Vectors) -> npt.NDArray[np.uint8]:
    books = read_codebooks()
    # The last coordinate subtracts the centroid's half length, so that the largest product is the nearest centroid.
    # Coordinates stand one behind another for all vectors: a BLAS reads them so in less time than vector by vector.
    columns = np.ones((books.parts, books.nearest.shape[1], len(vectors)), np.float32)
    columns[:, :-1] = vectors.reshape(len(vectors), books.parts, books.centroids.shape[2]).transpose(1, 2, 0)
    codes = np.empty((books.parts, len(vectors)), np.uint8)
    room = np.empty((books.parts * _VECTORS, books.nearest.shape[2]), np.float32)
    for start in range(0, len(vectors), _VECTORS):
        some = columns[:, :, start : start + _VECTORS].transpose(0, 2, 1)
        products = room[: books.parts * some.shape[1]].reshape(books.parts, some.shape[1], -1)
        codes[:, start : start + _VECTORS] = np.matmul(some, books.nearest, out=products).argmax(axis=2)
    by_vector: npt.NDArray[np.uint8] = codes.T
    return by_vector


def _join(data: Sequence[bytes]) -> Joined:
    try:
        joined = join_places(data)
        if [len(rest) for rest in joined.rest] != (joined.vectors * read_codebooks().parts).tolist():
            raise ValueError("the numbers of vectors differ")
    except ValueError as error:
        raise describe_damage() from error
    return joined


def _multiply(question: Vectors, joined: Joined, offsets: Sequence[Vectors | None]) -> npt.NDArray[np.float32]:
    """The cosines of the tokens of all passages with those of the question: float32 [tokens of all, m]."""
    books = read_codebooks()
    kept = np.frombuffer(b"".join(joined.rest), np.uint8).reshape(-1, books.parts)
    sizes = -(-joined.vectors // _BLOCK) * _BLOCK
    starts = np.cumsum(sizes) - sizes
    rows = np.arange(len(kept)) + np.repeat(starts - np.cumsum(joined.vectors) + joined.vectors, joined.vectors)
    codes = np.zeros((int(sizes.sum()), books.parts), np.uint8)
    codes[rows] = kept
    vectors = _look_up(codes, books)
    for start, count, offset in zip(starts.tolist(), joined.vectors.tolist(), offsets, strict=True):
        if offset is not None:
            vectors[start : start + count] = subtract(vectors[start : start + count], offset)
    cosines: npt.NDArray[np.float32] = block_similarities(question, vectors, _BLOCK)[rows[joined.owners]]
    return cosines


def _look_up(codes: npt.NDArray[np.uint8], books: Codebooks) -> Vectors:
    """The vectors that codes, [n, parts], stand for, scaled to unit length: float32 [n, dimension]."""
    width = books.centroids.shape[2]
    numbers = codes + (np.arange(books.parts) << 8)
    # No number is out of range, but NumPy takes twice as long to make sure of it.
    taken = books.centroids.reshape(-1, width).take(numbers, axis=0, mode="clip")
    vectors: Vectors = taken.reshape(len(codes), books.parts * width)
    vectors *= 1 / np.sqrt(np.maximum(np.einsum("ij,ij->i", vectors, vectors), 1e-12))[:, None]
    return vectors


# As many as one search compares and then highlights: 10 MB with the bundled model.
@lru_cache(maxsize=64)
def _decode(data: bytes) -> DecodedTokens:
    books = read_codebooks()
    try:
        places, count, start = TokenPlaces.unpack(data)
        codes = np.frombuffer(data[start:], np.uint8).reshape(count, books.parts)
    except ValueError as error:
        raise describe_damage() from error
    return DecodedTokens(_look_up(codes, books), places.owners, places.sentences, places.spans)


@lru_cache(maxsize=1)
def read_codebooks() -> Codebooks:
    """The codebooks that ship."""
    with files("retriever.models.scoring").joinpath(DATA).open("rb") as file, np.load(file) as data:
        centroids = data["centroids"].astype(np.float32)
        halves = np.einsum("ijk,ijk->ij", centroids, centroids) / 2
        nearest = np.concatenate([centroids.transpose(0, 2, 1), -halves[:, None]], axis=1)
        rotation = data["rotation"].astype(np.float32)
        rotation = np.ascontiguousarray(rotation.reshape(len(rotation), -1, _COLUMNS).transpose(1, 0, 2))
        return Codebooks(str(data["centering"]), rotation, centroids, nearest)
