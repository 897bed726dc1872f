"""What a sync builds with: the settings that the index has, else those asked for, else the defaults."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import TYPE_CHECKING

from retriever.chunking.settings import ChunkSettings
from retriever.errors import FingerprintMismatchError
from retriever.index.settings import IndexSettings
from retriever.models.scoring import token_codes
from retriever.models.scoring.language_centering import centering_of
from retriever.models.scoring.score_baseline import background
from retriever.models.scoring.token_codes import TokenCodec
from retriever.text.analyzer import ANALYZER_VERSION

if TYPE_CHECKING:
    from retriever.models.interface import Encoder


def chunk_settings(tokens: int | None, built_with: IndexSettings | None) -> ChunkSettings:
    """The length asked for, else the one that the index was built with, else the default."""
    if tokens is None and built_with:
        tokens = built_with.passage_tokens
    return ChunkSettings() if tokens is None else ChunkSettings.of(tokens)


def index_settings(
    encoder: Encoder,
    model: str,
    chunking: ChunkSettings,
    built_with: IndexSettings | None,
    *,
    token_vectors: bool | None,
    where: object,
) -> IndexSettings:
    """Those of the index at ``where``; for a new one those of the model, this version and ``token_vectors``.

    Raises FingerprintMismatchError where the index was built with others.
    """
    description = encoder.description
    fingerprints = {
        "model_name": description.name,
        "encoder": description.fingerprint,
        "centering": centering_of(description).fingerprint,
        "chunker": chunking.fingerprint,
        "analyzer": ANALYZER_VERSION,
    }
    if built_with:
        built_with.require(where, fingerprints)
        if token_vectors is not None and token_vectors != bool(built_with.tokens):
            raise FingerprintMismatchError(
                f"the index {where} {'keeps' if built_with.tokens else 'does not keep'} token vectors",
                hint="to change that build it anew: add --rebuild; passages are not embedded again",
            )
        return replace(built_with, model=model)
    codec = TokenCodec(description.dimension) if token_vectors else None
    return IndexSettings(
        model=model,
        dimension=description.dimension,
        passage_tokens=chunking.target,
        baseline=astuple(background(encoder, codec)),
        tokens=token_codes.NAME if codec else "",
        **fingerprints,
    )
