"""The map as a PNG: dots by cluster, the names on them, the hits with their ranks, near-duplicates, and a legend."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import PurePath
from typing import TYPE_CHECKING

from retriever.corpus_map.fonts import Writer
from retriever.corpus_map.libraries import require_pillow

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

    from retriever.corpus_map.values import MapCluster, MapData, MapPoint

# Pixels, drawn twice as large and scaled down, which makes edges smooth.
SCALE = 2
WIDTH, HEIGHT, MARGIN, HEAD, FOOT = 1600, 1200, 60, 90, 50
LABEL, TEXT, TITLE = 19, 17, 26
PAPER, INK, FAINT, RING = "#ffffff", "#1c1e21", "#5a6069", "#b3261e"
COLOURS = (
    "#0072b2", "#c14a00", "#007a5a", "#a83279", "#8a6d00", "#5b4bc4", "#b3261e", "#3d6b1f", "#00708a", "#7a4a2b",
    "#6b7280", "#9c27b0",
)  # fmt: skip
LONGEST = 90
# Characters named in a notice.
SHOWN = 20


def draw_picture(corpus_map: MapData) -> tuple[bytes, tuple[str, ...]]:
    """The picture as the bytes of a PNG, and notices about what it cannot show."""
    require_pillow()
    from PIL import Image, ImageDraw

    large = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    draw = ImageDraw.Draw(large)
    _draw_links(draw, corpus_map)
    _draw_points(draw, corpus_map)
    picture = large.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(picture)
    writers = [Writer(size) for size in (LABEL, TEXT, TITLE)]
    _draw_names(draw, corpus_map, writers[0])
    _draw_hits(draw, corpus_map, writers[1])
    _draw_words(draw, corpus_map, writers[1], writers[2])
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue(), tuple(_explain_missing({c for writer in writers for c in writer.missing}))


def locate(point: MapPoint | MapCluster, scale: int = 1) -> tuple[float, float]:
    """The pixel of a point in the picture."""
    side = min(WIDTH - 2 * MARGIN, HEIGHT - HEAD - FOOT - MARGIN)
    left, top = (WIDTH - side) / 2, HEAD + (HEIGHT - HEAD - FOOT - side) / 2
    return (left + point.x * side) * scale, (top + point.y * side) * scale


def _draw_links(draw: ImageDraw, corpus_map: MapData) -> None:
    """Lines between near-duplicates, and a ring around each."""
    for link in corpus_map.links:
        pair = [corpus_map.points[link.first], corpus_map.points[link.second]]
        draw.line([locate(point, SCALE) for point in pair], fill=RING, width=SCALE)
        for point in pair:
            _draw_circle(draw, locate(point, SCALE), (_radius(corpus_map) + 2) * SCALE, RING)


def _draw_points(draw: ImageDraw, corpus_map: MapData) -> None:
    """A dot for each passage in the colour of its cluster; of each further language another shape."""
    radius = _radius(corpus_map) * SCALE
    languages = {language: number for number, language in enumerate(corpus_map.languages)}
    for point in corpus_map.points:
        place = locate(point, SCALE)
        _draw_shape(draw, languages[point.language], place, radius, COLOURS[point.cluster % len(COLOURS)])


def _draw_names(draw: ImageDraw, corpus_map: MapData, writer: Writer) -> None:
    """The names of the clusters, each on its middle; one that would lie on another gives way or is left out."""
    taken: list[tuple[float, float, float, float]] = []
    for cluster in corpus_map.clusters:
        name = shorten(cluster.name)
        half = writer.measure(name) / 2
        middle, top = locate(cluster)
        middle = min(max(middle, half + 4), WIDTH - half - 4)
        for shift in (0, -LABEL - 4, LABEL + 4, -2 * LABEL - 8, 2 * LABEL + 8):
            box = (middle - half - 3, top + shift - LABEL, middle + half + 3, top + shift + 3)
            if not any(_overlap(box, other) for other in taken):
                taken.append(box)
                writer.write(draw, middle - half, top + shift - LABEL, name, INK, PAPER)
                break


def _draw_hits(draw: ImageDraw, corpus_map: MapData, writer: Writer) -> None:
    """The hits as discs with their ranks, the best on top."""
    for point in reversed(corpus_map.hits):
        place = locate(point)
        rank = str(point.rank)
        _draw_circle(draw, place, 13, PAPER)
        _draw_circle(draw, place, 12, INK)
        writer.write(draw, place[0] - writer.measure(rank) / 2, place[1] - TEXT * 0.64, rank, PAPER)


def _draw_words(draw: ImageDraw, corpus_map: MapData, text: Writer, title: Writer) -> None:
    """What the map is of above it, the numbers and the legend of languages below."""
    name = PurePath(corpus_map.location.rstrip("/\\")).name or corpus_map.location
    title.write(draw, MARGIN, 24, shorten(name if corpus_map.question is None else corpus_map.question), INK)
    text.write(draw, MARGIN, 60, shorten(describe(corpus_map)), FAINT)
    left = float(MARGIN)
    for number, (language, count) in enumerate(corpus_map.languages.items()):
        if len(corpus_map.languages) > 1 and left < WIDTH - 200:
            _draw_shape(draw, number, (left + 8, HEIGHT - 32), 7, INK)
            label = f"{language or 'unknown'} {count:,}"
            text.write(draw, left + 22, HEIGHT - 42, label, INK)
            left += 50 + text.measure(label)


def describe(corpus_map: MapData) -> str:
    """The numbers of a map in words."""
    shown, total = len(corpus_map.points), corpus_map.passages
    parts = [f"{shown:,} of {total:,} passages, a sample" if corpus_map.is_sample else _count(total, "passage")]
    parts.append(_count(len(corpus_map.clusters), "cluster"))
    if corpus_map.links:
        parts.append(f"{_count(len(corpus_map.links), 'pair')} of near-duplicates")
    return " · ".join(parts)


def shorten(text: str, most: int = LONGEST) -> str:
    """The text on one line without controls and marks of direction, at most so many characters."""
    plain = " ".join("".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text).split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _explain_missing(missing: set[str]) -> Iterator[str]:
    if missing:
        shown = "".join(sorted(missing)[:SHOWN]) + ("…" if len(missing) > SHOWN else "")
        yield f"no font of this machine has {shown}, so these characters are left out of the picture"


def _radius(corpus_map: MapData) -> float:
    return 2.0 if len(corpus_map.points) > 10_000 else 3.0 if len(corpus_map.points) > 1000 else 5.0


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _draw_circle(draw: ImageDraw, place: tuple[float, float], radius: float, colour: str) -> None:
    draw.ellipse((place[0] - radius, place[1] - radius, place[0] + radius, place[1] + radius), fill=colour)


def _draw_shape(draw: ImageDraw, number: int, place: tuple[float, float], radius: float, colour: str) -> None:
    """A circle, a square, triangles or a diamond; languages beyond the fifth share the last."""
    x, y = place
    if number == 0:
        _draw_circle(draw, place, radius, colour)
    elif number == 1:
        draw.rectangle((x - radius * 0.85, y - radius * 0.85, x + radius * 0.85, y + radius * 0.85), fill=colour)
    else:
        corners = {
            2: ((0, -1.1), (1, 0.8), (-1, 0.8)),
            3: ((0, -1.2), (1, 0), (0, 1.2), (-1, 0)),
        }.get(number, ((0, 1.1), (1, -0.8), (-1, -0.8)))
        draw.polygon([(x + dx * radius, y + dy * radius) for dx, dy in corners], fill=colour)
