"""From what the user names (folders, files, patterns) to the files to read, in one order, each once.

Nothing here opens a document: a file is known by its path, size and time of change.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from retriever.documents import is_known
from retriever.errors import UsageError
from retriever.ingest.ignore import IgnoreRules
from retriever.types import SkippedSource

# What lies in an index folder, and nowhere else together.
INDEX_FILES = frozenset({"CURRENT", "generations", "segments"})

_Folder: TypeAlias = tuple[str, IgnoreRules]


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A file to index.

    ``path`` is absolute, with symbolic links resolved, and so names one file whichever way it was reached;
    ``source`` is the path as the user knows it, with ``/`` between its parts. ``size`` is in bytes.
    """

    path: Path
    source: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What was found: files by source in code-point order, what could not be looked at, and what was left out.

    ``ignored`` counts files of folders whose extension is not known; ``empty`` holds the sources that gave no
    file at all.
    """

    files: tuple[ScannedFile, ...]
    skipped: tuple[SkippedSource, ...] = ()
    ignored: int = 0
    empty: tuple[str, ...] = ()


def scan(sources: Sequence[str | Path], *, exclude: Sequence[Path] = ()) -> ScanResult:
    """Find the files of ``sources``: folders (walked), files, and patterns such as ``reports/**/*.txt``.

    In folders, hidden files, files that ``.gitignore`` and ``.retrieverignore`` rule out, and files of unknown
    kind are left out; a file that is named, or matched by a pattern, is always in. Folders in ``exclude``,
    such as the index itself, are never entered. A source is relative to the working folder.

    Raises UsageError for a path that does not exist and a pattern that matches nothing, before any walking.
    """
    scanner = _Scanner(frozenset(os.path.realpath(folder) for folder in exclude))
    for source, matches in [(str(source), _matches(source)) for source in sources]:
        before = scanner.seen
        for match in matches:
            scanner.add(match)
        if scanner.seen == before:
            scanner.empty.append(source)
    return scanner.result()


def _matches(source: str | Path) -> list[str]:
    """The paths that a source stands for; a path that exists is never taken for a pattern."""
    path = os.path.expanduser(source)
    if os.path.lexists(path):
        return [path]
    if not glob.has_magic(path):
        raise UsageError(f"no such file or folder: {source}", hint="check the path, or quote a pattern")
    files = sorted(_deep_matches(Path(path)) if "**" in Path(path).parts else glob.glob(path))
    if not files:
        raise UsageError(f"nothing matches the pattern: {source}", hint="** matches folders at any depth")
    return files


def _deep_matches(pattern: Path) -> Iterator[str]:
    """The visible files that a pattern with ``**`` matches; no linked folder is entered, which may lead in circles."""
    parts = pattern.parts
    first = next(place for place, part in enumerate(parts) if glob.has_magic(part))
    below = [*parts[first:], "*"] if parts[-1] == "**" else parts[first:]
    base = Path(*parts[:first])
    for found in base.glob("/".join(below)):
        hidden = any(part.startswith(".") for part in found.relative_to(base).parts)
        if not hidden and not found.is_dir():
            yield str(found)


@dataclass(slots=True)
class _Scanner:
    exclude: frozenset[str]
    files: dict[Path, ScannedFile] = field(default_factory=dict)
    skipped: dict[str, SkippedSource] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    empty: list[str] = field(default_factory=list)
    seen: int = 0

    def result(self) -> ScanResult:
        return ScanResult(
            tuple(sorted(self.files.values(), key=lambda file: (file.source, file.path))),
            tuple(sorted(self.skipped.values(), key=lambda item: item.source)),
            len(self.ignored),
            tuple(self.empty),
        )

    def add(self, path: str) -> None:
        """Take in a path that was named: a folder with all below it, or one file."""
        if not os.path.isdir(path):
            self._take(path)
            return
        # Each real folder once, however links lead to it, and through a link only when no other way does.
        entered = set(self.exclude)
        links: list[tuple[str, IgnoreRules]] = []
        folders = [(path, IgnoreRules.above(path))]
        while folders or links:
            folder, rules = folders.pop() if folders else links.pop(0)
            real = os.path.realpath(folder)
            if real not in entered:
                entered.add(real)
                self._enter(folder, rules, folders, links)

    def _enter(self, folder: str, rules: IgnoreRules, folders: list[_Folder], links: list[_Folder]) -> None:
        """Take the files of one folder, and put the folders in it where they are waited for."""
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
            rules = rules.below(folder)
        except OSError as error:
            self._skip(folder, error)
            return
        if INDEX_FILES.issubset(entry.name for entry in entries):
            return
        absolute = os.path.abspath(folder)
        for entry in entries:
            is_folder = _is_folder(entry)
            if entry.name.startswith(".") or rules.ignores(os.path.join(absolute, entry.name), is_folder=is_folder):
                continue
            if is_folder:
                (links if entry.is_symlink() else folders).append((entry.path, rules))
            elif is_known(Path(entry.name)):
                self._take(entry.path)
            else:
                self.ignored.add(entry.path)

    def _take(self, path: str) -> None:
        try:
            status = os.stat(path)
        except OSError as error:
            self._skip(path, error)
            return
        real, source = Path(os.path.realpath(path)), _source(path)
        if not stat.S_ISREG(status.st_mode):
            self._skip(path, "not a regular file")
        elif not _is_unicode(str(real)) or not _is_unicode(path):
            self._skip(path, "its name is not valid Unicode: rename it")
        elif not any(str(parent) in self.exclude for parent in real.parents):
            self.seen += 1
            known = self.files.get(real)
            # Reached in two ways: the smaller name is kept, so that the order of sources does not matter.
            if known is None or source < known.source:
                self.files[real] = ScannedFile(real, source, status.st_size, status.st_mtime_ns)

    def _skip(self, path: str, reason: str | OSError) -> None:
        source = _source(path)
        if isinstance(reason, OSError):
            reason = "a broken or circular link" if os.path.islink(path) else (reason.strerror or str(reason)).lower()
        self.skipped[source] = SkippedSource(source, reason)


def _is_unicode(path: str) -> bool:
    """Whether a name's bytes could be decoded; the system's names need not be text."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _source(path: str) -> str:
    """The path as the user knows it; of a name that is not Unicode, what can be shown."""
    return os.fsencode(Path(os.path.normpath(path)).as_posix()).decode("utf-8", "replace")
