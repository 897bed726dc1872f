"""The values of a map: points, clusters and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retriever.hits import cite


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A passage on the map.

    ``x`` and ``y`` lie in 0 to 1, ``y`` downwards; near points mean alike, but distances between far ones mean little.
    ``cluster`` is the number of its cluster. ``rank`` and ``score`` are those of the hit that it is for the question,
    else None. The other fields are those of a ``Hit``.
    """

    x: float
    y: float
    cluster: int
    id: str
    document: str
    source: str
    title: str
    heading: tuple[str, ...]
    text: str
    start: int
    end: int
    line: int
    page: int | None
    language: str
    path: str | None = None
    rank: int | None = None
    score: float | None = None
    place: str = ""

    @property
    def citation(self) -> str:
        """The citation of the passage; see ``cite``."""
        return cite(self.source, self.path, self.line, self.page, self.place)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        result = {name: getattr(self, name) for name in self.__slots__}
        return {**result, "heading": list(self.heading), "citation": self.citation}


@dataclass(frozen=True, slots=True)
class MapCluster:
    """Passages that mean alike: ``number`` counts from 0, the largest first; ``size`` counts its points.

    ``words`` are the words that tell it from the other clusters, as the passages write them, the most telling first;
    ``name`` joins the first of them; where there are none, as of tables of figures, it is the title of the document in
    the middle. ``x`` and ``y`` are those of the point there.
    """

    number: int
    name: str
    words: tuple[str, ...]
    size: int
    x: float
    y: float

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__} | {"words": list(self.words)}


@dataclass(frozen=True, slots=True)
class MapLink:
    """Two near-duplicates, as positions in ``CorpusMap.points``."""

    first: int
    second: int

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {"first": self.first, "second": self.second}


@dataclass(frozen=True, slots=True)
class MapData:
    """The passages of one generation of an index as points in two dimensions.

    ``location`` and ``generation`` are those of the index, ``question`` is the question whose hits are marked.
    ``points`` are ordered by source, document and place, whatever the history of the index. ``passages`` is the number
    of passages that the map is about; if there are more than ``points``, the points are a sample. ``languages`` counts
    points by language code, "" for an unknown one.
    """

    location: str
    generation: int
    question: str | None
    passages: int
    points: tuple[MapPoint, ...]
    clusters: tuple[MapCluster, ...] = ()
    links: tuple[MapLink, ...] = ()
    languages: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_sample(self) -> bool:
        """Whether passages are left out because there are too many."""
        return len(self.points) < self.passages

    @property
    def hits(self) -> tuple[MapPoint, ...]:
        """The points that are hits of the question, best first."""
        ranked = [(point.rank, point) for point in self.points if point.rank is not None]
        return tuple(point for _, point in sorted(ranked, key=lambda item: item[0]))

    def to_dict(self) -> dict[str, Any]:
        """The map as JSON-ready values."""
        return {
            "index": self.location,
            "generation": self.generation,
            "question": self.question,
            "passages": self.passages,
            "points": [point.to_dict() for point in self.points],
            "clusters": [cluster.to_dict() for cluster in self.clusters],
            "links": [link.to_dict() for link in self.links],
            "languages": dict(self.languages),
        }
