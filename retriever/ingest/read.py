"""Reads the documents of changed files that have to be written, each with its stored form.

Documents that a file no longer contains are marked for removal. Nothing is chunked or embedded here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from retriever.arguments import quote
from retriever.chunking.title import find_title
from retriever.documents import IsolatedReader, ReadRequest, describe_error
from retriever.errors import EmptyFileError, ReadError, UnfinishedReadError
from retriever.ingest.identity import document_key, stored_document
from retriever.reports import Notice, SkippedSource
from retriever.text.language import detect
from retriever.types import MEMBER, Document, StoredDocument

if TYPE_CHECKING:
    from retriever.documents import Report
    from retriever.ingest.changes import ChangedFile
    from retriever.ingest.counts import Counts
    from retriever.ingest.remarks import FileRemarks, Remark
    from retriever.ingest.scan import ScannedFile

# Characters of a document that its language is detected from.
LANGUAGE_SAMPLE = 2000
# Rows with a repeated id that are reported one by one; the rest are only counted.
REPORTED_IDS = 20


@dataclass(slots=True)
class ChangedFileReader:
    """Reads changed files. ``removals`` collects the keys of documents that they no longer contain.

    ``keep_pages`` is called for each file that was read, with the mark that is stored of it.
    """

    counts: Counts
    files: IsolatedReader
    remarks: FileRemarks
    keep_pages: Callable[[str], None] = lambda _: None
    removals: list[str] = field(default_factory=list)

    def read(
        self, changed: ChangedFile, following: ChangedFile | None = None
    ) -> Iterator[tuple[Document, StoredDocument]]:
        """The documents of a file that are new or differ; ``following`` is the file that will be read next.

        A file that ``is_known`` is not read.
        """
        known = self.remarks.recall(changed)
        if known is not None:
            self._take_over(changed, known)
            return
        comparison = _Comparison(changed, {document.key: document for document in changed.previous})
        said: list[Remark] = []
        held: Document | None = None
        unfinished = False
        try:
            for document in self._documents(changed.file, following.file if following else None, said.append):
                if held:
                    yield from comparison.compare(held, "")
                held = document
        except ReadError as error:
            said.append(_describe(changed.file.source, error))
            unfinished = isinstance(error, UnfinishedReadError)
        digest = self._conclude(changed, said, holds=held is not None)
        self.keep_pages(digest)
        if held:
            yield from comparison.compare(held, digest)
        # What a file or a member holds that could not be read this time is unknown: its documents stay.
        unread = _find_unread(changed.file.source, said)
        gone = [
            key
            for key, document in comparison.previous.items()
            if not unfinished and not _lies_in(document.member, unread)
        ]
        self.removals.extend(gone)
        self.counts.count(
            changed,
            added=comparison.added,
            changed=comparison.changed,
            unchanged=comparison.unchanged + len(comparison.previous) - len(gone),
            removed=len(gone),
        )

    def is_known(self, changed: ChangedFile) -> bool:
        """Whether the index has all that can be read of a file, which an earlier sync has found out."""
        return self.remarks.recall(changed) is not None

    def _take_over(self, changed: ChangedFile, known: Sequence[Remark]) -> None:
        """Report what was said of a file when it was read; the index has documents only if it was read in part."""
        for item in known:
            self.counts.report(item)
        count = len(changed.previous)
        stay = count if self.remarks.is_held(changed) else 0
        if not stay:
            self.removals.extend(document.key for document in changed.previous)
        self.counts.count(changed, added=0, changed=0, unchanged=stay, removed=count - stay)

    def _conclude(self, changed: ChangedFile, said: Sequence[Remark], *, holds: bool) -> str:
        """Report what was said of a file, remember it if it will be the same again, and give the digest to store.

        The digest is stored with the last document of the file, as a mark that the index has what can be read of it;
        with "" the next sync reads the file again.
        """
        for item in said:
            self.counts.report(item)
        if holds and all(isinstance(item, Notice) for item in said):
            return changed.digest
        if not self.files.is_isolated or any(isinstance(item, SkippedSource) and item.unfinished for item in said):
            return ""
        self.remarks.remember(changed, said, holds=holds)
        return self.remarks.mark(changed)

    def _documents(self, file: ScannedFile, following: ScannedFile | None, report: Report) -> Iterator[Document]:
        """The documents of a file, without repeated ids."""
        seen: set[str] = set()
        repeated = 0
        ahead = _request(following) if following else None
        for document in self.files.read(_request(file), report=report, following=ahead):
            key = document_key(file.real, document, file.source)
            if key in seen:
                repeated += 1
                if repeated <= REPORTED_IDS:
                    report(Notice(document.source, f"the id {quote(document.id)} occurs again; the first is kept"))
                continue
            seen.add(key)
            yield complete(document)
        if repeated > REPORTED_IDS:
            more = repeated - REPORTED_IDS
            report(Notice(file.source, f"ids of {more} more rows occur again; the first of each is kept"))


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


def _find_unread(source: str, said: Sequence[Remark]) -> frozenset[str]:
    """The names of members of a file that may be read another time."""
    return frozenset(
        item.source.removeprefix(source + MEMBER)
        for item in said
        if isinstance(item, SkippedSource) and item.unfinished and item.source.startswith(source + MEMBER)
    )


def _lies_in(member: str, names: frozenset[str]) -> bool:
    """Whether a member has one of the names, or lies in a container that has."""
    while member and member not in names:
        member = member.rpartition(MEMBER)[0]
    return bool(member)


def _describe(source: str, error: ReadError) -> Remark:
    """What is said of a file that cannot be read; that it is empty is not a failure."""
    return Notice(source, str(error)) if isinstance(error, EmptyFileError) else describe_error(source, error)


def _request(file: ScannedFile) -> ReadRequest:
    return ReadRequest(file.path, file.source, file.origin.encoding, file.origin.max_file_size)


def complete(document: Document) -> Document:
    """The document with a title and language detected in its text, where the format gives none."""
    title = document.title or find_title(document)
    language = document.language or detect(document.text[:LANGUAGE_SAMPLE]).language
    return replace(document, title=title, language=language)
