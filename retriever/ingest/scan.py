"""Scans the sources that the user names (folders, files, patterns) for the files to read, in a fixed order.

Nothing here opens a document: a file is described by its path, size and time of change.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from retriever.documents import is_left_behind, is_supported
from retriever.ingest.ignore import IgnoreRules
from retriever.ingest.sources import find_matches, is_below, show_path
from retriever.paths import describe_undecodable, is_unicode
from retriever.reports import Notice, SkippedSource
from retriever.system import real_path
from retriever.types import Source

# Extensions that the notice of ignored files lists.
NAMED_EXTENSIONS = 12
# Formats of documents, which it names first.
OFFICE = frozenset(
    (".djvu", ".hwp", ".hwpx", ".key", ".mobi", ".numbers", ".one", ".pages", ".ps", ".vsd", ".vsdx", ".wpd", ".xlsb")
)
NAMED_LINKS = 5
# What Linux writes about processes and itself; /proc/self/environ may hold passwords.
SYSTEM_FOLDERS = ("/proc", "/sys")
BROKEN = "a broken or circular link"
OF_SYSTEM = "it belongs to the operating system and is not a document"
# Entries by which the folder of an index is recognised.
INDEX_FILES = frozenset({"CURRENT", "generations", "segments"})

# A folder to walk: its path as the user knows it, its path with links resolved, the ignore rules for it.
_Folder: TypeAlias = tuple[str, str, IgnoreRules]


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A file to index.

    ``real`` is absolute, with symbolic links resolved, and so identifies the file; ``source`` is the path as the user
    knows it, with ``/`` as the separator. ``size`` is in bytes, ``changed_ns`` the later of mtime and ctime in
    nanoseconds, which also detects a file that was replaced by one with the same mtime. ``origin`` is the source by
    whose options it is read.
    """

    real: str
    source: str
    size: int
    changed_ns: int
    origin: Source = field(compare=False)

    @property
    def path(self) -> Path:
        """The path to open."""
        return Path(self.real)


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The result of a scan: files by source in code-point order, and what was left out.

    ``skipped`` are paths that could not be read. ``ignored`` has one notice per source about files with unsupported
    extensions, and one for each of which ignore files leave nothing. ``broken`` are links in folders that lead nowhere,
    and ``dangling`` those among them that may not have led to documents: of these something is said only if they did.
    ``outside`` has one notice about links that lead out of a folder. ``empty`` are the sources without any file.
    ``unseen`` are the absolute paths, with links resolved, of what could not be read.
    """

    files: tuple[ScannedFile, ...]
    skipped: tuple[SkippedSource, ...] = ()
    ignored: tuple[Notice, ...] = ()
    broken: tuple[Notice, ...] = ()
    dangling: tuple[Notice, ...] = ()
    outside: tuple[Notice, ...] = ()
    empty: tuple[Source, ...] = ()
    unseen: tuple[str, ...] = ()


def scan(sources: Sequence[Source], *, exclude: Sequence[Path] = ()) -> ScanResult:
    """Find the files of ``sources``: folders (walked), files, and patterns such as ``reports/**/*.txt``.

    In folders, hidden files, files that ``.gitignore`` or ``.retrieverignore`` exclude, what programs leave behind, and
    files of unsupported types are left out, the last with a notice. So are links that lead out of the folder, unless
    its source follows them: who can put a link into a folder could have anything read. A folder that is named is read
    even where the rules above it exclude it. A file that is named is always included; so is one that a pattern matches,
    unless a program left it behind. Folders in ``exclude``, such as the index itself, are never entered.

    Raises UsageError for a path that does not exist and a pattern without matches, before any folder is walked.
    """
    scanner = _Scanner(frozenset(real_path(folder) for folder in exclude))
    for source, found in [(source, find_matches(source.path, source.name)) for source in sources]:
        before = scanner.seen
        scanner.origin = source
        for match in found:
            if match == source.path or not is_left_behind(os.path.basename(match)):
                scanner.add(match)
        if scanner.seen == before:
            scanner.empty.append(source)
    return scanner.result()


@dataclass(slots=True)
class _Scanner:
    exclude: frozenset[str]
    files: dict[str, ScannedFile] = field(default_factory=dict)
    skipped: dict[str, SkippedSource] = field(default_factory=dict)
    ignored: dict[str, tuple[str, str]] = field(default_factory=dict)
    broken: dict[str, Notice] = field(default_factory=dict)
    dangling: list[Notice] = field(default_factory=list)
    outside: dict[str, list[str]] = field(default_factory=dict)
    empty: list[Source] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    ruled_out: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    root: str = ""
    origin: Source = field(default_factory=lambda: Source("", ""))

    def result(self) -> ScanResult:
        return ScanResult(
            tuple(sorted(self.files.values(), key=lambda file: (file.source, file.real))),
            tuple(sorted(self.skipped.values(), key=lambda item: item.source)),
            (*self._describe_ignored(), *self._describe_ruled_out()),
            tuple(sorted(self.broken.values(), key=lambda item: item.source)),
            tuple(self.dangling),
            tuple(_describe_outside(name, links) for name, links in self.outside.items()),
            tuple(self.empty),
            tuple(self.unseen),
        )

    def _describe_ignored(self) -> Iterator[Notice]:
        """A notice per source with the ignored files by extension, the most frequent first."""
        counts: dict[str, Counter[str]] = {}
        for real, (source, extension) in self.ignored.items():
            if real not in self.files:
                counts.setdefault(source, Counter())[extension or "without one"] += 1
        for source, extensions in counts.items():
            # Documents that cannot be read matter more than any number of pictures and scripts.
            ranked = sorted(extensions.items(), key=lambda item: (item[0] not in OFFICE, -item[1], item[0]))
            named = [f"{count:,} {_display(extension)}" for extension, count in ranked[:NAMED_EXTENSIONS]]
            if others := sum(count for _, count in ranked[NAMED_EXTENSIONS:]):
                named.append(f"{others:,} of {len(ranked) - NAMED_EXTENSIONS:,} other types")
            yield Notice(source, f"not indexed (unsupported type): {', '.join(named)}")

    def _describe_ruled_out(self) -> Iterator[Notice]:
        """A notice for each source of which ignore files leave nothing."""
        for source in self.empty:
            if count := self.ruled_out[source.name]:
                message = f"left out by .gitignore or .retrieverignore: {count:,} files and folders"
                yield Notice(_display(source.name), message)

    def add(self, path: str) -> None:
        """Add a path that was named: a folder with everything below it, or one file."""
        real = real_path(path)
        if not os.path.isdir(path):
            self._take(path, real)
            return
        try:
            rules = IgnoreRules.above(path)
        except OSError as error:
            self._skip(path, error)
            return
        self.root = real
        # Each real folder is entered once, and through a link only if there is no other way.
        entered = set(self.exclude)
        links: list[_Folder] = []
        folders: list[_Folder] = [(path, real, rules)]
        while folders or links:
            folder = folders.pop() if folders else links.pop(0)
            if folder[1] not in entered:
                entered.add(folder[1])
                self._enter(folder, folders, links)

    def _enter(self, folder: _Folder, folders: list[_Folder], links: list[_Folder]) -> None:
        """Add the files of one folder, and its subfolders to the queues."""
        path, real, rules = folder
        if is_below(real, SYSTEM_FOLDERS):
            self._skip(path, OF_SYSTEM)
            return
        try:
            with os.scandir(path) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
            names = {entry.name for entry in entries}
            rules = rules.below(path, names)
        except OSError as error:
            self._skip(path, error)
            return
        if names >= INDEX_FILES:
            return
        absolute = os.path.abspath(path)
        for entry in entries:
            is_folder = _is_folder(entry)
            if entry.name.startswith(".") or is_left_behind(entry.name):
                continue
            if rules.ignores(os.path.join(absolute, entry.name), is_folder=is_folder):
                self.ruled_out[self.origin.name] += 1
                continue
            # The real path of an entry that is not a link follows from that of its folder; resolving it takes longer.
            below = real_path(entry.path) if entry.is_symlink() else os.path.join(real, entry.name)
            if not is_folder:
                self._take_entry(entry, below)
            elif self._leads_outside(entry, below):
                self._leave_outside(entry)
            elif entry.is_symlink():
                links.append((entry.path, below, rules))
            else:
                folders.append((entry.path, below, rules))

    def _take_entry(self, entry: os.DirEntry[str], real: str) -> None:
        """Add a file of a folder, or count it as one of an unsupported type."""
        outside = self._leads_outside(entry, real)
        if is_supported(entry.name) and outside:
            self._leave_outside(entry)
        elif is_supported(entry.name):
            self._take(entry.path, real)
        elif entry.is_symlink() and not os.path.exists(real):
            # It may have led to a folder.
            self.unseen.append(real)
            self.dangling.append(Notice(self._show(entry.path), BROKEN))
        elif not outside:
            self.ignored.setdefault(real, (_display(self.origin.name), os.path.splitext(entry.name)[1].lower()))

    def _leave_outside(self, entry: os.DirEntry[str]) -> None:
        self.outside.setdefault(_display(self.origin.name), []).append(self._show(entry.path))

    def _leads_outside(self, entry: os.DirEntry[str], real: str) -> bool:
        """Whether an entry is a link out of the folder that was named, which its source does not follow."""
        outside = entry.is_symlink() and not self.origin.follow and not is_below(real, [self.root])
        return outside and os.path.exists(real)

    def _take(self, path: str, real: str) -> None:
        try:
            status = os.stat(path)
        except OSError as error:
            self._skip(path, error)
            return
        source = self._show(path)
        if is_below(real, SYSTEM_FOLDERS):
            self._skip(path, OF_SYSTEM)
        elif not stat.S_ISREG(status.st_mode):
            self._skip(path, "not a regular file")
        elif not is_unicode(real) or not is_unicode(path):
            self._skip(path, describe_undecodable())
        elif not is_below(real, self.exclude):
            self.seen += 1
            known = self.files.get(real)
            # A file reached in two ways keeps the smaller name, so that the order of sources does not matter.
            if known is None or (source, self.origin.path) < (known.source, known.origin.path):
                changed = max(status.st_mtime_ns, status.st_ctime_ns)
                self.files[real] = ScannedFile(real, source, status.st_size, changed, self.origin)

    def _skip(self, path: str, reason: str | OSError) -> None:
        source = self._show(path)
        self.unseen.append(real_path(path))
        if isinstance(reason, OSError):
            broken = os.path.islink(path) and not isinstance(reason, PermissionError)
            reason = BROKEN if broken else (reason.strerror or str(reason)).lower()
            if broken and path != self.origin.path:
                # Nobody asked for it by name, and it will be there at the next run, too.
                self.broken[source] = Notice(source, reason)
                return
        self.skipped[source] = SkippedSource(source, reason)

    def _show(self, path: str) -> str:
        return _display(show_path(self.origin, path))


def _describe_outside(source: str, links: Sequence[str]) -> Notice:
    named = ", ".join(links[:NAMED_LINKS]) + (f" and {len(links) - NAMED_LINKS:,} more" if links[NAMED_LINKS:] else "")
    return Notice(
        source,
        f"not followed (links that lead out of the folder; --follow (in Python: follow=True) follows them): {named}",
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _display(path: str) -> str:
    """A path with ``/`` as the separator, and digits for bytes that are no Unicode, so that names stay apart."""
    name = path.replace(os.sep, "/")
    return name if is_unicode(name) else os.fsencode(name).decode("utf-8", "backslashreplace")
