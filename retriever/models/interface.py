"""What an embedding model is to the rest of Retriever, whichever engine runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from retriever.types import Vectors

Pooling = Literal["mean", "cls", "last"]


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What has to be known of a model to embed with it.

    ``max_tokens`` counts all tokens of one input, prefix and special tokens included. ``weights`` is the
    digest of the files that decide its output.
    """

    name: str
    dimension: int
    max_tokens: int
    query_prefix: str = ""
    passage_prefix: str = ""
    pooling: Pooling = "mean"
    normalise: bool = True
    weights: str = ""

    @property
    def fingerprint(self) -> str:
        """All that decides a vector, as one readable string."""
        return "|".join(
            (
                self.name,
                self.weights,
                str(self.dimension),
                str(self.max_tokens),
                self.pooling,
                "unit" if self.normalise else "raw",
                self.query_prefix,
                self.passage_prefix,
            )
        )


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """One text's token vectors for late interaction, its prefix and special tokens left out.

    ``vectors`` is float32 of shape [tokens, dimension]; from an encoder neither centred nor scaled;
    ``spans`` is int32 of shape [tokens, 2], each token's characters in the text.
    """

    vectors: Vectors
    spans: npt.NDArray[np.int32]


class Encoder(Protocol):
    """Embeds queries and passages. Safe to call from several threads.

    A text's vector depends on nothing but the text: not on what is embedded beside it, nor on the order.
    """

    @property
    def description(self) -> ModelDescription: ...

    @property
    def passage_limit(self) -> int:
        """The most tokens a passage may have so that, with prefix and special tokens, none is cut off."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed queries: float32 [len(texts), dimension], unit length. Longer ones than fit are cut."""
        ...

    def encode_passages(self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None) -> Vectors:
        """Embed passages: float32 [len(texts), dimension], unit length.

        ``on_progress`` is called with the number of texts finished since the last call.
        """
        ...

    def encode_query_tokens(self, text: str) -> TokenVectors: ...

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]: ...

    def token_spans(self, text: str) -> npt.NDArray[np.int32]:
        """Each token's characters in ``text``: int32 [tokens, 2], without prefix and special tokens."""
        ...


class Reranker(Protocol):
    """Says of a question and passages, read together, how well they go together. Safe to call from several threads."""

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """0 to 1 for each passage."""
        ...
