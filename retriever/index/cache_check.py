"""Whether the embedding cache is whole: SQLite's own check of the file, and the checksum of every embedding.

Nothing is changed. A cache that is not there is whole.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from retriever.index.cache import checksum


def check_cache(path: Path) -> str:
    """What is wrong with the cache at ``path``, in one sentence; empty where nothing is."""
    if not path.exists():
        return ""
    # Where there is a journal SQLite follows it; else it takes the file for one that never changes, and writes none.
    journal = path.with_name(f"{path.name}-wal").exists()
    uri = f"file:{quote(str(path.resolve()))}?mode=ro{'' if journal else '&immutable=1'}"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            [(said,)] = connection.execute("PRAGMA integrity_check(1)")
            if said != "ok":
                return f"it is damaged: {said}"
            for key, data, kept in connection.execute("SELECT hash, vector, checksum FROM embeddings"):
                if not isinstance(key, bytes) or not isinstance(data, bytes) or checksum(key, data) != kept:
                    return "an embedding in it is damaged: its checksum differs"
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return f"it cannot be read: {error}"
    return ""
