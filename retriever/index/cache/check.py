"""Whether the embedding cache is whole: its digest where it was closed, SQLite's own check, every embedding's checksum.

Nothing is changed. A cache that is not there is whole.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from retriever.index.cache.store import DIGEST, checksum
from retriever.index.files.durable import digest_file


def check_cache(path: Path) -> str:
    """What is wrong with the cache at ``path``, in one sentence; empty where nothing is."""
    if not path.exists():
        return ""
    # Where there is a journal SQLite follows it; else it takes the file for one that never changes, and writes none.
    journal = path.with_name(f"{path.name}-wal").exists()
    if not journal and (fault := _check_digest(path)):
        return fault
    uri = f"file:{quote(str(path.resolve()))}?mode=ro"
    try:
        return _check_contents(uri if journal else f"{uri}&immutable=1")
    except sqlite3.OperationalError as error:
        if not journal:
            return f"it cannot be read: {error}"
    # To follow the journal SQLite maps a file beside it, which a full disk refuses: then without the journal.
    try:
        return _check_contents(f"{uri}&immutable=1")
    except sqlite3.OperationalError as error:
        # All there is may be in the journal yet.
        return "" if "no such table" in str(error) else f"it cannot be read: {error}"


def _check_contents(uri: str) -> str:
    """What is wrong with what is in it. Raises sqlite3.OperationalError where the system refuses to read it."""
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            [(fault,)] = connection.execute("PRAGMA integrity_check(1)")
            if fault != "ok":
                return f"it is damaged: {fault}"
            for key, data, kept in connection.execute("SELECT hash, vector, checksum FROM embeddings"):
                if not isinstance(key, bytes) or not isinstance(data, bytes) or checksum(key, data) != kept:
                    return "an embedding in it is damaged: its checksum differs"
    except sqlite3.OperationalError:
        raise
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return f"it cannot be read: {error}"
    return ""


def _check_digest(path: Path) -> str:
    """What its digest says, where there is one."""
    try:
        kept = path.with_name(path.name + DIGEST).read_bytes()
        return "" if kept == digest_file(path).encode() else "it is damaged: its checksum differs"
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
