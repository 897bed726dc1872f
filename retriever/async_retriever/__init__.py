"""``AsyncRetriever``: the verbs of ``Retriever`` as coroutines."""

from __future__ import annotations

from retriever.async_retriever.retriever import AsyncRetriever

__all__ = ["AsyncRetriever"]
