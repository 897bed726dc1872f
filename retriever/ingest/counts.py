"""Counts what a sync has done so far, by document, and lists it by file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retriever.reports import FileChange, Notice, SkippedSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retriever.ingest.changes import ChangedFile, SourceChanges


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

    def begin(self, difference: SourceChanges) -> None:
        """Count the differences that are known before any file is read."""
        self.skipped.extend(difference.skipped)
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

    def report(self, item: Notice | SkippedSource) -> None:
        """Add a notice or a skipped source from a reader."""
        if isinstance(item, Notice):
            self.notices.append(item)
        else:
            self.skipped.append(item)

    def list_files(self) -> Sequence[FileChange]:
        """The changed files, sorted by name."""
        return sorted(self.files, key=lambda change: (change.source, change.what))
