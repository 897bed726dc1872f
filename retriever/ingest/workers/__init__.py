"""Embedding by other processes: what is asked of them, and clusters of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retriever.ingest.workers.task import Embedder
    from retriever.models.embedding_model import EmbeddingModel


@contextmanager
def open_workers(address: str | None, name: str, model: EmbeddingModel) -> Iterator[Embedder | None]:
    """The workers of a cluster while a sync lasts; None for the process itself.

    ``name`` is what they load ``model`` by. Raises UsageError for an unknown kind of cluster and for a model that has
    no name, MissingExtraError.
    """
    if address is None:
        yield None
        return
    from retriever.ingest.workers.dispatch import DispatchingEmbedder
    from retriever.ingest.workers.ray_cluster import RayCluster

    cluster = RayCluster(address, name, model)
    try:
        yield DispatchingEmbedder(cluster)
    finally:
        cluster.close()
