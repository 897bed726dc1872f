"""What every form of stored token vectors offers; ``token_forms`` says which there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from retriever.errors import IndexCorruptError, advise_rebuild
from retriever.frozen import dataclass
from retriever.models.interface import TokenVectors
from retriever.models.scoring.maxsim import similarities

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from retriever.types import Vectors


@dataclass(frozen=True, slots=True)
class DecodedTokens:
    """The tokens of a passage, decoded.

    ``vectors`` are rotated and of unit length, float32 [vectors, dimension]; ``owners`` has the number of
    each token's vector among them, ``sentences`` that of its sentence, ascending: intp [tokens]. ``spans`` has its
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
        """Cosines of the rotated tokens of a question, float32 [m, dimension], with each token: float32 [m, tokens]."""
        return similarities(question, self.vectors)[:, self.owners]


@dataclass(frozen=True, slots=True)
class Aligned:
    """A passage beside a question, token by token.

    ``cosines`` are those of their tokens, float32 [m, tokens]; ``spans`` has the characters of each token of the
    passage, int32 [tokens, 2], and ``begins`` whether a sentence begins with it, as with the first: bool [tokens].
    """

    cosines: npt.NDArray[np.float32]
    spans: npt.NDArray[np.int32]
    begins: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Compared:
    """A question beside several passages: the MaxSim of each, and the cosines of their tokens.

    These are float32 [m, tokens], as in ``Aligned``; None for a passage that was compared in another form.
    """

    scores: list[float]
    cosines: Sequence[npt.NDArray[np.float32] | None]


class TokenCodec(Protocol):
    """One form. What is decoded is rotated; a question has to be rotated, too, before it is compared."""

    @property
    def name(self) -> str:
        """Names the form in the settings of an index."""

    def encode(self, text: str, tokens: TokenVectors, sentences: npt.NDArray[np.intp]) -> bytes:
        """The tokens of ``text``, unit vectors float32 [tokens, dimension], as bytes.

        ``sentences`` has the number of each token's sentence, ascending.
        """

    def decode(self, data: bytes) -> DecodedTokens:
        """The tokens that ``encode`` was given; read-only. Raises IndexCorruptError."""

    def compare(
        self,
        question: Vectors,
        data: Sequence[bytes],
        offsets: Sequence[Vectors | None],
        weights: npt.NDArray[np.float64] | None = None,
    ) -> Compared:
        """The restored MaxSim of a question with each passage, -1 to 1, whatever it is compared beside.

        - ``question``: its tokens, rotated and of unit length: float32 [m, dimension]
        - ``data``: what ``encode`` gave for each passage
        - ``offsets``: what is subtracted from the vectors of each passage, not rotated: float32 [dimension] or None
        - ``weights``: those of the question's tokens, float64 [m]; all alike if None

        Raises IndexCorruptError.
        """

    def align(
        self, question: Vectors, data: Sequence[bytes], known: Sequence[npt.NDArray[np.float32] | None]
    ) -> list[Aligned]:
        """The cosines of a question's tokens, as for ``compare``, with those of each passage, and where these are.

        ``known`` are those that ``compare`` gave. Raises IndexCorruptError.
        """

    def rotate(self, vectors: Vectors) -> Vectors:
        """Vectors, float32 [n, dimension], rotated like those that ``decode`` gives, whose lengths are not."""

    @property
    def is_restored(self) -> bool:
        """Whether similarities that are restored compare with those of vectors that were never encoded."""

    def restore(self, similarity: float) -> float:
        """The MaxSim of decoded tokens, with what it loses by encoding made up for."""


def describe_damage() -> IndexCorruptError:
    """The error for token vectors that cannot be decoded."""
    return IndexCorruptError("the token vectors of a passage are damaged", hint=advise_rebuild())
