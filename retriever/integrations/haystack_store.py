"""The document store for Haystack without its asynchronous forms, which ``RetrieverDocumentStore`` adds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from haystack import Document
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy

from retriever import CitedDocument, IndexedDocument, Retriever
from retriever import Document as KeptDocument
from retriever.errors import UsageError
from retriever.integrations.checks import show
from retriever.integrations.haystack_documents import pack_document, restore_document
from retriever.integrations.haystack_filters import Filter, make_filter
from retriever.integrations.haystack_values import (
    Metadata,
    count_distinct,
    describe_types,
    find_extremes,
    list_distinct,
)
from retriever.integrations.metadata import unpack
from retriever.integrations.passages import is_any, remove_documents, require_index


class SyncDocumentStore:
    """An index as a document store: it embeds what is written, and keeps documents as they are."""

    def __init__(self, index: Retriever | str | Path, *, model: str | Path | None = None, wait: float = 60.0) -> None:
        """Use an index.

        - ``index``: an open ``Retriever``, or the location of an index, which is made if there is none
        - ``model``: the name or folder of the model, for a location; None for that of the index, or the bundled one
        - ``wait``: how many seconds to wait while another process or thread writes

        Raises what ``Retriever.open`` raises.
        """
        if isinstance(index, str | Path):
            index = Retriever.open(index, create=True, model=model)
        elif model is not None:
            raise UsageError("both an open index and a model are given", hint="give the model to Retriever.open")
        self.index = require_index(index)
        self.model = None if model is None else str(model)
        self.wait = wait

    def count_documents(self) -> int:
        """How many documents there are, those of files among them."""
        return self.index.status().documents

    def filter_documents(self, filters: Filter | None = None) -> list[Document]:
        """The documents that match, all without filters, as they were written."""
        return [restore_document(document) for document in self._read(filters)]

    def write_documents(self, documents: Iterable[Document], policy: DuplicatePolicy = DuplicatePolicy.NONE) -> int:
        """Write documents in one commit. Returns how many were written.

        ``policy`` says what happens to one whose id was written before, also by the same call: NONE and FAIL raise
        DuplicateDocumentError, SKIP leaves it out, OVERWRITE replaces the earlier one. After an error, for which also
        UsageError and what else ``Retriever.add`` raises count, nothing is written.
        """
        if isinstance(documents, str | bytes) or not isinstance(documents, Iterable):
            raise ValueError(f"not a list of documents: {show(documents)}")
        if not isinstance(policy, DuplicatePolicy):
            raise UsageError(f"unknown policy {show(policy)}", hint="give one of DuplicatePolicy")
        given = list(documents)
        for document in given:
            if not isinstance(document, Document):
                raise ValueError(f"not a document of Haystack: {show(document)}")
        if not given:
            return 0
        written: list[str] = []
        self.index.add(self._choose(given, policy, written), wait=self.wait)
        return len(written)

    def delete_documents(self, document_ids: Sequence[str]) -> None:
        """Delete documents by id; unknown ids are ignored. Raises UsageError for the document of a file."""
        remove_documents(self.index, document_ids, wait=self.wait)

    def delete_all_documents(self) -> None:
        """Delete all documents that were written; those of files stay."""
        remove_documents(self.index, where=is_any, wait=self.wait)

    def delete_by_filter(self, filters: Filter) -> int:
        """Delete the documents that were written and match; those of files stay. Returns how many."""
        where = make_filter(self.index, _require_filters(filters))
        return remove_documents(self.index, where=where, wait=self.wait)

    def update_by_filter(self, filters: Filter, meta: dict[str, Any]) -> int:
        """Set fields of the documents that were written and match; those of files stay. Returns how many."""
        if not isinstance(meta, dict):
            raise UsageError(f"meta must be a dictionary, not {show(meta)}", hint="give the fields to set")
        if not self._match(_require_filters(filters)):
            return 0
        updated: list[str] = []
        self.index.add(self._update(filters, meta, updated), wait=self.wait)
        return len(updated)

    def count_documents_by_filter(self, filters: Filter) -> int:
        """How many documents match."""
        return len(self._match(filters))

    def count_unique_metadata_by_filter(self, filters: Filter, metadata_fields: list[str]) -> dict[str, int]:
        """How many different values each field has in the documents that match."""
        return count_distinct(self._match(filters), metadata_fields)

    def get_metadata_fields_info(self) -> dict[str, dict[str, str]]:
        """The type of each field of the metadata: ``boolean``, ``int``, ``float`` or ``keyword``."""
        return describe_types(self._match(None))

    def get_metadata_field_min_max(self, metadata_field: str) -> dict[str, Any]:
        """The least and the largest value of a field, as ``min`` and ``max``; None where there is none."""
        return find_extremes(self._match(None), metadata_field)

    def get_metadata_field_unique_values(
        self,
        metadata_field: str,
        search_term: str | None = None,
        from_: int = 0,
        size: int = 10,
        filters: Filter | None = None,
    ) -> tuple[list[Any], int]:
        """``size`` different values of a field, the first ``from_`` left out, and how many there are.

        - ``search_term``: only values with this text, in capitals or not
        - ``filters``: only values of the documents that match
        """
        return list_distinct(self._match(filters), metadata_field, search_term, from_, size)

    def _read(self, filters: Filter | None) -> list[CitedDocument]:
        return self.index.read_documents(where=make_filter(self.index, filters))

    def _match(self, filters: Filter | None) -> list[Metadata]:
        """The metadata of the documents that match, as it was written."""
        where = make_filter(self.index, filters)
        found: Sequence[IndexedDocument | CitedDocument]
        if isinstance(where, str):
            found = self.index.read_documents(where=where)
        else:
            found = [document for document in self.index.documents() if where is None or where(document)]
        return [unpack(document.metadata) for document in found]

    def _choose(
        self, documents: Sequence[Document], policy: DuplicatePolicy, written: list[str]
    ) -> Iterator[KeptDocument]:
        """The documents to write; their ids are added to ``written``. It runs while nobody else can write."""
        ids = dict.fromkeys(document.id for document in documents)
        known = {document.id for document in self.index.read_documents(*ids) if document.path is None}
        for document in documents:
            if document.id in known and policy is DuplicatePolicy.SKIP:
                continue
            if document.id in known and policy is not DuplicatePolicy.OVERWRITE:
                raise DuplicateDocumentError(f"document {document.id!r} is already in {self.index.location}")
            known.add(document.id)
            written.append(document.id)
            yield pack_document(document)

    def _update(self, filters: Filter, meta: dict[str, Any], updated: list[str]) -> Iterator[KeptDocument]:
        """The documents that match, with the fields set; as ``_choose``, so that no other change is undone."""
        for document in self._read(filters):
            if document.path is None:
                restored = restore_document(document)
                updated.append(document.id)
                yield pack_document(replace(restored, meta={**restored.meta, **meta}))


def _require_filters(filters: Filter) -> Filter:
    if not filters:
        raise UsageError("no filter is given", hint="give one; delete_all_documents() deletes everything")
    return filters
