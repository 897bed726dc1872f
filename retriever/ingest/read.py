"""Reads the documents of changed files that have to be written, each with its stored form.

Documents that a file no longer contains are marked for removal. Nothing is chunked or embedded here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from retriever.chunking.title import find_title
from retriever.documents import IsolatedReader, ReadRequest
from retriever.errors import EmptyFileError, ReadError, UnfinishedReadError
from retriever.ingest.identity import document_key, stored_document
from retriever.reports import Notice, SkippedSource
from retriever.text.language import detect
from retriever.types import Document, StoredDocument

if TYPE_CHECKING:
    from retriever.ingest.changes import ChangedFile
    from retriever.ingest.counts import Counts
    from retriever.ingest.scan import ScannedFile

# Characters of a document that its language is detected from.
LANGUAGE_SAMPLE = 2000
# Rows with a repeated id that are reported one by one; the rest are only counted.
REPORTED_IDS = 20


@dataclass(slots=True)
class ChangedFileReader:
    """Reads changed files. ``removals`` collects the keys of documents that they no longer contain."""

    counts: Counts
    files: IsolatedReader
    removals: list[str] = field(default_factory=list)

    def read(
        self, changed: ChangedFile, following: ChangedFile | None = None
    ) -> Iterator[tuple[Document, StoredDocument]]:
        """The documents of a file that are new or differ; ``following`` is the file that will be read next."""
        comparison = _Comparison(changed, {document.key: document for document in changed.previous})
        held: Document | None = None
        unfinished = False
        skipped = len(self.counts.skipped) + len(self.counts.waiting)
        # The digest of a file is stored with its last document, as a mark that the file was read to its end.
        digest = changed.digest
        try:
            for document in self._documents(changed.file, following.file if following else None):
                if held:
                    yield from comparison.compare(held, "")
                held = document
        except ReadError as error:
            self._report(changed.file.source, error)
            unfinished = isinstance(error, UnfinishedReadError)
        if len(self.counts.skipped) + len(self.counts.waiting) > skipped:
            # Without its digest the next sync reads the file again: it reports the same problems, or can do more.
            digest = ""
        if held:
            yield from comparison.compare(held, digest)
        left = len(comparison.previous)
        if unfinished:
            # What the file holds is unknown: its documents stay.
            comparison.unchanged += left
            left = 0
        else:
            self.removals.extend(comparison.previous)
        self.counts.count(
            changed,
            added=comparison.added,
            changed=comparison.changed,
            unchanged=comparison.unchanged,
            removed=left,
        )

    def _report(self, source: str, error: ReadError) -> None:
        if isinstance(error, EmptyFileError):
            self.counts.notices.append(Notice(source, str(error)))
        else:
            reason = f"{error}; {error.hint}" if error.hint else str(error)
            self.counts.skipped.append(SkippedSource(source, reason))

    def _documents(self, file: ScannedFile, following: ScannedFile | None) -> Iterator[Document]:
        """The documents of a file, without repeated ids."""
        seen: set[str] = set()
        repeated = 0
        ahead = _request(following) if following else None
        for document in self.files.read(_request(file), report=self.counts.report, following=ahead):
            key = document_key(file.real, document, file.source)
            if key in seen:
                repeated += 1
                if repeated <= REPORTED_IDS:
                    self.counts.report(
                        Notice(document.source, f"the id {document.id!r} occurs again; the first is kept")
                    )
                continue
            seen.add(key)
            yield complete(document)
        if repeated > REPORTED_IDS:
            more = repeated - REPORTED_IDS
            self.counts.report(Notice(file.source, f"ids of {more} more rows occur again; the first of each is kept"))


@dataclass(slots=True)
class _Comparison:
    """Compares the documents of one file with its previous ones; ``previous`` has those not found yet."""

    file: ChangedFile
    previous: dict[str, StoredDocument]
    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def compare(self, document: Document, digest: str) -> Iterator[tuple[Document, StoredDocument]]:
        """Yield the document if it has to be written."""
        stored = stored_document(document, self.file.file.real, digest, self.file.file.source)
        before = self.previous.pop(stored.key, None)
        if before is None:
            self.added += 1
        elif before.hash != stored.hash:
            self.changed += 1
        else:
            self.unchanged += 1
            if before.file_hash == digest:
                return
        yield document, stored


def _request(file: ScannedFile) -> ReadRequest:
    return ReadRequest(file.path, file.source, file.origin.encoding, file.origin.max_file_size)


def complete(document: Document) -> Document:
    """The document with a title and language detected in its text, where the format gives none."""
    title = document.title or find_title(document)
    language = document.language or detect(document.text[:LANGUAGE_SAMPLE]).language
    return replace(document, title=title, language=language)
