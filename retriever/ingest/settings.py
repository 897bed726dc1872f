"""What a sync builds with: the settings that the index has, else those asked for, else the defaults."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path
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
    late: bool | None,
    where: Path,
) -> IndexSettings:
    """Those of the index at ``where``; for a new one those of the model, this version and ``late``.

    Raises FingerprintMismatchError where the index was built with others.
    """
    description = encoder.description
    fingerprints = {
        "model_name": description.name,
        "encoder": description.fingerprint,
        "balance": centering_of(description).fingerprint,
        "chunker": chunking.fingerprint,
        "analyzer": ANALYZER_VERSION,
    }
    if built_with:
        built_with.require(where, fingerprints)
        if late is not None and late != bool(built_with.tokens):
            raise FingerprintMismatchError(
                f"the index {where} {'keeps' if built_with.tokens else 'does not keep'} token vectors",
                hint="to change that build it anew: add --rebuild; passages are not embedded again",
            )
        return replace(built_with, model=model)
    codec = TokenCodec(description.dimension) if late else None
    return IndexSettings(
        model=model,
        dimension=description.dimension,
        passage_tokens=chunking.target,
        background=astuple(background(encoder, codec)),
        tokens=token_codes.NAME if codec else "",
        **fingerprints,
    )
