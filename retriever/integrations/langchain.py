"""LangChain: ``PassageRetriever``, the writable ``RetrieverVectorStore``, and ``RetrieverEmbeddings``.

Needs the extra ``langchain``. docs/integrations.md has examples.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from retriever import CitedDocument, Hit, Retriever, SearchOptions, load_model
from retriever.errors import MissingExtraError, UsageError, install_command

try:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.vectorstores import VectorStore
except ImportError as error:
    raise MissingExtraError(
        "LangChain needs langchain-core, which is not installed", hint=install_command("langchain")
    ) from error

from retriever.integrations.checks import require_texts, show
from retriever.integrations.embeddings import FrameworkEncoder, embed_passages, embed_query
from retriever.integrations.langchain_filters import Filter, StructuredFilters, make_filter
from retriever.integrations.metadata import pack, restore_text, unpack
from retriever.integrations.passages import (
    SHOWN,
    Searchable,
    choose_options,
    describe_hit,
    find_documents,
    is_any,
    remove_documents,
    require_index,
    require_retriever,
    search,
)

__all__ = ["PassageRetriever", "RetrieverEmbeddings", "RetrieverVectorStore", "StructuredFilters"]


class PassageRetriever(BaseRetriever):
    """Finds passages, each a ``Document`` with its citation and score in the metadata.

    - ``index``: an open ``Retriever``, or a ``RetrieverGroup``
    - ``k``: how many passages
    - ``filter``: which documents are searched: an expression, comparisons of metadata or a function
    - ``options``: how to search otherwise; its ``k`` and ``where`` do not count
    - ``return_documents``: give the documents of the passages, whole, each once

    ``k``, ``filter`` and options may also be given to ``invoke``.
    """

    index: Any
    k: int = 10
    filter: Any = None
    options: SearchOptions = SearchOptions()
    return_documents: bool = False

    def model_post_init(self, context: Any, /) -> None:
        """Check the arguments: UsageError for what cannot be searched, or searched so."""
        require_retriever(self.index)
        self._choose(self.k, self.filter, {})

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun | None = None, **changed: Any
    ) -> list[Document]:
        k, filter = changed.pop("k", self.k), changed.pop("filter", self.filter)
        hits = search(self.index, query, self._choose(k, filter, changed))
        return [document for document, _ in _make_documents(self.index, hits, whole=self.return_documents)]

    def _choose(self, k: int, filter: Filter | None, changed: dict[str, Any]) -> SearchOptions:
        return _choose(self.options, k, filter, changed, whole=self.return_documents)


class RetrieverVectorStore(VectorStore):
    """An index as a vector store: it embeds what is added, and answers with passages or whole documents.

    A document that is added is cut into passages, which are found by meaning and words. Scores are 0 to 1, larger is
    better. Asynchronous calls run in a thread.
    """

    def __init__(
        self, index: Retriever, *, options: SearchOptions = SHOWN, return_documents: bool = False, wait: float = 60.0
    ) -> None:
        """Use an open index.

        - ``options``: how to search; near-duplicates are shown unless it folds them
        - ``return_documents``: answer with the documents as they were added, each once, instead of with passages
        - ``wait``: how many seconds to wait while another process or thread writes
        """
        self.index = require_index(index)
        self.options = choose_options(options, {})
        self.return_documents = return_documents
        self.wait = wait

    @property
    def embeddings(self) -> Embeddings | None:
        """None: the index embeds by itself."""
        return None

    def add_documents(self, documents: list[Document], **kwargs: Any) -> list[str]:
        """Add documents in one commit; each replaces the one of its id. Returns their ids, made up where missing.

        ``ids`` takes precedence over the ids of the documents. LangChain's ``index`` also gives a ``batch_size``, which
        has no effect. Raises what ``Retriever.add`` raises.
        """
        if isinstance(documents, str) or not isinstance(documents, Iterable):
            raise UsageError(f"not a list of documents: {show(documents)}", hint="give a list of Document objects")
        documents = list(documents)
        for document in documents:
            if not isinstance(document, Document):
                raise UsageError(f"not a document of LangChain: {show(document)}", hint="give Document objects")
        kwargs.pop("batch_size", None)
        ids = list(kwargs.pop("ids", None) or [document.id for document in documents])
        if kwargs:
            raise UsageError(f"unknown argument {next(iter(kwargs))!r}", hint="add_documents takes ids")
        if len(ids) != len(documents):
            raise UsageError(f"{len(ids)} ids for {len(documents)} documents", hint="give an id for each document")
        ids = [id_ or str(uuid.uuid4()) for id_ in ids]
        pairs = zip(ids, documents, strict=True)
        self.index.add((pack(id_, one.page_content, one.metadata) for id_, one in pairs), wait=self.wait)
        return ids

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts as ``add_documents`` adds documents, with their metadata and ids."""
        texts = require_texts("texts", texts)
        metadatas = [{} for _ in texts] if metadatas is None else list(metadatas)
        if len(metadatas) != len(texts):
            raise UsageError(f"{len(metadatas)} metadatas for {len(texts)} texts", hint="give one for each text")
        pairs = zip(texts, metadatas, strict=True)
        documents = [Document(page_content=text, metadata=metadata or {}) for text, metadata in pairs]
        return self.add_documents(documents, ids=ids, **kwargs)

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Delete documents that were added, by id, or those that match ``filter``; all without either.

        Documents that come from files stay: they are removed with their file. Returns True.
        """
        given = kwargs.pop("filter", None)
        where = make_filter(given)
        if kwargs:
            raise UsageError(f"unknown argument {next(iter(kwargs))!r}", hint="delete takes ids and filter")
        if where is None and given is not None:
            raise UsageError("the filter is empty", hint="delete() without arguments deletes everything")
        if where is None and ids is None:
            where = is_any
        remove_documents(self.index, ids or (), where, wait=self.wait)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The documents with these ids, as they were added; those that there are not are left out."""
        ids = require_texts("ids", ids)
        found = {document.id: document for document in self.index.read_documents(*ids)} if ids else {}
        return [_restore(found[id_]) for id_ in dict.fromkeys(ids) if id_ in found]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """The best passages, or documents; ``filter`` and options of a search as for ``PassageRetriever``."""
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    def similarity_search_with_score(self, query: str, k: int = 4, **kwargs: Any) -> list[tuple[Document, float]]:
        """As ``similarity_search``, with scores from 0 to 1, the largest first."""
        filter = kwargs.pop("filter", None)
        options = _choose(self.options, k, filter, kwargs, whole=self.return_documents)
        return _make_documents(self.index, search(self.index, query, options), whole=self.return_documents)

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """The best passages that do not repeat each other.

        The engine decides how many candidates it compares, and how much repetition counts: ``fetch_k`` has no effect,
        and a ``lambda_mult`` other than 0.5 is refused.
        """
        if lambda_mult != 0.5:
            raise UsageError(f"lambda_mult cannot be chosen: {lambda_mult!r}", hint="leave it out")
        return self.similarity_search(query, k, **{**kwargs, "diverse": True})

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        location: str | Path = "indexes/langchain",
        **kwargs: Any,
    ) -> RetrieverVectorStore:
        """A store of the index at ``location``, which is made if there is none, with these texts added.

        - ``embedding``: None or ``RetrieverEmbeddings`` for a model of the engine, or what embeds instead of it
        - further arguments as for ``RetrieverVectorStore``
        """
        store = cls(Retriever.open(location, create=True, model=_find_model(embedding)), **kwargs)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def _select_relevance_score_fn(self) -> Any:
        return lambda score: score


class RetrieverEmbeddings(Embeddings):
    """A model of the engine, by default the bundled one, as LangChain's embeddings: vectors of unit length."""

    def __init__(self, model: str | Path | None = None) -> None:
        """Load a model by name or folder. Raises ModelError."""
        self.model = load_model(model)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector for each passage."""
        return embed_passages(self.model, texts)

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return embed_query(self.model, text)


def _find_model(embedding: Embeddings | None) -> Any:
    if embedding is None:
        return None
    if isinstance(embedding, RetrieverEmbeddings):
        return embedding.model
    # Embeddings of one class may be of different models. Most of LangChain's name theirs so.
    names = (getattr(embedding, field, None) for field in ("model_name", "model", "model_id"))
    name = ":".join([type(embedding).__name__, *(name for name in names if isinstance(name, str))][:2])
    return FrameworkEncoder(name, embedding.embed_query, embedding.embed_documents)


def _choose(
    options: SearchOptions, k: int, filter: Filter | None, changed: dict[str, Any], *, whole: bool
) -> SearchOptions:
    """The options of one search. ``changed`` may have options of ``SearchOptions``."""
    where = options.where if filter is None else make_filter(filter)
    return choose_options(options, {"k": k, "where": where, **changed}, whole=whole)


def _make_documents(index: Searchable, hits: Sequence[Hit], *, whole: bool) -> list[tuple[Document, float]]:
    """What LangChain gets for hits: passages, or the documents that they belong to, with their scores."""
    if whole:
        return [(_restore(document), hit.score) for document, hit in find_documents(index, hits)]
    return [(Document(hit.text, id=hit.document, metadata=describe_hit(hit)), hit.score) for hit in hits]


def _restore(document: CitedDocument) -> Document:
    return Document(restore_text(document), id=document.id, metadata=unpack(document.metadata))
