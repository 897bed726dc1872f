"""Publishes a generation: writes its manifest durably, then replaces CURRENT in one rename.

All files that the manifest lists are durable before. The caller holds the write lock.
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from retriever.errors import IndexCorruptError, IndexWriteError
from retriever.index.files import durable
from retriever.index.local.manifest import CURRENT, Manifest, write_manifest


def publish(root: Path, manifest: Manifest) -> None:
    """Make ``manifest`` the newest generation. Raises IndexWriteError; then the newest is the same as before."""
    _require_readable(root, manifest)
    with durable.writing(root):
        durable.checkpoint("manifest:before")
        pointer = write_manifest(root, manifest)
        durable.checkpoint("manifest:durable")
        durable.write_durably(root / CURRENT, pointer.to_bytes())
        durable.checkpoint("current:durable")


def _require_readable(root: Path, manifest: Manifest) -> None:
    """Raise IndexWriteError for a manifest that no reader would accept: another program may write into the folder."""
    try:
        Manifest.from_bytes(manifest.to_bytes(), root / manifest.path)
    except IndexCorruptError as error:
        raise IndexWriteError(
            f"cannot commit to {root}: {error.__cause__ or error}",
            hint="see that no other program writes into the index folder, and run the same command again",
        ) from error


def now() -> str:
    """The current time in the format of manifests: ISO 8601 in UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
