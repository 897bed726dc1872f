"""Computes the statistics of one generation of the local index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.index.files.access import measure
from retriever.index.local.entries import ENDS, LISTS, PASSAGES, TOKENS, VECTORS
from retriever.reports import IndexStatistics

if TYPE_CHECKING:
    from retriever.index.local.manifest import Manifest

_KINDS = {PASSAGES: "passages", VECTORS: "vectors", LISTS: "vectors", TOKENS: "tokens", ENDS: "tokens"}


def describe(root: Path, manifest: Manifest, languages: Mapping[str, int]) -> IndexStatistics:
    """The statistics of a generation; ``languages`` counts its passages by language.

    A generation that is not on disk has no bytes.
    """
    path = root / manifest.path
    sizes: Counter[str] = Counter(manifest=measure(path))
    for file in manifest.files:
        sizes[_kind(file.path)] += file.size
    settings = manifest.settings
    return IndexStatistics(
        index=str(root),
        generation=manifest.generation,
        created=manifest.created,
        documents=manifest.documents,
        passages=manifest.passages,
        deleted=sum(segment.deleted_rows for segment in manifest.segments),
        segments=len(manifest.segments),
        # Where all documents are pending no vector tells.
        dimension=manifest.dimension or (settings.dimension if settings and manifest.pending else 0),
        pending=manifest.pending,
        bytes=dict(sizes),
        languages=dict(sorted(languages.items(), key=lambda item: (-item[1], item[0]))),
        model=settings.model_name if settings else "",
        settings=settings.to_dict() if settings else {},
    )


def _kind(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return _KINDS.get(name, "postings" if "/lexical/" in path else "manifest")
