"""Whether an index is whole: the files of its newest generation against the manifest, and against each other.

Nothing is changed, and nothing found here is raised: it is all listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from retriever.errors import StorageError
from retriever.index.identity import passage_id
from retriever.index.lexical import LexicalReader
from retriever.index.manifest import REBUILD, FileEntry, Manifest, Pointer, SegmentEntry, read_manifest
from retriever.index.passage_store import DocumentRow, PassageRow
from retriever.index.segment import Segment, check_file
from retriever.index.tombstones import Tombstones
from retriever.types import Problem

# Vectors that are in memory at a time.
_BATCH = 8192


def verify(root: Path, *, deep: bool) -> list[Problem]:
    """Every problem found; see ``LocalIndex.verify``. An index that cannot be opened at all is one problem.

    Raises IndexNotFoundError where there is none, IndexVersionError.
    """
    try:
        pointer = Pointer.read(root)
        manifest = read_manifest(root, pointer.generation, pointer.digest)
    except FileNotFoundError as error:
        return [Problem(str(error.filename), "it is missing", REBUILD)]
    except StorageError as error:
        if not (root / "generations").is_dir():
            raise
        return [Problem(str(root), str(error), error.hint)]
    return list(_verify(root, manifest, deep=deep))


def _verify(root: Path, manifest: Manifest, *, deep: bool) -> Iterator[Problem]:
    ids = [np.zeros(0, np.uint64)]
    for entry in manifest.segments:
        problems = list(_files(root, entry, deep=deep))
        yield from problems
        if deep and not problems:
            try:
                segment = Segment(root, entry, digests=False)
                tombstones = Tombstones.read(root / entry.tombstones.path) if entry.tombstones else Tombstones.none()
                yield from _segment(manifest, entry, segment, tombstones)
                ids.append(segment.ids[tombstones.live(entry.rows)])
            except StorageError as error:
                yield Problem(entry.id, str(error), error.hint)
    every = np.concatenate(ids)
    if len(np.unique(every)) != len(every):
        yield Problem(manifest.path, "passages share an id", REBUILD)


def _files(root: Path, entry: SegmentEntry, *, deep: bool) -> Iterator[Problem]:
    for file in entry.all_files:
        yield from _file(root, file, deep=deep)


def _file(root: Path, file: FileEntry, *, deep: bool) -> Iterator[Problem]:
    try:
        check_file(root, file, digest=deep)
    except StorageError as error:
        yield Problem(file.path, str(error), error.hint)


def _segment(manifest: Manifest, entry: SegmentEntry, segment: Segment, tombstones: Tombstones) -> Iterator[Problem]:
    """Whether a segment's parts speak of the same passages."""
    store = segment.passages
    if (said := store.check()) != "ok":
        yield Problem(str(store.path), said, REBUILD)
        return
    documents = list(store.documents())
    yield from _claims(str(store.path), _document_faults(entry, documents, tombstones))
    terms = 0
    for document in documents:
        passages = store.passage_range(document.first, document.count)
        terms += sum(passage.terms for passage in passages)
        yield from _claims(str(store.path), _passage_faults(segment, document, passages))
    if terms != entry.terms:
        yield Problem(str(store.path), f"{terms} terms where the manifest says {entry.terms}", REBUILD)
    if entry.rows and segment.dense.dimension != manifest.dimension:
        yield Problem(str(segment.dense.path), f"vectors of dimension {segment.dense.dimension}", REBUILD)
    parts = np.split(np.arange(entry.rows), range(_BATCH, entry.rows, _BATCH))
    if not all(np.isfinite(segment.dense.vectors(part)).all() for part in parts):
        yield Problem(str(segment.dense.path), "a vector is not finite", REBUILD)
    if lists := segment.dense.misfit():
        yield Problem(str(lists), "the lists are not those of the vectors", REBUILD)
    postings = segment.postings(0)
    if not np.array_equal(np.sort(LexicalReader([postings]).refs()), np.arange(entry.rows)):
        yield Problem(str(postings.path), "the postings are not those of the passages", REBUILD)


def _document_faults(entry: SegmentEntry, documents: list[DocumentRow], tombstones: Tombstones) -> Iterator[str]:
    if len(documents) != entry.documents:
        yield f"{len(documents)} documents where the manifest says {entry.documents}"
    ends = np.cumsum([0, *(document.count for document in documents)])
    if [document.first for document in documents] != ends[:-1].tolist() or ends[-1] != entry.rows:
        yield "the documents' passages do not follow each other"
        return
    if len(tombstones.documents) and not 0 <= tombstones.documents[0] <= tombstones.documents[-1] < entry.documents:
        yield "a document is marked as deleted that is not there"
        return
    gone = [documents[number] for number in tombstones.documents]
    rows = [row for document in gone for row in range(document.first, document.first + document.count)]
    if rows != tombstones.rows.tolist() or len(gone) != entry.deleted_documents or len(rows) != entry.deleted_rows:
        yield "the passages marked as deleted are not those of the deleted documents"


def _passage_faults(segment: Segment, document: DocumentRow, passages: list[PassageRow]) -> Iterator[str]:
    if [row.row for row in passages] != list(range(document.first, document.first + document.count)):
        yield f"passages of {document.document.key} are missing"
        return
    for row in passages:
        passage = row.passage
        if row.document != document.number:
            yield f"passage {row.row} belongs to another document than its row says"
        if not 0 <= passage.start <= passage.end or passage.end - passage.start != len(passage.text):
            yield f"the offsets of passage {row.row} are not those of its text"
        if passage_id(document.document.key, passage) != segment.ids[row.row]:
            yield f"the id of passage {row.row} is not that of its text"


def _claims(where: str, faults: Iterable[str]) -> Iterator[Problem]:
    return (Problem(where, fault, REBUILD) for fault in faults)
