"""Haystack: ``RetrieverDocumentStore``, ``PassageRetriever``, and embedders with the models of the engine.

Needs the extra ``haystack``. docs/integrations.md has examples.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from retriever import EmbeddingModel, SearchOptions, load_model
from retriever.errors import MissingExtraError, UsageError, install_command

try:
    from haystack import Document, component, default_from_dict, default_to_dict
    from haystack.document_stores.types import DuplicatePolicy, FilterPolicy, apply_filter_policy
except ImportError as error:
    raise MissingExtraError(
        "Haystack needs haystack-ai, which is not installed", hint=install_command("haystack")
    ) from error

from retriever.integrations.checks import show
from retriever.integrations.embeddings import embed_passages, embed_query
from retriever.integrations.haystack_documents import make_passage, restore_document
from retriever.integrations.haystack_filters import Filter, check_filter, make_filter
from retriever.integrations.haystack_store import SyncDocumentStore
from retriever.integrations.passages import SHOWN, choose_options, find_documents, search

__all__ = ["PassageRetriever", "RetrieverDocumentEmbedder", "RetrieverDocumentStore", "RetrieverTextEmbedder"]


class RetrieverDocumentStore(SyncDocumentStore):
    """An index as a document store: it embeds what is written, and keeps documents as they are.

    A document is cut into passages, which a ``PassageRetriever`` finds by meaning and words. Asynchronous forms run in
    a thread.
    """

    def to_dict(self) -> dict[str, Any]:
        """The store for a pipeline's file: the location of its index and the name of its model."""
        return default_to_dict(self, index=self.index.location, model=self.model, wait=self.wait)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RetrieverDocumentStore:
        """The store that ``to_dict`` described, with its index opened again."""
        return default_from_dict(cls, data)

    async def count_documents_async(self) -> int:
        """As ``count_documents``."""
        return await asyncio.to_thread(self.count_documents)

    async def filter_documents_async(self, filters: Filter | None = None) -> list[Document]:
        """As ``filter_documents``."""
        return await asyncio.to_thread(self.filter_documents, filters)

    async def write_documents_async(
        self, documents: Iterable[Document], policy: DuplicatePolicy = DuplicatePolicy.NONE
    ) -> int:
        """As ``write_documents``."""
        return await asyncio.to_thread(self.write_documents, documents, policy)

    async def delete_documents_async(self, document_ids: Sequence[str]) -> None:
        """As ``delete_documents``."""
        await asyncio.to_thread(self.delete_documents, document_ids)

    async def delete_all_documents_async(self) -> None:
        """As ``delete_all_documents``."""
        await asyncio.to_thread(self.delete_all_documents)

    async def delete_by_filter_async(self, filters: Filter) -> int:
        """As ``delete_by_filter``."""
        return await asyncio.to_thread(self.delete_by_filter, filters)

    async def update_by_filter_async(self, filters: Filter, meta: dict[str, Any]) -> int:
        """As ``update_by_filter``."""
        return await asyncio.to_thread(self.update_by_filter, filters, meta)

    async def count_documents_by_filter_async(self, filters: Filter) -> int:
        """As ``count_documents_by_filter``."""
        return await asyncio.to_thread(self.count_documents_by_filter, filters)

    async def count_unique_metadata_by_filter_async(
        self, filters: Filter, metadata_fields: list[str]
    ) -> dict[str, int]:
        """As ``count_unique_metadata_by_filter``."""
        return await asyncio.to_thread(self.count_unique_metadata_by_filter, filters, metadata_fields)

    async def get_metadata_fields_info_async(self) -> dict[str, dict[str, str]]:
        """As ``get_metadata_fields_info``."""
        return await asyncio.to_thread(self.get_metadata_fields_info)

    async def get_metadata_field_min_max_async(self, metadata_field: str) -> dict[str, Any]:
        """As ``get_metadata_field_min_max``."""
        return await asyncio.to_thread(self.get_metadata_field_min_max, metadata_field)

    async def get_metadata_field_unique_values_async(
        self,
        metadata_field: str,
        search_term: str | None = None,
        from_: int = 0,
        size: int = 10,
        filters: Filter | None = None,
    ) -> tuple[list[Any], int]:
        """As ``get_metadata_field_unique_values``."""
        call = self.get_metadata_field_unique_values
        return await asyncio.to_thread(call, metadata_field, search_term, from_, size, filters)


@component
class PassageRetriever:
    """Finds passages of a store, each a document with its citation in the metadata, and its score from 0 to 1."""

    def __init__(
        self,
        document_store: RetrieverDocumentStore,
        *,
        filters: Filter | None = None,
        top_k: int = 10,
        options: SearchOptions | Mapping[str, Any] | None = None,
        return_documents: bool = False,
        filter_policy: FilterPolicy | str = FilterPolicy.REPLACE,
    ) -> None:
        """Retrieve from a store.

        - ``filters``: which documents are searched: filters of Haystack, or an expression
        - ``top_k``: how many passages
        - ``options``: how to search otherwise, as ``SearchOptions`` or its fields; near-duplicates are shown without
        - ``return_documents``: give the documents of the passages, whole, each once
        - ``filter_policy``: whether filters of a run replace these or are merged with them

        Raises UsageError for what cannot be searched, or searched so.
        """
        if not isinstance(document_store, RetrieverDocumentStore):
            raise UsageError(
                f"not a store of this engine: {show(document_store)}", hint="give a RetrieverDocumentStore"
            )
        self.document_store = document_store
        self.filters = filters
        self.top_k = top_k
        given = choose_options(SHOWN, options) if isinstance(options, Mapping) else options
        self.options = SHOWN if given is None else given
        self.return_documents = return_documents
        policy = filter_policy
        self.filter_policy = policy if isinstance(policy, FilterPolicy) else FilterPolicy.from_str(policy)
        choose_options(self.options, {"k": top_k})
        if filters and not isinstance(filters, str):
            check_filter(filters)

    def to_dict(self) -> dict[str, Any]:
        """The component for a pipeline's file. Raises UsageError for a filter that is a function."""
        if callable(self.options.where):
            raise UsageError("a filter that is a function cannot be saved", hint="use an expression, or filters")
        return default_to_dict(
            self,
            document_store=self.document_store.to_dict(),
            filters=self.filters,
            top_k=self.top_k,
            options=self.options.to_dict(),
            return_documents=self.return_documents,
            filter_policy=self.filter_policy.value,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PassageRetriever:
        """The component that ``to_dict`` described."""
        given = dict(data.get("init_parameters", {}))
        if isinstance(store := given.get("document_store"), dict):
            given["document_store"] = RetrieverDocumentStore.from_dict(store)
        return default_from_dict(cls, {**data, "init_parameters": given})

    @component.output_types(documents=list[Document])
    def run(self, query: str, filters: Filter | None = None, top_k: int | None = None) -> dict[str, list[Document]]:
        """The best passages for a question, as ``documents``; ``filters`` and ``top_k`` for this run only.

        Raises what ``Retriever.search`` raises, and Haystack's FilterError.
        """
        index = self.document_store.index
        changed: dict[str, Any] = {"k": self.top_k if top_k is None else top_k}
        if (where := make_filter(index, self._choose_filters(filters))) is not None:
            changed["where"] = where
        hits = search(index, query, choose_options(self.options, changed, whole=self.return_documents))
        if self.return_documents:
            return {"documents": [restore_document(one, hit.score) for one, hit in find_documents(index, hits)]}
        return {"documents": [make_passage(hit) for hit in hits]}

    @component.output_types(documents=list[Document])
    async def run_async(
        self, query: str, filters: Filter | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """As ``run``, in a thread."""
        return await asyncio.to_thread(self.run, query, filters, top_k)

    def _choose_filters(self, filters: Filter | None) -> Filter | None:
        both = filters and self.filters and self.filter_policy is FilterPolicy.MERGE
        if isinstance(filters, str) or isinstance(self.filters, str):
            if both:
                raise UsageError("an expression cannot be merged with filters", hint="join them by 'and'")
            return filters or self.filters
        return apply_filter_policy(self.filter_policy, self.filters, filters)


class _Embedder:
    """What both embedders share: a model that is loaded when it is needed."""

    def __init__(self, model: str | Path | None = None) -> None:
        """Embed with a model by name or folder, by default the bundled one."""
        self.model = str(model) if isinstance(model, Path) else model
        self._loaded: EmbeddingModel | None = None

    def to_dict(self) -> dict[str, Any]:
        """The component for a pipeline's file."""
        return default_to_dict(self, model=self.model)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Any:
        """The component that ``to_dict`` described."""
        return default_from_dict(cls, data)

    def warm_up(self) -> None:
        """Load the model. Raises ModelError."""
        self._load()

    def _load(self) -> EmbeddingModel:
        if self._loaded is None:
            self._loaded = load_model(self.model)
        return self._loaded


@component
class RetrieverTextEmbedder(_Embedder):
    """Embeds questions with a model of the engine, by default the bundled one: vectors of unit length."""

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, list[float]]:
        """The vector of a question, as ``embedding``. Raises ModelError."""
        return {"embedding": embed_query(self._load(), text)}

    @component.output_types(embedding=list[float])
    async def run_async(self, text: str) -> dict[str, list[float]]:
        """As ``run``, in a thread."""
        return await asyncio.to_thread(self.run, text)


@component
class RetrieverDocumentEmbedder(_Embedder):
    """Embeds documents for other stores, with a model of the engine, by default the bundled one."""

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, list[Document]]:
        """The documents with the vector of their content, as ``documents``. Raises ModelError."""
        for document in documents:
            if not isinstance(document, Document):
                raise UsageError(f"not a document of Haystack: {show(document)}", hint="give Document objects")
        vectors = embed_passages(self._load(), [document.content or "" for document in documents])
        return {"documents": [replace(one, embedding=it) for one, it in zip(documents, vectors, strict=True)]}

    @component.output_types(documents=list[Document])
    async def run_async(self, documents: list[Document]) -> dict[str, list[Document]]:
        """As ``run``, in a thread."""
        return await asyncio.to_thread(self.run, documents)
