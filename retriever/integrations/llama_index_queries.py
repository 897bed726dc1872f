"""Queries of LlamaIndex as options of a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llama_index.core.vector_stores.types import VectorStoreQuery, VectorStoreQueryMode

from retriever.errors import UsageError
from retriever.integrations.checks import show
from retriever.integrations.llama_index_filters import restrict

_MODES: dict[str, dict[str, Any]] = {
    VectorStoreQueryMode.DEFAULT: {},
    VectorStoreQueryMode.HYBRID: {"mode": "hybrid"},
    VectorStoreQueryMode.SEMANTIC_HYBRID: {"mode": "hybrid"},
    VectorStoreQueryMode.SPARSE: {"mode": "lexical"},
    VectorStoreQueryMode.TEXT_SEARCH: {"mode": "lexical"},
    VectorStoreQueryMode.MMR: {"diverse": True},
}
# The weights of a hybrid query that are a mode of the engine: only words, and only vectors.
_WEIGHTS = {0.0: "lexical", 1.0: "dense"}


def choose_changes(query: VectorStoreQuery, changed: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a search that a query sets, and further ones.

    Raises UsageError for a query without text, for a mode or a weight that the engine does not have, and for two
    filters.
    """
    if not isinstance(query, VectorStoreQuery):
        raise UsageError(f"not a query of LlamaIndex: {show(query)}", hint="give a VectorStoreQuery")
    if not query.query_str:
        raise UsageError("the query has no text", hint="set query_str: the index embeds questions by itself")
    changes = {"k": _choose_k(query), **_choose_mode(query), **changed}
    # LlamaIndex gives empty lists where it means no restriction.
    where = restrict(query.filters, node_ids=query.node_ids or None, source_ids=query.doc_ids or None)
    if where is None:
        return changes
    if changes.get("where") is not None:
        raise UsageError("both filters and 'where' are given", hint="give one of them")
    return {**changes, "where": where}


def _choose_k(query: VectorStoreQuery) -> int:
    hybrid = query.mode in (VectorStoreQueryMode.HYBRID, VectorStoreQueryMode.SEMANTIC_HYBRID)
    return query.hybrid_top_k if hybrid and query.hybrid_top_k is not None else query.similarity_top_k


def _choose_mode(query: VectorStoreQuery) -> dict[str, Any]:
    """The options that the mode of a query stands for."""
    if not isinstance(query.mode, str) or query.mode not in _MODES:
        raise UsageError(
            f"unsupported query mode {getattr(query.mode, 'value', query.mode)!r}",
            hint=f"use one of {', '.join(VectorStoreQueryMode(mode).value for mode in _MODES)}",
        )
    if query.mmr_threshold not in (None, 0.5):
        raise UsageError(f"mmr_threshold cannot be chosen: {query.mmr_threshold!r}", hint="leave it out")
    if query.mode != VectorStoreQueryMode.HYBRID or query.alpha is None:
        return _MODES[query.mode]
    if not isinstance(query.alpha, int | float) or query.alpha not in _WEIGHTS:
        raise UsageError(
            f"alpha cannot be chosen: {query.alpha!r}", hint="leave it out, or give 0 (only words) or 1 (only vectors)"
        )
    return {"mode": _WEIGHTS[query.alpha]}
