"""A segment: a batch of documents with their passages, ids, vectors and postings, written once and never changed.

Deletions are not stored in a segment; see ``tombstones``.
"""

from __future__ import annotations

import shutil
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.index.files import durable
from retriever.index.files.access import check_regular
from retriever.index.files.arrays import read_array
from retriever.index.files.create import PRIVATE_FOLDER, create_writable, make_folder, require_folder, share_tree
from retriever.index.files.precision import round_to_half
from retriever.index.files.read_errors import REBUILD, classify_read_error
from retriever.index.identity import passage_id
from retriever.index.interface import Addition, PassageTerms
from retriever.index.local.entries import (
    ENDS,
    IDS,
    LANGUAGES,
    LISTS,
    PASSAGES,
    POSTINGS,
    SEGMENTS,
    VECTORS,
    FileEntry,
    SegmentEntry,
)
from retriever.index.local.stores.languages import add, read_sums, sum_by_language, write_sums
from retriever.index.local.stores.passages import PassageReader, PassageWriter
from retriever.index.local.stores.posting_files import SegmentPostings
from retriever.index.local.stores.postings import LexicalWriter
from retriever.index.local.stores.rows import DocumentRow
from retriever.index.local.stores.tokens import TokenReader, TokenWriter
from retriever.index.local.stores.vectors import DenseReader, DenseWriter, write_ivf
from retriever.index.local.tombstones import Tombstones
from retriever.index.statistics import LanguageSums
from retriever.lazy import lazy
from retriever.system import sync_folder
from retriever.types import Passage, StoredDocument

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.index.local.limits import Limits

# Vectors that are summed at once.
_BLOCK = 16_384


class SegmentWriter:
    """Writes one segment as a stream of documents."""

    def __init__(self, root: Path, name: str, dimension: int, limits: Limits) -> None:
        """``dimension`` is that of vectors, 0 where the first passages tell: those of pending documents have none.

        Raises IndexWriteError.
        """
        self.name = name
        self.dimension = dimension
        self._limits = limits
        self.rows = 0
        self.documents = 0
        self._root = root
        self._folder = root / SEGMENTS / name
        self._terms = 0
        # Eight bytes each: a list of numbers would take five times the memory.
        self._ids = array("Q")
        self._languages: dict[str, LanguageSums] = {}
        with durable.writing(self._folder):
            require_folder(root / SEGMENTS)
            make_folder(self._folder, PRIVATE_FOLDER)
        self._passages = PassageWriter(self._folder / PASSAGES)
        self._dense = DenseWriter(self._folder / VECTORS, dimension)
        self._lexical = LexicalWriter(self._folder / POSTINGS, name)
        self._tokens = TokenWriter(self._folder)

    def add(self, addition: Addition) -> None:
        """Append a document; the segment may contain its key already.

        Raises ValueError for vectors or terms that do not fit the passages, IndexWriteError.
        """
        document, passages = addition.document, addition.passages
        if passages and not self.rows and (addition.pending or not self.dimension) and addition.vectors.ndim == 2:
            self.dimension = addition.vectors.shape[1]
            self._dense.begin(self.dimension)
        expected = (len(passages), self.dimension)
        if addition.vectors.shape != expected and (passages or len(addition.vectors)):
            raise ValueError(f"expected vectors of shape {expected}, not {addition.vectors.shape}")
        vectors = round_to_half(addition.vectors)
        for passage, terms in zip(passages, addition.terms, strict=True):
            self._lexical.add(terms.distinct)
            self._ids.append(passage_id(document.key, passage))
        self._dense.add(vectors)
        self._passages.add(document, passages, addition.terms)
        self._tokens.add(addition.tokens)
        self._languages = add(self._languages, sum_by_language([passage.language for passage in passages], vectors))
        self.documents += 1
        self.rows += len(passages)
        self._terms += sum(terms.length for terms in addition.terms)

    def finish(self) -> SegmentEntry:
        """Make the segment durable. Raises IndexWriteError."""
        durable.checkpoint("segment:filled")
        self._passages.finish()
        self._dense.finish()
        self._lexical.finish()
        self._tokens.finish(self.rows)
        write_sums(self._folder / LANGUAGES, self._languages)
        vectors = self._folder / VECTORS
        large = self.dimension > 0 and self.rows >= self._limits.ivf_rows
        points = write_ivf(vectors, self._folder / LISTS) if large else ()
        with durable.writing(self._folder):
            with create_writable(self._folder / IDS) as file:
                np.save(file, np.array(self._ids, np.uint64))
            # Libraries give their files permissions of their own.
            share_tree(self._folder)
            durable.checkpoint("segment:written")
            durable.sync_tree(self._folder)
            sync_folder(self._folder.parent)
            files = tuple(
                FileEntry(path.relative_to(self._root).as_posix(), path.stat().st_size, durable.digest_file(path))
                for path in sorted(self._folder.rglob("*"))
                if path.is_file()
            )
        durable.checkpoint("segment:durable")
        return SegmentEntry(self.name, self.rows, self.documents, self._terms, files, operating_points=points)

    def abandon(self) -> None:
        """Remove everything written so far."""
        self._passages.abandon()
        self._dense.abandon()
        self._lexical.abandon()
        self._tokens.abandon()
        with suppress(OSError):
            shutil.rmtree(self._folder)


class Segment:
    """Reads one segment. Safe to use from many threads; its files are opened on first use."""

    def __init__(self, root: Path, entry: SegmentEntry) -> None:
        """Check the files' sizes. Raises IndexCorruptError, IndexReadError."""
        self.id = entry.id
        self.rows = entry.rows
        self.folder = root / SEGMENTS / entry.id
        self.pending = entry.pending
        self._entry = entry
        self._lists = entry.find(LISTS)
        self._root = root
        for file in entry.files:
            check_file(root, file, digest=False)
        self.passages = PassageReader(self.folder / PASSAGES, entry.rows)

    @lazy
    def dense(self) -> DenseReader:
        """Its vectors. Raises IndexCorruptError if their number is not that of its rows."""
        reader = DenseReader(self.folder / VECTORS, self.rows)
        if self._lists and self._entry.operating_points:
            # Always checked, whatever the size of the index: it is small, and FAISS trusts the numbers in it.
            check_file(self._root, self._lists, digest=True)
            reader.attach_ivf(self.folder / LISTS, self._entry.operating_points)
        return reader

    @lazy
    def tokens(self) -> TokenReader | None:
        """Its token vectors; None in an index that stores none."""
        return TokenReader(self.folder, self.rows) if self._entry.find(ENDS) else None

    def postings(self, base: int) -> SegmentPostings:
        """The location of its postings, for a reader in which ``base`` is the ref of its row 0."""
        names = [PurePosixPath(file.path) for file in self._entry.files]
        files = tuple(name.name for name in names if name.parent.name == POSTINGS)
        return SegmentPostings(self.folder / POSTINGS, files, self.rows, self.id, base)

    @lazy
    def languages(self) -> Mapping[str, LanguageSums]:
        """The sums of all its vectors by language, deleted rows included."""
        path = self.folder / LANGUAGES
        known = read_sums(path) if self._entry.find(LANGUAGES) else None
        return self.sum_languages(np.arange(self.rows)) if known is None else known

    def sum_languages(self, rows: npt.NDArray[np.int64]) -> dict[str, LanguageSums]:
        """The sums of some of its vectors by language."""
        codes = dict(self.passages.languages())
        if len(codes) != self.rows:
            raise IndexCorruptError(f"{self.folder / PASSAGES} lacks passages", hint=REBUILD)
        sums: dict[str, LanguageSums] = {}
        for first in range(0, len(rows), _BLOCK):
            block = rows[first : first + _BLOCK]
            sums = add(sums, sum_by_language([codes[row] for row in block.tolist()], self.dense.vectors(block)))
        return sums

    @lazy
    def ids(self) -> npt.NDArray[np.uint64]:
        """The passage id of every row: uint64 [rows]."""
        return read_array(self.folder / IDS, self.rows, np.uint64)

    def additions(self, deleted: Collection[int], keys: Sequence[str] | None = None) -> Iterator[Addition]:
        """Its documents as they were added, or those of ``keys``, without those with the ``deleted`` numbers.

        Where there are any, every byte is checked first, so that damage is not copied with new checksums. Raises
        IndexCorruptError.
        """
        rows = self.passages.documents() if keys is None else self.passages.find(dict.fromkeys(keys))
        live = (row for row in rows if row.number not in deleted)
        first = next(live, None)
        if first is None:
            return
        for file in self._entry.files:
            check_file(self._root, file, digest=True)
        for row, passages, terms in self.passages.contents(chain((first,), live)):
            numbers = np.arange(row.first, row.first + row.count)
            tokens = self.tokens.runs(numbers) if self.tokens else ()
            vectors = self.dense.vectors(numbers)
            if not np.isfinite(vectors).all():
                raise IndexCorruptError(f"{self.dense.path} has a vector that is not finite", hint=REBUILD)
            yield Addition(row.document, passages, vectors, terms, tokens)


def live_documents(root: Path, entry: SegmentEntry) -> Iterator[StoredDocument]:
    """The live documents of a segment, in order.

    Only the file of passages is read; every byte of it is checked first. Raises IndexCorruptError, IndexReadError.
    """
    return (row.document for row in _open_live(root, entry)[1])


def live_contents(root: Path, entry: SegmentEntry) -> Iterator[tuple[DocumentRow, list[Passage], list[PassageTerms]]]:
    """As ``live_documents``, with their passages and the terms of these."""
    store, rows = _open_live(root, entry)
    return store.contents(rows)


def _open_live(root: Path, entry: SegmentEntry) -> tuple[PassageReader, Iterator[DocumentRow]]:
    deleted = set(read_tombstones(root, entry).documents.tolist())
    store = PassageReader(root / SEGMENTS / entry.id / PASSAGES, entry.rows)
    if file := entry.find(PASSAGES):
        check_file(root, file, digest=True)
    return store, (row for row in store.documents() if row.number not in deleted)


def read_tombstones(root: Path, entry: SegmentEntry) -> Tombstones:
    """The tombstones of a segment; every byte is checked. Raises IndexCorruptError, IndexReadError."""
    if entry.tombstones is None:
        return Tombstones.empty()
    check_file(root, entry.tombstones, digest=True)
    known = Tombstones.read(root / entry.tombstones.path, entry.documents, entry.rows)
    if (len(known.documents), len(known.rows)) != (entry.deleted_documents, entry.deleted_rows):
        raise IndexCorruptError(f"{root / entry.tombstones.path} does not list what the manifest counts", hint=REBUILD)
    return known


def check_file(root: Path, entry: FileEntry, *, digest: bool) -> None:
    """Check that a file is one, and its size, with ``digest`` its checksum too.

    Raises IndexCorruptError, IndexReadError.
    """
    path = root / entry.path
    try:
        size = check_regular(path, root).st_size
        if size != entry.size:
            raise IndexCorruptError(f"{path} has {size} bytes instead of {entry.size}", hint=REBUILD)
        if digest and durable.digest_file(path) != entry.digest:
            raise IndexCorruptError(f"{path} is damaged: its checksum differs", hint=REBUILD)
    except OSError as error:
        raise classify_read_error(path, error) from error
