"""``CorpusMap``: the values of a map, which writes itself as a page, a picture or data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retriever.corpus_map.values import MapData


@dataclass(frozen=True, slots=True)
class CorpusMap(MapData):
    """A map as ``Retriever.map`` returns it."""

    def to_html(self) -> str:
        """The map as one HTML page that needs nothing else."""
        from retriever.corpus_map.html import build_page

        return build_page(self)

    def save(self, path: str | Path, *, overwrite: bool = False) -> tuple[str, ...]:
        """Write the map to a file, as its name ends: ``.html``, ``.png`` or ``.json``.

        Returns notices: what a picture cannot show because no font of this machine has it. Raises UsageError for
        another ending, a file that exists and may not be overwritten, and a path that cannot be written;
        MissingExtraError without Pillow.
        """
        from retriever.corpus_map.save import save

        return save(self, path, overwrite=overwrite)
