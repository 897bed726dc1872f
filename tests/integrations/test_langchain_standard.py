"""LangChain's own conformance suites, run over the adapter with real indexes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import (
    EmbeddingsIntegrationTests,
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)
from langchain_tests.unit_tests import EmbeddingsUnitTests

from retriever import Document, Retriever
from retriever.integrations.langchain import PassageRetriever, RetrieverEmbeddings, RetrieverVectorStore


class TestVectorStore(VectorStoreIntegrationTests):
    """Documents come back as they were added."""

    @pytest.fixture
    def vectorstore(self, index: Retriever) -> VectorStore:  # type: ignore[override]
        return RetrieverVectorStore(index, return_documents=True)


class TestRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def opened(self, tmp_path: Path) -> Iterator[None]:
        with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as index:
            index.add(Document(str(number), f"The lamp is lit by keeper {number}.") for number in range(4))
            self.index = index
            yield

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return PassageRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, object]:
        return {"index": self.index}

    @property
    def retriever_query_example(self) -> str:
        return "lamp"


class TestEmbeddingsUnit(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return RetrieverEmbeddings


class TestEmbeddings(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return RetrieverEmbeddings
