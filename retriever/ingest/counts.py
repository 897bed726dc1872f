"""Counts what a sync has done so far, by document, and lists it by file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retriever.errors import install_command
from retriever.reports import FileChange, Notice, SkippedSource, WaitingPages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retriever.ingest.changes import ChangedFile, SourceChanges
    from retriever.ingest.scan import ScanResult


@dataclass(slots=True)
class Counts:
    """Numbers of documents by outcome, changed files, and notices for the user."""

    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    files: list[FileChange] = field(default_factory=list)
    skipped: list[SkippedSource] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    waiting: list[WaitingPages] = field(default_factory=list)

    def begin_scan(self, scanned: ScanResult) -> None:
        """Count what a scan has left out."""
        self.skipped.extend(scanned.skipped)
        self.notices.extend((*scanned.ignored, *scanned.outside))
        self.notices.extend(Notice(source.name, "no file in it that can be indexed") for source in scanned.empty)

    def begin(self, difference: SourceChanges) -> None:
        """Count the differences that are known before any file is read."""
        self.skipped.extend(difference.skipped)
        self.notices.extend(difference.broken)
        self.unchanged = difference.unchanged
        self.removed = sum(len(documents) for documents in difference.gone)
        moved = {item.moved[0].file for item in difference.changed if item.moved}
        self.files += [
            FileChange("removed", documents[0].file_source)
            for documents in difference.gone
            if documents[0].file not in moved
        ]

    def count(self, file: ChangedFile, *, added: int, changed: int, unchanged: int, removed: int) -> None:
        """Count the documents of a file that was read; those of a removed file with the same bytes count as moved."""
        moved = min(added, len(file.moved))
        self.moved += moved
        self.added += added - moved
        self.changed += changed
        self.unchanged += unchanged
        self.removed += removed - moved
        source = file.file.source
        if moved:
            self.files.append(FileChange("moved", source, file.moved[0].file_source))
        elif file.moved:
            self.files.append(FileChange("removed", file.moved[0].file_source))
        elif not file.previous and added:
            self.files.append(FileChange("added", source))
        elif file.previous and removed == len(file.previous) and not added:
            self.files.append(FileChange("removed", source))
        elif added or changed or removed:
            self.files.append(FileChange("changed", source))

    def report(self, item: Notice | SkippedSource | WaitingPages) -> None:
        """Add a notice, a skipped source or waiting pages from a reader."""
        if isinstance(item, Notice):
            self.notices.append(item)
        elif isinstance(item, WaitingPages):
            self.waiting.append(item)
        else:
            self.skipped.append(item)

    def describe_waiting(self, location: str) -> list[Notice]:
        """The notice of how many pages and images wait for the extra that recognises them; none if none do."""
        if not self.waiting:
            return []
        pages, images = sum(item.pages for item in self.waiting), sum(item.images for item in self.waiting)
        counted = [
            f"{count:,} {name if count == 1 else name + 's'}"
            for count, name in ((pages, "page"), (images, "image"))
            if count
        ]
        message = f"{', '.join(counted)} wait for text recognition: {install_command('ocr')}"
        return [Notice(location, message)]

    def list_files(self) -> Sequence[FileChange]:
        """The changed files, sorted by name."""
        return sorted(self.files, key=lambda change: (change.source, change.what))
