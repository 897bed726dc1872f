"""LlamaIndex: ``PassageRetriever``, the writable ``RetrieverVectorStore``, and ``RetrieverEmbedding``.

Needs the extra ``llama-index``. docs/integrations.md has examples.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from retriever import EmbeddingModel, Hit, Retriever, SearchOptions, load_model
from retriever.errors import MissingExtraError, UsageError, install_command

try:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.bridge.pydantic import PrivateAttr
    from llama_index.core.callbacks import CallbackManager
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle
    from llama_index.core.vector_stores.types import (
        BasePydanticVectorStore,
        MetadataFilters,
        VectorStoreQuery,
        VectorStoreQueryResult,
    )
except ImportError as error:
    raise MissingExtraError(
        "LlamaIndex needs llama-index-core, which is not installed", hint=install_command("llama-index")
    ) from error

from retriever.integrations.checks import require_texts, show
from retriever.integrations.embeddings import FrameworkEncoder, embed_passages, embed_query
from retriever.integrations.llama_index_filters import Filter, make_filter, restrict
from retriever.integrations.llama_index_nodes import make_node, pack_node, restore_node
from retriever.integrations.llama_index_queries import choose_changes
from retriever.integrations.passages import (
    SHOWN,
    Searchable,
    choose_options,
    find_documents,
    is_any,
    remove_documents,
    require_index,
    require_retriever,
    search,
)

__all__ = ["PassageRetriever", "RetrieverEmbedding", "RetrieverVectorStore"]

Scored: TypeAlias = tuple[BaseNode, float]


class PassageRetriever(BaseRetriever):
    """Finds passages, each a node with its citation in the metadata, and its score from 0 to 1."""

    def __init__(
        self,
        index: Searchable,
        *,
        k: int = 10,
        filters: Filter | None = None,
        options: SearchOptions = SearchOptions(),  # noqa: B008 (it is frozen)
        return_documents: bool = False,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        """Retrieve from an open index.

        - ``index``: an open ``Retriever``, or a ``RetrieverGroup``
        - ``k``: how many passages
        - ``filters``: which documents are searched: filters of LlamaIndex, an expression or a function
        - ``options``: how to search otherwise; its ``k`` and ``where`` do not count
        - ``return_documents``: give the documents, or nodes that were added, of the passages, whole, each once

        Raises UsageError for what cannot be searched, or searched so.
        """
        super().__init__(callback_manager=callback_manager)
        self._index = require_retriever(index)
        self._whole = return_documents
        self._options = choose_options(options, {"k": k, "where": make_filter(filters)}, whole=return_documents)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = search(self._index, query_bundle.query_str, self._options)
        return [NodeWithScore(node=node, score=score) for node, score in _make_nodes(self._index, hits, self._whole)]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class RetrieverVectorStore(BasePydanticVectorStore):
    """An index as a vector store: it embeds nodes that are added and questions by itself, and uses no embeddings.

    A query needs its text. Scores are 0 to 1, larger is better.
    """

    stores_text: bool = True
    is_embedding_query: bool = False
    index: Any
    options: Any = SHOWN
    return_documents: bool = True
    wait: Any = 60.0

    def __init__(
        self, index: Retriever, *, options: SearchOptions = SHOWN, return_documents: bool = True, wait: float = 60.0
    ) -> None:
        """Use an open index.

        - ``options``: how to search; near-duplicates are shown unless it folds them
        - ``return_documents``: answer with the nodes as they were added, each once; False answers with passages
        - ``wait``: how many seconds to wait while another process or thread writes
        """
        choose_options(options, {})
        values = {"index": require_index(index), "options": options, "return_documents": return_documents, "wait": wait}
        super().__init__(**dict[str, Any](values))

    def __getstate__(self) -> NoReturn:
        """Refuse to be pickled: LlamaIndex would take the index out of this store meanwhile. Raises UsageError."""
        self.client.__reduce__()

    @classmethod
    def class_name(cls) -> str:
        """The name of the class, for LlamaIndex."""
        return "RetrieverVectorStore"

    @classmethod
    def from_params(
        cls, location: str | Path, *, embed_model: BaseEmbedding | None = None, **kwargs: Any
    ) -> RetrieverVectorStore:
        """A store of the index at ``location``, which is made if there is none.

        - ``embed_model``: None or ``RetrieverEmbedding`` for a model of the engine, or what embeds instead of it
        - further arguments as for ``RetrieverVectorStore``
        """
        return cls(Retriever.open(location, create=True, model=_find_model(embed_model)), **kwargs)

    @property
    def client(self) -> Retriever:
        """The open index."""
        index: Retriever = self.index
        return index

    def add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        """Add nodes in one commit; each replaces the one of its id. Returns their ids.

        Raises UsageError for a node that cannot be kept, and what else ``Retriever.add`` raises; then none was added.
        """
        _refuse(kwargs)
        if not isinstance(nodes, Iterable):
            raise UsageError(f"not a list of nodes: {show(nodes)}", hint="give a list of nodes")
        documents = [pack_node(node) for node in nodes]
        if documents:
            self.client.add(documents, wait=self.wait)
        return [document.id for document in documents]

    def delete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """Delete the nodes that were split from a document, by its id."""
        _refuse(delete_kwargs)
        remove_documents(self.client, where=restrict(source_ids=[ref_doc_id]), wait=self.wait)

    def delete_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None, **delete_kwargs: Any
    ) -> None:
        """Delete nodes by id, those that match filters, or of some ids those that match; documents of files stay.

        Raises UsageError without either, and for empty filters.
        """
        _refuse(delete_kwargs)
        if node_ids is None and filters is None:
            raise UsageError("nothing to delete", hint="give node_ids or filters; clear() deletes everything")
        if filters is None:
            remove_documents(self.client, node_ids or (), wait=self.wait)
        elif where := restrict(filters, node_ids=node_ids):
            remove_documents(self.client, where=where, wait=self.wait)
        else:
            raise UsageError("the filters are empty", hint="clear() deletes everything")

    def clear(self) -> None:
        """Delete all nodes that were added; documents that come from files stay."""
        remove_documents(self.client, where=is_any, wait=self.wait)

    def get_nodes(self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None) -> list[BaseNode]:
        """The nodes of these ids, all without, that match, as they were added; a document of a file is one node."""
        wanted = None if node_ids is None else require_texts("node_ids", node_ids)
        if wanted is not None and not wanted:
            return []
        documents = self.client.read_documents(*(wanted or ()), where=restrict(filters))
        if wanted is not None:
            places = {id_: place for place, id_ in reversed(list(enumerate(wanted)))}
            documents.sort(key=lambda document: places[document.id])
        return [restore_node(document) for document in documents]

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """The best nodes, or passages, for the text of a query, with scores; ``kwargs`` are options of a search.

        Raises UsageError for a query without text, and for a mode or weight that the engine does not have.
        """
        options = choose_options(self.options, choose_changes(query, kwargs), whole=self.return_documents)
        text = query.query_str or ""
        found = _make_nodes(self.client, search(self.client, text, options), self.return_documents)
        return VectorStoreQueryResult(
            nodes=[node for node, _ in found],
            similarities=[score for _, score in found],
            ids=[node.node_id for node, _ in found],
        )

    async def async_add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        """As ``add``, in a thread."""
        return await asyncio.to_thread(self.add, nodes, **kwargs)

    async def adelete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """As ``delete``, in a thread."""
        await asyncio.to_thread(self.delete, ref_doc_id, **delete_kwargs)

    async def adelete_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None, **delete_kwargs: Any
    ) -> None:
        """As ``delete_nodes``, in a thread."""
        await asyncio.to_thread(self.delete_nodes, node_ids, filters, **delete_kwargs)

    async def aclear(self) -> None:
        """As ``clear``, in a thread."""
        await asyncio.to_thread(self.clear)

    async def aget_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None
    ) -> list[BaseNode]:
        """As ``get_nodes``, in a thread."""
        return await asyncio.to_thread(self.get_nodes, node_ids, filters)

    async def aquery(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """As ``query``, in a thread."""
        return await asyncio.to_thread(self.query, query, **kwargs)


class RetrieverEmbedding(BaseEmbedding):
    """A model of the engine, by default the bundled one, as LlamaIndex's embeddings: vectors of unit length."""

    _model: EmbeddingModel = PrivateAttr()

    def __init__(self, model: str | Path | None = None, *, model_name: str | None = None, **kwargs: Any) -> None:
        """Load a model by name or folder, as ``model_name`` in ``from_dict``. Raises ModelError.

        ``kwargs`` are those of ``BaseEmbedding``.
        """
        loaded = load_model(model := model_name if model is None else model)
        path = None if model is None or not Path(model).is_dir() else str(Path(model).absolute())
        super().__init__(model_name=path or loaded.description.name, **kwargs)
        self._model = loaded

    @classmethod
    def class_name(cls) -> str:
        """The name of the class, for LlamaIndex."""
        return "RetrieverEmbedding"

    @property
    def model(self) -> EmbeddingModel:
        """The loaded model."""
        return self._model

    def _get_query_embedding(self, query: str) -> list[float]:
        return embed_query(self._model, query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return embed_passages(self._model, [text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return embed_passages(self._model, texts)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)


def _find_model(embed_model: BaseEmbedding | None) -> Any:
    if embed_model is None:
        return None
    if isinstance(embed_model, RetrieverEmbedding):
        return embed_model.model
    return FrameworkEncoder(
        embed_model.model_name, embed_model.get_query_embedding, embed_model.get_text_embedding_batch
    )


def _refuse(arguments: dict[str, Any]) -> None:
    if arguments:
        raise UsageError(f"unknown argument {next(iter(arguments))!r}", hint="the store takes no further arguments")


def _make_nodes(index: Searchable, hits: Sequence[Hit], whole: bool) -> list[Scored]:
    """What LlamaIndex gets for hits: passages, or the nodes that they belong to, with their scores."""
    if whole:
        return [(restore_node(document), hit.score) for document, hit in find_documents(index, hits)]
    return [(make_node(hit), hit.score) for hit in hits]
