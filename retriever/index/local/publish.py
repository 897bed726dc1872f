"""Making a generation the newest: its manifest to disk to stay, then CURRENT replaced in one rename.

Whatever the manifest lists is durable before this is called. The caller holds the writer's lock.
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from retriever.index.files import durable
from retriever.index.local.manifest import CURRENT, Manifest, write_manifest


def publish(root: Path, manifest: Manifest) -> None:
    """Make ``manifest`` what readers see next. Raises IndexWriteError; then they see what they saw before."""
    with durable.writing(root):
        durable.checkpoint("manifest:before")
        pointer = write_manifest(root, manifest)
        durable.checkpoint("manifest:durable")
        durable.write_durably(root / CURRENT, pointer.to_bytes())
        durable.checkpoint("current:durable")


def now() -> str:
    """The time as manifests have it: ISO 8601 in UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
