"""The forms in which an index keeps token vectors, and which of them a model gets.

An index says in its settings which form it has, and is read and written in that form as long as it lives, so an older
one stays what it was until it is rebuilt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retriever.errors import FingerprintMismatchError, advise_rebuild
from retriever.models.scoring import product_codes, rotated_codes

if TYPE_CHECKING:
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.scoring.token_codes import TokenCodec


def choose_codec(model: EmbeddingModel) -> TokenCodec:
    """The codec for a new index: codebooks where they were made for the model, else what fits every model."""
    if model.centering.offsets and model.centering.fingerprint == product_codes.read_codebooks().centering:
        return product_codes.ProductCodec()
    return rotated_codes.RotatedCodec(model.description.dimension)


def find_codec(name: str, dimension: int) -> TokenCodec:
    """The codec of an index by the name in its settings. Raises FingerprintMismatchError for one that is unknown."""
    if name == product_codes.NAME and dimension == product_codes.read_codebooks().rotation.shape[1]:
        return product_codes.ProductCodec()
    if name == rotated_codes.NAME:
        return rotated_codes.RotatedCodec(dimension)
    raise FingerprintMismatchError(
        f"the index stores token vectors in a form that this version does not know: {name!r:.60}",
        hint=f"{advise_rebuild()}; or use the version that wrote it; "
        "with --no-rerank (in Python: rerank=0) it can be searched as it is",
    )
