"""What a source stands for: the paths that it names now, and the files that a sync of it answers for.

A source is a folder (with all below it), a file, or a pattern such as ``reports/**/*.txt``. A path that exists is
never taken for a pattern. Nothing here opens a file or walks a folder that was not matched.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path

from retriever.errors import UsageError
from retriever.paths import absolute_path, user_path
from retriever.system import real_path
from retriever.types import DEFAULT_MAX_FILE_SIZE, Source, StoredDocument

SURE = 2
"""How surely a document came from a source that has its file; see ``claims``."""


def resolve_source(
    source: str | Path | Source,
    *,
    encoding: str | None = None,
    max_file_size: int | None = DEFAULT_MAX_FILE_SIZE,
    follow: bool = False,
) -> Source:
    """What a sync remembers of a source that the user named, relative to the working folder or absolute.

    One that was resolved before stays as it is.

    Raises UsageError for a path that no file can have, and for a relative one in a working folder that is gone.
    """
    if isinstance(source, Source):
        return source
    absolute_path(source)  # refused where the working folder is gone
    named = user_path(source)
    path = os.path.abspath(named)
    if real_path(path) != real_path(named):
        # The path goes up through a link, so what is above is not what stands before it.
        path = real_path(named)
    if not path.isascii() and _is_pattern(path):
        path = _stored_form(path)
    return Source(path, os.path.normpath(named), encoding, max_file_size, follow)


def show_path(source: Source, path: str) -> str:
    """An absolute path that was found by a source, as whoever named the source knows it."""
    base, name = _bases(source)
    below = path[len(base) + 1 :] if path.startswith(base + os.sep) else os.path.relpath(path, base)
    return os.path.normpath(os.path.join(name, below))


def locate(source: Source, shown: str) -> str | None:
    """The absolute path that ``show_path`` shows as ``shown``, from any working folder; None for one outside."""
    base, name = _bases(source)
    if os.path.isabs(shown) != os.path.isabs(name):
        return None
    if name == os.curdir:
        return None if below_any(shown, [os.pardir]) else os.path.normpath(os.path.join(base, shown))
    if not below_any(shown, [name]):
        return None
    return os.path.normpath(os.path.join(base, shown[len(name) :].lstrip(os.sep)))


@lru_cache(maxsize=64)  # Asked for every file of a scan.
def _bases(source: Source) -> tuple[str, str]:
    """A source's path and name without their wildcards.

    Only wildcards in the name count: the working folder may have brackets in its name.
    """
    parts = Path(source.name).parts
    wild = len(parts) - next((at for at, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    path = Path(source.path).parts
    return str(Path(*path[: len(path) - wild])), str(Path(*parts[: len(parts) - wild]))


def find_matches(path: str, source: str | Path) -> list[str]:
    """The paths that match a source.

    Raises UsageError about ``source`` if there is none, or if that cannot be determined.
    """
    if reason := refusal(path):
        raise UsageError(f"{source} cannot be looked at: {reason}", hint="check the permissions of the folders above")
    if os.path.lexists(path):
        if _leads_nowhere(path):
            raise UsageError(f"{source} is a broken or circular link", hint="name what it should lead to")
        if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
            raise UsageError(f"{source} is neither a file nor a folder", hint="name a folder, a file or a pattern")
        return [path]
    if not _is_pattern(path):
        raise UsageError(f"no such file or folder: {source}", hint="check the path, or quote a pattern")
    files = _matches(path)
    if not files:
        raise UsageError(f"nothing matches the pattern: {source}", hint="** matches folders at any depth")
    return files


def _matches(pattern: str) -> list[str]:
    base, below = _split(Path(pattern))
    if "**" in below:
        return sorted(_deep_matches(base, below))
    return sorted(glob.glob(os.path.join(glob.escape(str(base)), *Path(pattern).parts[len(base.parts) :])))


def exists(source: Source) -> bool:
    """Whether a source stands for anything now."""
    try:
        return bool(find_matches(source.path, source.name))
    except UsageError:
        return False


def covering(sources: Sequence[Source], *, missing: bool = False) -> Callable[[str], bool]:
    """A test whether an absolute path, links resolved, would have come from one of ``sources`` if it were there.

    With ``missing`` a source that is not there any more covers what lay below it.
    """
    folders: list[str] = []
    patterns: list[tuple[str, tuple[str, ...]]] = []
    for path in [source.path for source in sources]:
        if os.path.lexists(path):
            folders += _places(path)
        elif _is_pattern(path):
            base, below = _split(Path(path))
            patterns += [(place, below) for place in _places(base)]
        elif missing:
            folders += _places(path)

    def covers(file: str) -> bool:
        return below_any(file, folders) or any(
            below_any(file, [base]) and _fits(Path(file).relative_to(base).parts, below, deep="**" in below)
            for base, below in patterns
        )

    return covers


def nearest(sources: Sequence[Source]) -> Callable[[str], Source | None]:
    """A function that gives the source by whose options a file is read, by its absolute path, links resolved.

    Of those that cover it that is the one that names it most closely: the file itself, else the innermost folder, and
    there a pattern. None for a file that no source covers, as one that a link leads to.
    """

    def closeness(source: Source) -> tuple[int, int]:
        return len(base_of(source.path).parts), len(Path(source.path).parts)

    closest_first = sorted(sorted(sources, key=lambda source: source.path), key=closeness, reverse=True)
    tests = [(source, covering([source], missing=True)) for source in closest_first]
    return lambda file: next((source for source, covers in tests if covers(file)), None)


def claims(source: Source) -> Callable[[StoredDocument], int]:
    """A function that rates how surely a document came from a source, which need not exist any more.

    It returns ``SURE`` if the file of the document lies in the source or a link there leads to it, 1 if only its name
    says so, which another source may share, else 0.
    """
    covers = covering([source], missing=True)

    def claim(document: StoredDocument) -> int:
        if not document.file:
            return 0
        if covers(document.file):
            return SURE
        path = locate(source, document.file_source)
        if path is None or not covers(path):
            return 0
        if os.path.lexists(path):
            return SURE if real_path(path) == document.file else 0
        return 1

    return claim


def locators(sources: Iterable[Source], *, missing: bool = False) -> Callable[[StoredDocument], list[str]]:
    """Finds the absolute paths at which ``sources`` have a document by its name; ``missing`` as in ``covering``."""
    tests = [(source, covering([source], missing=missing)) for source in sources]

    def find_places(document: StoredDocument) -> list[str]:
        return [path for source, covers in tests if (path := locate(source, document.file_source)) and covers(path)]

    return find_places


def count_documents(sources: Sequence[Source], documents: Iterable[StoredDocument]) -> tuple[list[int], int]:
    """How many documents each source brings, and how many have no file, since programs added them.

    One that several sources bring counts for each of them.
    """
    by_programs, counts = 0, [0] * len(sources)
    tests = [claims(source) for source in sources]
    for document in documents:
        by_programs += not document.file
        found = [test(document) for test in tests]
        for at, strength in enumerate(found):
            counts[at] += 0 < strength == max(found)
    return counts, by_programs


def _places(path: str | Path) -> set[str]:
    """Where the path leads, and where it is: what was there before a link took its place came from it, too."""
    return {real_path(path), os.path.abspath(path)}


def refusal(path: str) -> str:
    """Why it cannot be determined whether ``path`` exists; empty where it can be."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return ""
    except OSError as error:
        return error.strerror or str(error)
    return ""


def below_any(path: str, folders: Collection[str]) -> bool:
    """Whether a path is one of ``folders`` or lies below one."""
    return any(path == folder or path.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)


def base_of(source: str | Path) -> Path:
    """The folder or file that a source begins with: itself, or of a pattern the part without wildcards.

    A folder that exists is no wildcard, whatever its name.
    """
    path = Path(os.path.expanduser(source))
    for at, part in enumerate(path.parts):
        if glob.has_magic(part) and not os.path.lexists(Path(*path.parts[: at + 1])):
            return Path(*path.parts[:at])
    return path


def _is_pattern(path: str) -> bool:
    return base_of(path) != Path(path)


def _leads_nowhere(path: str) -> bool:
    """Whether a path that exists is a link to nothing, or to itself."""
    try:
        os.stat(path)
    except PermissionError:
        return False
    except OSError:
        return True
    return False


def _stored_form(pattern: str) -> str:
    """A pattern in the normal form of Unicode in which it matches something, else as it is; see ``user_path``."""
    base = base_of(pattern)
    below = os.path.join(*Path(pattern).parts[len(base.parts) :])
    forms = [os.path.join(base, below), *(os.path.join(base, normalise(below)) for normalise in (_nfc, _nfd))]
    return next((path for path in forms if _matches(path)), pattern)


_nfc, _nfd = partial(unicodedata.normalize, "NFC"), partial(unicodedata.normalize, "NFD")


def _deep_matches(base: Path, below: Sequence[str]) -> Iterator[str]:
    """The visible files that a pattern with ``**`` matches; no linked folder is entered, which may lead in circles."""
    for found in user_path(base).glob("/".join(below)):
        hidden = any(part.startswith(".") for part in found.relative_to(base).parts)
        if not hidden and not os.path.isdir(found):
            yield str(found)


def _split(pattern: Path) -> tuple[Path, tuple[str, ...]]:
    """A pattern's part without wildcards, and the rest; ``**`` at its end stands for the files below."""
    base = base_of(pattern)
    # Beside other characters two stars are one, which pathlib refuses to take for granted.
    rest = tuple(part if part == "**" else re.sub(r"\*+", "*", part) for part in pattern.parts[len(base.parts) :])
    return base, (*rest, "*") if rest[-1] == "**" else rest


def _fits(names: Sequence[str], pattern: Sequence[str], *, deep: bool) -> bool:
    """Whether ``matches`` of the pattern would find the path of these names, or without ``**`` a folder above it."""
    if not pattern:
        return not (names and deep)
    if pattern[0] == "**" and _fits(names, pattern[1:], deep=deep):
        return True
    if not names or (names[0].startswith(".") and (deep or not pattern[0].startswith("."))):
        return False
    if pattern[0] == "**":
        return _fits(names[1:], pattern, deep=deep)
    return fnmatch.fnmatchcase(names[0], pattern[0]) and _fits(names[1:], pattern[1:], deep=deep)
