"""Verifies one segment: its files against the manifest and against each other.

Nothing is changed. Problems are listed, not raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import IndexReadError, StorageError
from retriever.index.files.read_errors import REBUILD
from retriever.index.identity import passage_id
from retriever.index.local.entries import FileEntry, SegmentEntry
from retriever.index.local.manifest import Manifest
from retriever.index.local.segment import Segment, check_file, read_tombstones
from retriever.index.local.segment_view import sum_deleted
from retriever.index.local.stores.languages import equal
from retriever.index.local.stores.postings import LexicalReader
from retriever.index.local.stores.rows import DocumentRow, PassageRow
from retriever.index.local.tombstones import Tombstones
from retriever.reports import Problem

if TYPE_CHECKING:
    import numpy.typing as npt

# Vectors in memory at once.
_BATCH = 8192


def verify_files(root: Path, files: Iterable[FileEntry], *, deep: bool, hint: str = REBUILD) -> Iterator[Problem]:
    """Problems of files: wrong sizes, with ``deep`` wrong checksums."""
    for file in files:
        yield from _verify_file(root, file, deep=deep, hint=hint)


def _verify_file(root: Path, file: FileEntry, *, deep: bool, hint: str) -> Iterator[Problem]:
    try:
        check_file(root, file, digest=deep)
    except StorageError as error:
        yield Problem(file.path, str(error), error.hint if isinstance(error, IndexReadError) else hint)


def verify_segment(
    root: Path, manifest: Manifest, entry: SegmentEntry, ids: list[npt.NDArray[np.uint64]] | None = None
) -> Iterator[Problem]:
    """All problems of a segment in a generation; the ids of its live passages are appended to ``ids``."""
    problems = list(verify_files(root, entry.all_files, deep=True))
    yield from problems
    if problems:
        return
    try:
        segment = Segment(root, entry)
        tombstones = read_tombstones(root, entry)
        yield from _verify_contents(manifest, entry, segment, tombstones)
        if ids is not None:
            ids.append(segment.ids[tombstones.live(entry.rows)])
    except StorageError as error:
        yield Problem(entry.id, str(error), error.hint)


def _verify_contents(
    manifest: Manifest, entry: SegmentEntry, segment: Segment, tombstones: Tombstones
) -> Iterator[Problem]:
    """Check that the files of a segment belong to the same passages."""
    store = segment.passages
    if (fault := store.check()) != "ok":
        yield Problem(str(store.path), fault, REBUILD)
        return
    documents = list(store.documents())
    yield from _to_problems(str(store.path), _check_documents(entry, documents, tombstones))
    terms = 0
    for document, passages in store.by_document(documents):
        terms += sum(passage.terms for passage in passages)
        yield from _to_problems(str(store.path), _check_passages(segment, document, passages))
    if terms != entry.terms:
        yield Problem(str(store.path), f"it has {terms} terms, the manifest {entry.terms}", REBUILD)
    if entry.rows and segment.dense.dimension != (0 if entry.pending else manifest.dimension):
        yield Problem(
            str(segment.dense.path),
            f"its vectors have dimension {segment.dense.dimension}, the manifest {manifest.dimension}",
            REBUILD,
        )
    parts = np.split(np.arange(entry.rows), range(_BATCH, entry.rows, _BATCH))
    if not all(np.isfinite(segment.dense.vectors(part)).all() for part in parts):
        yield Problem(str(segment.dense.path), "a vector is not finite", REBUILD)
    yield from _to_problems(str(segment.folder), _check_sums(segment, tombstones))
    if lists := segment.dense.find_mismatch():
        yield Problem(str(lists), "the inverted file does not belong to the vectors", REBUILD)
    postings = segment.postings(0)
    if not np.array_equal(np.sort(LexicalReader([postings]).refs()), np.arange(entry.rows)):
        yield Problem(str(postings.path), "the postings do not belong to the passages", REBUILD)


def _check_documents(entry: SegmentEntry, documents: list[DocumentRow], tombstones: Tombstones) -> Iterator[str]:
    if len(documents) != entry.documents:
        yield f"it has {len(documents)} documents, the manifest {entry.documents}"
    ends = np.cumsum([0, *(document.count for document in documents)])
    if [document.first for document in documents] != ends[:-1].tolist() or ends[-1] != entry.rows:
        yield "the passages of the documents are not consecutive"
        return
    if len(tombstones.documents) and not 0 <= tombstones.documents[0] <= tombstones.documents[-1] < entry.documents:
        yield "a document that does not exist is marked as deleted"
        return
    gone = [documents[number] for number in tombstones.documents]
    rows = [row for document in gone for row in range(document.first, document.first + document.count)]
    if rows != tombstones.rows.tolist() or len(gone) != entry.deleted_documents or len(rows) != entry.deleted_rows:
        yield "the passages marked as deleted do not belong to the deleted documents"


def _check_passages(segment: Segment, document: DocumentRow, passages: list[PassageRow]) -> Iterator[str]:
    if [row.row for row in passages] != list(range(document.first, document.first + document.count)):
        yield f"passages of {document.document.key} are missing"
        return
    for row in passages:
        if row.document != document.number:
            yield f"passage {row.row} belongs to another document"
        if passage_id(document.document.key, row.passage) != segment.ids[row.row]:
            yield f"the id of passage {row.row} does not match its text"


def _check_sums(segment: Segment, tombstones: Tombstones) -> Iterator[str]:
    if not equal(segment.languages, segment.sum_languages(np.arange(segment.rows))):
        yield "the sums by language do not match the vectors"
    if not equal(sum_deleted(segment, tombstones), segment.sum_languages(tombstones.rows)):
        yield "the sums by language of the deleted passages do not match their vectors"


def _to_problems(where: str, faults: Iterable[str]) -> Iterator[Problem]:
    return (Problem(where, fault, REBUILD) for fault in faults)
