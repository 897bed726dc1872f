"""Other processes that search: ``RetrieverPool``, one of its processes, and what that does."""

from __future__ import annotations

from retriever.pool.pool import RetrieverPool

__all__ = ["RetrieverPool"]
