"""Copies of files that lie in containers, so that a program can open them: private, not executable, soon removed."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from retriever.errors import UsageError

# A copy is removed by the next one that is made after so many seconds: a program may have it open until then.
LIFETIME = 24 * 3600
LONGEST_STEM = 60
# What the name of a folder with a copy begins with.
PREFIX = "copy-"
_KEPT = re.compile(r"[^\w.()+=,@ -]+")


def copy_member(source: str, container: Path) -> Path | None:
    """A copy of the member of a container that ``source`` names; None if it is a file by itself.

    Raises ReadError if it cannot be unpacked, and where no copy can be written.
    """
    if "!" not in source:
        return None
    from retriever import read_member

    try:
        data = read_member(source, str(container))
    except UsageError:
        return None
    folder = _make_folder()
    copy = folder / safe_name(source.rpartition("!")[2])
    # Nobody shall edit a copy and believe that the archive has changed.
    handle = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o400)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    return copy


def safe_name(member: str) -> str:
    """A name for a copy: that of the member as far as it is harmless, without folders, and with its last extension."""
    name = _KEPT.sub("_", re.split(r"[/\\]", member)[-1]).strip(" ._-")
    stem, dot, extension = name.rpartition(".")
    if not dot or not extension.isalnum() or len(extension) > 10:
        return (name or "document")[:LONGEST_STEM]
    return f"{stem.replace('.', '_')[:LONGEST_STEM].strip(' ._-') or 'document'}.{extension}"


def _make_folder() -> Path:
    """A new folder that only the user can enter, below the user's cache."""
    from platformdirs import user_cache_path

    base = user_cache_path("retriever") / "opened"
    try:
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        if base.is_symlink():
            raise OSError(f"{base} leads elsewhere")
        _remove_old(base)
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    except OSError:
        return Path(tempfile.mkdtemp(prefix="retriever-"))


def _remove_old(base: Path) -> None:
    """Remove the folders that were made here, and nothing else that may lie beside them."""
    for folder in os.scandir(base):
        with suppress(OSError):
            old = time.time() - folder.stat(follow_symlinks=False).st_mtime > LIFETIME
            if old and folder.name.startswith(PREFIX) and folder.is_dir(follow_symlinks=False):
                shutil.rmtree(folder.path)
