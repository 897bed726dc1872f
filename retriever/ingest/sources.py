"""What a source stands for: the paths that it names now. ``origins`` tells what came from it.

A source is a folder (with all below it), a file, or a pattern such as ``reports/**/*.txt``. A path that exists is
never taken for a pattern. Nothing here opens a file or walks a folder that was not matched.
"""

from __future__ import annotations

import glob
import os
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path

from retriever.errors import UsageError
from retriever.paths import absolute_path, user_path
from retriever.system import real_path
from retriever.types import DEFAULT_MAX_FILE_SIZE, Source


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
    if not path.isascii() and is_pattern(path):
        path = _stored_form(path)
    return Source(path, os.path.normpath(named), encoding, max_file_size, follow)


def show_path(source: Source, path: str) -> str:
    """An absolute path that was found by a source, as whoever named the source knows it."""
    base, name = _strip_wildcards(source)
    below = path[len(base) + 1 :] if path.startswith(base + os.sep) else os.path.relpath(path, base)
    return os.path.normpath(os.path.join(name, below))


def locate(source: Source, shown: str) -> str | None:
    """The absolute path that ``show_path`` shows as ``shown``, from any working folder; None for one outside."""
    base, name = _strip_wildcards(source)
    if os.path.isabs(shown) != os.path.isabs(name):
        return None
    if name == os.curdir:
        return None if is_below(shown, [os.pardir]) else os.path.normpath(os.path.join(base, shown))
    if not is_below(shown, [name]):
        return None
    return os.path.normpath(os.path.join(base, shown[len(name) :].lstrip(os.sep)))


@lru_cache(maxsize=64)  # Asked for every file of a scan.
def _strip_wildcards(source: Source) -> tuple[str, str]:
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
    if reason := find_refusal(path):
        raise UsageError(f"{source} cannot be looked at: {reason}", hint="check the permissions of the folders above")
    if os.path.lexists(path):
        if _leads_nowhere(path):
            raise UsageError(f"{source} is a broken or circular link", hint="name what it should lead to")
        if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
            raise UsageError(f"{source} is neither a file nor a folder", hint="name a folder, a file or a pattern")
        return [path]
    if not is_pattern(path):
        raise UsageError(f"no such file or folder: {source}", hint="check the path, or quote a pattern")
    files = _matches(path)
    if not files:
        raise UsageError(f"nothing matches the pattern: {source}", hint="** matches folders at any depth")
    return files


def _matches(pattern: str) -> list[str]:
    base, below = split_pattern(Path(pattern))
    if "**" in below:
        return sorted(_deep_matches(base, below))
    return sorted(glob.glob(os.path.join(glob.escape(str(base)), *Path(pattern).parts[len(base.parts) :])))


def exists(source: Source) -> bool:
    """Whether a source stands for anything now."""
    try:
        return bool(find_matches(source.path, source.name))
    except UsageError:
        return False


def find_refusal(path: str) -> str:
    """Why it cannot be determined whether ``path`` exists; empty where it can be."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return ""
    except OSError as error:
        return error.strerror or str(error)
    return ""


def is_below(path: str, folders: Collection[str]) -> bool:
    """Whether a path is one of ``folders`` or lies below one."""
    return any(path == folder or path.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)


def find_base(source: str | Path) -> Path:
    """The folder or file that a source begins with: itself, or of a pattern the part without wildcards.

    A folder that exists is not a wildcard, whatever its name.
    """
    path = Path(os.path.expanduser(source))
    for at, part in enumerate(path.parts):
        if glob.has_magic(part) and not os.path.lexists(Path(*path.parts[: at + 1])):
            return Path(*path.parts[:at])
    return path


def is_pattern(path: str) -> bool:
    """Whether a path has wildcards."""
    return find_base(path) != Path(path)


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
    base = find_base(pattern)
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


def split_pattern(pattern: Path) -> tuple[Path, tuple[str, ...]]:
    """A pattern's part without wildcards, and the rest; ``**`` at its end stands for the files below."""
    base = find_base(pattern)
    # Beside other characters two stars are one, which pathlib refuses to take for granted.
    rest = tuple(part if part == "**" else re.sub(r"\*+", "*", part) for part in pattern.parts[len(base.parts) :])
    return base, (*rest, "*") if rest[-1] == "**" else rest
