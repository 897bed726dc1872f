"""What one generation of the local index holds, in numbers: counts, languages, bytes by kind of file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.index.interface import IndexStatistics
from retriever.index.local.segment import LISTS, PASSAGES, VECTORS
from retriever.index.local.stores.tokens import ENDS, TOKENS

if TYPE_CHECKING:
    from retriever.index.local.manifest import Manifest
    from retriever.index.local.segment_view import SegmentView

_KINDS = {PASSAGES: "passages", VECTORS: "vectors", LISTS: "vectors", TOKENS: "tokens", ENDS: "tokens"}


def statistics_of(root: Path, manifest: Manifest, views: Sequence[SegmentView]) -> IndexStatistics:
    """The numbers of the generation at ``root``; one that is not on disk takes no bytes."""
    languages: Counter[str] = Counter()
    for view in views:
        rows = view.segment.passages.languages()
        live = view.live
        languages.update(language for row, language in rows if live[row])
    path = root / manifest.path
    sizes: Counter[str] = Counter(manifest=path.stat().st_size if path.exists() else 0)
    for segment in manifest.segments:
        for file in segment.all_files:
            sizes[_kind(file.path)] += file.size
    return IndexStatistics(
        generation=manifest.generation,
        created=manifest.created,
        documents=manifest.documents,
        passages=manifest.passages,
        deleted=sum(segment.deleted_rows for segment in manifest.segments),
        segments=len(manifest.segments),
        dimension=manifest.dimension,
        bytes=dict(sizes),
        languages=dict(languages.most_common()),
    )


def _kind(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return _KINDS.get(name, "postings" if "/lexical/" in path else "manifest")
