"""Haystack's own conformance suites for document stores, run over the adapter with real indexes.

All of the mixins of ``haystack.testing.document_store`` and ``document_store_async`` are here. Two tests in each are
left out, since the store does not have what they test: ``delete_all_documents`` has no ``recreate_index``. The policy
NONE is the store's to choose; it is FAIL, and ``test_write_documents`` says so. Documents are compared without their
order, which is not part of the protocol. Filters and the asynchronous forms are tested on the engine in memory, which
is faster: the adapter depends on no engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from haystack import Document
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.testing import document_store as sync
from haystack.testing import document_store_async as asynchronous
from memory_index import MemoryIndex

from retriever import Retriever
from retriever.integrations.haystack import RetrieverDocumentStore


class OfTheEngine:
    """The store that is tested."""

    @pytest.fixture
    def document_store(self, index: Retriever) -> RetrieverDocumentStore:
        return RetrieverDocumentStore(index)

    @staticmethod
    def assert_documents_are_equal(received: list[Document], expected: list[Document]) -> None:
        assert sorted(received, key=lambda one: one.id) == sorted(expected, key=lambda one: one.id)


class InMemory(OfTheEngine):
    """The store over the engine that needs no disk."""

    @pytest.fixture
    def document_store(self) -> Iterator[RetrieverDocumentStore]:  # type: ignore[override]
        with Retriever.open(MemoryIndex("haystack"), model=FakeEncoder()) as index:
            yield RetrieverDocumentStore(index)


class TestFilterDocuments(InMemory, sync.FilterDocumentsTest):
    """Filters, with documents that have embeddings."""


class TestDocumentStore(
    OfTheEngine,
    sync.CountDocumentsTest,
    sync.WriteDocumentsTest,
    sync.DeleteDocumentsTest,
    sync.DeleteAllTest,
    sync.DeleteByFilterTest,
    sync.UpdateByFilterTest,
    sync.FilterableDocsFixtureMixin,
    sync.CountDocumentsByFilterTest,
    sync.CountUniqueMetadataByFilterTest,
    sync.GetMetadataFieldsInfoTest,
    sync.GetMetadataFieldMinMaxTest,
    sync.GetMetadataFieldUniqueValuesTest,
):
    test_delete_all_documents_without_recreate_index: Any = None
    test_delete_all_documents_with_recreate_index: Any = None

    def test_write_documents(self, document_store: Any) -> None:
        document = Document(content="test doc")
        assert document_store.write_documents([document]) == 1
        with pytest.raises(DuplicateDocumentError):
            document_store.write_documents([document])
        assert document_store.filter_documents() == [document]


class TestAsyncDocumentStore(
    InMemory,
    asynchronous.CountDocumentsAsyncTest,
    asynchronous.CountDocumentsByFilterAsyncTest,
    asynchronous.CountUniqueMetadataByFilterAsyncTest,
    asynchronous.DeleteAllAsyncTest,
    asynchronous.DeleteByFilterAsyncTest,
    asynchronous.DeleteDocumentsAsyncTest,
    asynchronous.FilterDocumentsAsyncTest,
    asynchronous.GetMetadataFieldMinMaxAsyncTest,
    asynchronous.GetMetadataFieldUniqueValuesAsyncTest,
    asynchronous.GetMetadataFieldsInfoAsyncTest,
    asynchronous.UpdateByFilterAsyncTest,
    asynchronous.WriteDocumentsAsyncTest,
):
    test_delete_all_documents_without_recreate_index_async: Any = None
    test_delete_all_documents_with_recreate_index_async: Any = None

    async def test_write_documents_async(self, document_store: Any) -> None:
        document = Document(content="test doc")
        assert await document_store.write_documents_async([document]) == 1
        with pytest.raises(DuplicateDocumentError):
            await document_store.write_documents_async([document])
        assert await document_store.filter_documents_async() == [document]


def test_every_suite_is_run() -> None:
    run = {*TestDocumentStore.__mro__, *TestFilterDocuments.__mro__, *TestAsyncDocumentStore.__mro__}
    for module in (sync, asynchronous):
        own = [one for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__]
        assert {one for one in own if one.__name__.endswith("Test")} <= run
