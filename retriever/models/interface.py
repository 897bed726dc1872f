"""What a model has to offer, capability by capability. An object that offers ``Encoder`` can be handed to Retriever.

``EmbeddingModel`` wraps such an object and is what the rest of the library uses. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from retriever.frozen import dataclass

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from retriever.types import Vectors

Pooling = Literal["mean", "cls", "last"]


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What has to be known of a model to embed with it.

    ``max_tokens`` counts all tokens of one input, prefix and special tokens included; without a ``Tokenizer`` it bounds
    the estimated length of passages. ``weights`` identifies the state of the weights, such as a digest of their files:
    an index refuses a model that has other ones.
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
        """Everything that decides a vector, as one readable string."""
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
    """The token vectors of one text, without those of its prefix and of special tokens.

    ``vectors`` is float32 [tokens, dimension]; from an encoder neither centred nor scaled. ``spans`` is int32
    [tokens, 2], the characters of each token in the text, in the order of the text.
    """

    vectors: Vectors
    spans: npt.NDArray[np.int32]


@runtime_checkable
class Encoder(Protocol):
    """Embeds queries and passages. The one capability that every model must have. Called from several threads.

    A text's vector depends on the text alone: not on what is embedded beside it, nor on the order. The encoder adds
    the prefixes of its description itself.
    """

    @property
    def description(self) -> ModelDescription:
        """What has to be known of the model."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed queries: float32 [len(texts), dimension]; scaled to unit length afterwards. Longer ones are cut."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed passages: float32 [len(texts), dimension]; scaled to unit length afterwards. Longer ones are cut."""
        ...


@runtime_checkable
class TokenEncoder(Protocol):
    """Embeds each token of a text.

    Without it there is no late interaction: no candidate is compared with the question token by token, hits mark only
    the words of the question itself, and an index cannot keep token vectors.
    """

    def encode_query_tokens(self, text: str) -> TokenVectors:
        """The token vectors of one query."""
        ...

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The token vectors of passages, in order."""
        ...


@runtime_checkable
class PassageEncoder(Protocol):
    """Embeds passages and their tokens in one pass through the model.

    Without it an index that keeps token vectors encodes each passage twice.
    """

    def encode_passages_with_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[TokenVectors]]:
        """What ``encode_passages`` and ``encode_passage_tokens`` return, bit for bit."""
        ...


@runtime_checkable
class Tokenizer(Protocol):
    """Finds the tokens of a text, and states how many of them fit.

    Without it the lengths of passages are estimated from their characters. The estimate errs on the
    high side, so passages are shorter than they could be, and few are cut off by the model.
    """

    @property
    def passage_limit(self) -> int:
        """The most tokens a passage may have so that, with prefix and special tokens, none is cut off."""
        ...

    def token_spans(self, text: str) -> npt.NDArray[np.int32]:
        """The characters of each token in a text of any length, without special tokens: int32 [tokens, 2]."""
        ...


@runtime_checkable
class BatchEncoder(Protocol):
    """States how many passages it wants in one call while a folder is indexed.

    Without it these are 64. A remote or distributed encoder wants hundreds. What was embedded is stored after every
    call, so a larger batch is also more work to repeat after a crash.
    """

    @property
    def batch_size(self) -> int:
        """Passages in one call, at least 1."""
        ...


@runtime_checkable
class IndexingEncoder(Protocol):
    """Holds something only while an index is built, such as a connection or a vocabulary.

    Without it the encoder does not learn when a sync begins and ends.
    """

    def indexing(self) -> AbstractContextManager[None]:
        """Entered when a sync begins and left when it ends, also by an error. Syncs in several threads overlap."""
        ...


@runtime_checkable
class Reranker(Protocol):
    """Reads a question together with each passage and rates the passage as an answer. Called from several threads."""

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """0 to 1 for each passage, larger for a better answer."""
        ...
