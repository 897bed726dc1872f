"""Decides the settings that an index is built with: those of the index, else those requested, else the defaults."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import TYPE_CHECKING

from retriever.chunking.settings import ChunkSettings
from retriever.errors import FingerprintMismatchError, UsageError
from retriever.index.settings import IndexSettings, fingerprints
from retriever.models.scoring.score_baseline import measure_baseline
from retriever.models.scoring.token_forms import choose_codec
from retriever.text.analyzer import ANALYZER_VERSION

if TYPE_CHECKING:
    from retriever.models.embedding_model import EmbeddingModel


def choose_chunking(tokens: int | None, built_with: IndexSettings | None) -> ChunkSettings:
    """The settings for the requested passage length, else those of the index, else the defaults."""
    if tokens is None and built_with:
        tokens = built_with.passage_tokens
    return ChunkSettings() if tokens is None else ChunkSettings.of(tokens)


def require_token_vectors(model: EmbeddingModel, where: object) -> None:
    """Raise UsageError if the model has no token vectors for the index at ``where`` to store."""
    if not model.has_token_vectors:
        raise UsageError(
            f"the index {where} cannot store token vectors: the model {model.description.name!r} has none",
            hint="build it without them, or with another model",
        )


def choose_settings(
    model: EmbeddingModel,
    name: str,
    chunking: ChunkSettings,
    built_with: IndexSettings | None,
    *,
    token_vectors: bool | None,
    where: object,
) -> IndexSettings:
    """The settings of the index at ``where``.

    - ``model``: the model to build with
    - ``name``: the name or folder that the model is loaded from
    - ``chunking``: how documents are cut into passages
    - ``built_with``: the settings of the index; None for a new one
    - ``token_vectors``: whether to store token vectors; None keeps the setting of the index, and means for a new one
      that it stores them if the model has any

    The analyzer is always this version's: what an older one analysed is analysed anew (``reanalysis``).

    Raises FingerprintMismatchError if the index was built with others, UsageError if it shall store token vectors and
    the model has none.
    """
    if built_with:
        _require_unchanged(built_with, model, chunking, token_vectors, where)
        return replace(built_with, model=name, analyzer=ANALYZER_VERSION)
    if token_vectors:
        require_token_vectors(model, where)
    codec = choose_codec(model) if token_vectors or (token_vectors is None and model.has_token_vectors) else None
    return IndexSettings(
        model=name,
        dimension=model.description.dimension,
        passage_tokens=chunking.target,
        baseline=astuple(measure_baseline(model, None if codec and codec.is_restored else codec)),
        tokens=codec.name if codec else "",
        analyzer=ANALYZER_VERSION,
        **fingerprints(model=model, chunking=chunking),
    )


def _require_unchanged(
    built_with: IndexSettings,
    model: EmbeddingModel,
    chunking: ChunkSettings,
    token_vectors: bool | None,
    where: object,
) -> None:
    """Raise FingerprintMismatchError where what is asked for differs from what the index was built with."""
    if chunking.target != built_with.passage_tokens:
        raise FingerprintMismatchError(
            f"the index {where} has passages of {built_with.passage_tokens} tokens, not {chunking.target}",
            hint=f"to change that, rebuild it with --rebuild --passage-tokens {chunking.target} "
            f"(in Python: rebuild=True, passage_tokens={chunking.target})",
        )
    built_with.require(where, fingerprints(model=model, chunking=chunking))
    built_with.require_known_analyzer(where)
    stores_tokens = bool(built_with.tokens)
    if token_vectors or (token_vectors is None and stores_tokens):
        require_token_vectors(model, where)
    if token_vectors is not None and token_vectors != stores_tokens:
        raise FingerprintMismatchError(
            f"the index {where} {'stores' if stores_tokens else 'does not store'} token vectors",
            hint="to change that, rebuild it with --rebuild (in Python: rebuild=True); passages are not embedded again",
        )
