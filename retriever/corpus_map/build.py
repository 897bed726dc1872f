"""Builds a map: places the passages, divides them into clusters, names these, and finds near-duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from retriever.corpus_map.clusters import find_clusters
from retriever.corpus_map.corpus_map import CorpusMap
from retriever.corpus_map.layout import lay_out
from retriever.corpus_map.links import find_links
from retriever.corpus_map.names import NAMED, SEPARATOR, name_clusters
from retriever.corpus_map.values import MapCluster, MapLink, MapPoint

if TYPE_CHECKING:
    from retriever.corpus_map.read import MapContents
    from retriever.index.interface import StoredPassage


def build_map(contents: MapContents, *, clusters: int | None = None) -> CorpusMap:
    """The map of what was read; ``clusters`` is how many there shall be, None finds a number that fits."""
    gathered, response = contents.gathered, contents.response
    layout = lay_out(gathered.vectors)
    numbers = find_clusters(layout.reduced, clusters).tolist()
    passages = gathered.passages
    texts = [stored.passage.text for stored in passages]
    ranks = {hit.id: (hit.rank, hit.score) for hit in response or ()}
    points = tuple(
        _make_point(stored, x, y, cluster, ranks)
        for stored, (x, y), cluster in zip(passages, layout.places.tolist(), numbers, strict=True)
    )
    languages, documents = [point.language for point in points], [point.document for point in points]
    words = name_clusters(texts, languages, documents, numbers, contents.analyzer)
    return CorpusMap(
        location=contents.location,
        generation=contents.generation,
        question=response.query if response is not None else None,
        passages=gathered.total,
        points=points,
        clusters=tuple(
            _make_cluster(number, found, [point for point in points if point.cluster == number])
            for number, found in enumerate(words)
        ),
        links=tuple(MapLink(*pair) for pair in find_links(texts, gathered.vectors, layout.reduced)),
        languages=dict(sorted(Counter(point.language for point in points).items())),
    )


def _make_point(
    stored: StoredPassage, x: float, y: float, cluster: int, ranks: Mapping[str, tuple[int, float]]
) -> MapPoint:
    document, passage = stored.document, stored.passage
    rank, score = ranks.get(stored.id, (None, None))
    return MapPoint(
        x=round(x, 5),
        y=round(y, 5),
        cluster=cluster,
        id=stored.id,
        document=document.id,
        source=document.source,
        title=document.title,
        heading=passage.heading,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        line=passage.line,
        page=passage.page,
        place=passage.place_at(0),
        language=passage.language,
        path=document.file or None,
        rank=rank,
        score=score,
    )


def _make_cluster(number: int, words: tuple[str, ...], members: Sequence[MapPoint]) -> MapCluster:
    places = np.array([(point.x, point.y) for point in members])
    # The middle of a bent cluster may lie outside of it, and a label has to lie on it.
    middle = members[int(np.argmin(((places - np.median(places, axis=0)) ** 2).sum(axis=1)))]
    name = SEPARATOR.join(words[:NAMED]) or middle.title or PurePath(middle.source).name or middle.document
    return MapCluster(number, name, words, len(members), middle.x, middle.y)
