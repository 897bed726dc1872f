"""Checks the embedding cache: the digest of its file, SQLite's integrity check, the checksum of every embedding.

Nothing is changed. A missing cache is intact.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from retriever.index.cache.store import DIGEST, checksum
from retriever.index.files.durable import digest_file
from retriever.locks import WORK


def check_cache(path: Path) -> str:
    """What is wrong with the cache at ``path``, in one sentence; empty if it is intact."""
    if not path.exists():
        return ""
    # With a journal SQLite has to read it; without one the file is opened as immutable, so that none is created.
    journal = path.with_name(f"{path.name}-wal").exists()
    if not journal and (fault := _check_digest(path)):
        return fault
    uri = f"file:{quote(str(path.resolve()))}?mode=ro"
    try:
        return _check_contents(uri if journal else f"{uri}&immutable=1")
    except sqlite3.OperationalError as error:
        if not journal:
            return f"it cannot be read: {error}"
    # To read the journal SQLite maps a file beside it, which fails on a full disk: then read without the journal.
    try:
        return _check_contents(f"{uri}&immutable=1")
    except sqlite3.OperationalError as error:
        # Everything may still be in the journal.
        return "" if "no such table" in str(error) else f"it cannot be read: {error}"


@WORK.held
def _check_contents(uri: str) -> str:
    """What is wrong with the contents. Raises sqlite3.OperationalError where the system refuses to read them."""
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
    """What is wrong according to the digest; empty where there is none."""
    try:
        kept = path.with_name(path.name + DIGEST).read_bytes()
        return "" if kept == digest_file(path).encode() else "it is damaged: its checksum differs"
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
