"""Checks the embedding cache: the digest of its file, SQLite's integrity check, the checksum of every embedding.

Nothing is changed. A missing cache is intact.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from retriever.index.cache.contents import SCHEMA, is_intact
from retriever.index.cache.store import DIGEST
from retriever.index.files.access import check_regular, is_there, read_regular
from retriever.index.files.databases import INTERRUPTED, NotOursError, fetch, open_reading
from retriever.index.files.durable import digest_file
from retriever.locks import WORK

# Bytes of a digest, and some more.
_DIGEST_SIZE = 64


def check_cache(path: Path) -> str:
    """What is wrong with the cache at ``path``, in one sentence; empty if it is intact."""
    try:
        if not is_there(path):
            return ""
        # With a journal SQLite has to read it; without one the file is opened as immutable, so that none is created.
        journal = is_there(path.with_name(f"{path.name}-wal"))
        check_regular(path)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    if not journal and (fault := _check_digest(path)):
        return fault
    try:
        return _check_contents(path, journal)
    except sqlite3.OperationalError as error:
        if not journal or INTERRUPTED in str(error):
            return f"it cannot be read: {error}"
    # To read the journal SQLite maps a file beside it, which fails on a full disk: then read without the journal.
    try:
        return _check_contents(path, journal=False)
    except NotOursError:
        return ""  # Everything may still be in the journal.
    except sqlite3.OperationalError as error:
        return f"it cannot be read: {error}"


@WORK.held
def _check_contents(path: Path, journal: bool) -> str:
    """What is wrong with the contents. Raises sqlite3.OperationalError where the system refuses to read them."""
    try:
        with closing(open_reading(path, (SCHEMA,), journal=journal)) as connection:
            [(fault,)] = fetch(connection, "PRAGMA integrity_check(1)")
            if fault != "ok":
                return f"it is damaged: {fault}"
            connection.renew()
            for entry in connection.execute("SELECT hash, vector, checksum FROM embeddings"):
                if not is_intact(*entry):
                    return "an embedding in it is damaged: its checksum differs"
    except (sqlite3.OperationalError, NotOursError) as error:
        if journal or isinstance(error, sqlite3.OperationalError):
            raise
        return f"it was not made here: {error}"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return f"it cannot be read: {error}"
    return ""


def _check_digest(path: Path) -> str:
    """What is wrong according to the digest; empty where there is none."""
    try:
        kept = read_regular(path.with_name(path.name + DIGEST), _DIGEST_SIZE)
        return "" if kept == digest_file(path).encode() else "it is damaged: its checksum differs"
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
