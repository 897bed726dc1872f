"""Reads the file that a document came from, as long as it is the file that was indexed.

An index may come from anybody, and names any path. A file is given out only if its bytes have the digest that the index
has of them, so that nobody learns from it what the index's maker did not know.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.errors import NotFoundError
from retriever.hits import OriginalFile
from retriever.search.read import find_document
from retriever.system import BINARY, NO_WAIT

if TYPE_CHECKING:
    from retriever.index.interface import Snapshot

# Larger files are not held in memory at once.
LARGEST = 256 << 20


def read_original(snapshot: Snapshot, document_id: str, source: str | None) -> OriginalFile:
    """The file of the document with an id, and from ``source`` if that is given.

    Raises NotFoundError for an unknown id, and where there is no such file any more; UsageError for an id of several.
    """
    document, _ = find_document(snapshot, document_id, source)
    if not document.file:
        raise NotFoundError(f"the document {document_id!r} has no file: a program added it")
    data = _read_regular(document.file)
    # Of several documents of a file, the last one has the digest.
    digests = {other.file_hash for other in snapshot.stored_documents() if other.file == document.file}
    # As ``retriever.ingest.identity.file_digest`` computes it.
    if data is None or hashlib.blake2b(data, digest_size=16).hexdigest() not in digests - {""}:
        raise NotFoundError(
            f"the file of {document_id!r} is not what was indexed any more",
            hint="it was changed, moved or removed; "
            "`retriever index` brings the index up to date (in Python: Retriever.sync())",
        )
    return OriginalFile(document.file, data)


def _read_regular(path: str) -> bytes | None:
    """The bytes of a regular file of a size that fits into memory; None for anything else."""
    try:
        descriptor = os.open(Path(path), os.O_RDONLY | NO_WAIT | BINARY)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
                return None
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(LARGEST)
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return None
