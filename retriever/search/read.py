"""Reads cited passages and documents by id. No model is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retriever.arguments import require_text
from retriever.errors import IndexCorruptError, NotFoundError, UsageError, advise_rebuild
from retriever.hits import CitedDocument, CitedPassage
from retriever.locks import WORK
from retriever.text.readings import hide_readings
from retriever.types import DEFAULT_MAX_FILE_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retriever.filters import Filter
    from retriever.index.interface import Snapshot, StoredPassage
    from retriever.types import Neighbour, StoredDocument

# Documents whose passages are fetched in one call.
_BATCH = 256
# White space between passages takes memory in the text of a document, and an index of somebody else may claim any
# amount of it. No file of a usual size has more.
MOST_LEFT_OUT = DEFAULT_MAX_FILE_SIZE


def read_passage(snapshot: Snapshot, passage_id: str, context: int) -> CitedPassage:
    """The passage with an id, and ``context`` neighbours on either side. Raises NotFoundError for an unknown id."""
    if not isinstance(passage_id, str):
        raise UsageError(f"the id of a passage must be text, not {passage_id!r}", hint="such as hit.id")
    found = snapshot.find([passage_id])
    if not found:
        raise NotFoundError(
            f"no passage has the id {passage_id!r}", hint="the document may have changed since it was cited"
        )
    [stored] = found
    [(before, after)] = snapshot.around([stored.ref], context) if context else [([], [])]
    return _cite(stored, before, after)


def read_document(snapshot: Snapshot, document_id: str, source: str | None) -> CitedDocument:
    """The document with an id, and from ``source`` if that is given; see ``find_document``."""
    return _cite_document(*find_document(snapshot, document_id, source))


def find_document(
    snapshot: Snapshot, document_id: str, source: str | None
) -> tuple[StoredDocument, Sequence[StoredPassage]]:
    """The document with an id, and from ``source`` if that is given, with its passages.

    Raises NotFoundError for an unknown id, UsageError for one that several documents have.
    """
    if not isinstance(document_id, str):
        raise UsageError(f"the id of a document must be text, not {document_id!r}", hint="such as hit.document")
    found: list[tuple[StoredDocument, Sequence[StoredPassage]]] = [
        (passages[0].document, passages) for passages in snapshot.find_documents([document_id])
    ]
    # ``find_documents`` leaves out documents without passages.
    others = snapshot.stored_documents() if not found else ()
    found += [(document, []) for document in others if document.id == document_id]
    found = [(document, passages) for document, passages in found if _matches_source(document, source)]
    if not found:
        of_source = "" if source is None else f" in {source!r}"
        raise NotFoundError(
            f"no document has the id {document_id!r}{of_source}", hint="take an id from the list of documents"
        )
    if len(found) > 1:
        names = ", ".join(sorted(document.file or document.key for document, _ in found))
        raise UsageError(f"several documents have the id {document_id!r}", hint=f"name the source: one of {names}")
    return found[0]


def read_documents(snapshot: Snapshot, ids: Sequence[str], where: Filter | None) -> list[CitedDocument]:
    """The documents with one of ``ids``, all without any, that match ``where``, by source and id.

    Raises FilterError for a field of passages, and for one that no document has.
    """
    for document_id in ids:
        require_text("the id of a document", document_id)
    found = _find_passages(snapshot, ids) if ids else {}
    documents = _find_stored(snapshot, ids, [passages[0].document for passages in found.values()])
    if where is not None:
        with WORK.hold():
            from retriever.filters.evaluate import match_documents

        documents = match_documents(where, documents)
    documents.sort(key=lambda stored: (stored.source, stored.id))
    read: list[CitedDocument] = []
    for start in range(0, len(documents), _BATCH):
        batch = documents[start : start + _BATCH]
        passages = found if ids else _find_passages(snapshot, [stored.id for stored in batch])
        # A document without a passage is not found.
        read += [_cite_document(stored, passages.get(stored.key, [])) for stored in batch]
    return read


def _find_passages(snapshot: Snapshot, ids: Sequence[str]) -> dict[str, list[StoredPassage]]:
    """The passages of the documents with these ids, by the key of the document."""
    return {of_one[0].document.key: of_one for of_one in snapshot.find_documents(list(dict.fromkeys(ids)))}


def _find_stored(snapshot: Snapshot, ids: Sequence[str], found: list[StoredDocument]) -> list[StoredDocument]:
    """``found``, and where it lacks one of ``ids``, the documents of that id that have no passages.

    Only these need a look at every document. Without ids all documents.
    """
    if not ids:
        return list(snapshot.stored_documents())
    missing = set(ids).difference(stored.id for stored in found)
    return [*found, *(stored for stored in snapshot.stored_documents() if stored.id in missing)] if missing else found


def _cite_document(document: StoredDocument, passages: Sequence[StoredPassage]) -> CitedDocument:
    ends = [0, *(stored.passage.end for stored in passages)]
    left_out = sum(max(0, stored.passage.start - end) for stored, end in zip(passages, ends, strict=False))
    if left_out > MOST_LEFT_OUT:
        raise IndexCorruptError(
            f"the index says that the document {document.id!r} has {left_out:,} characters between its passages",
            hint=advise_rebuild(),
        )
    return CitedDocument(
        id=document.id,
        source=document.source,
        title=document.title,
        language=document.language,
        metadata=document.metadata,
        passages=tuple(_cite(stored) for stored in passages),
        path=document.file or None,
    )


def _matches_source(document: StoredDocument, source: str | None) -> bool:
    return source is None or source in (document.source, document.file, document.key)


def _cite(stored: StoredPassage, before: Sequence[Neighbour] = (), after: Sequence[Neighbour] = ()) -> CitedPassage:
    document, passage = stored.document, stored.passage
    return CitedPassage(
        id=stored.id,
        document=document.id,
        source=document.source,
        title=document.title,
        heading=passage.heading,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        line=passage.line,
        page=passage.page,
        end_page=passage.end_page,
        place=passage.place_at(0),
        recognised=passage.recognised,
        language=passage.language,
        metadata=hide_readings(document.metadata),
        before=tuple(before),
        after=tuple(after),
        path=document.file or None,
    )
