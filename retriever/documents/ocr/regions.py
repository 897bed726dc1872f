"""Leads the text of recognised pages back to the places of its lines, which citations name.

A line of the text is a place: ``page=3&viewrect=72,140,450,14`` in a PDF (RFC 8118: left, top, width and height in
points from the upper left corner of the page), ``xywh=310,600,1500,52`` in an image (W3C Media Fragments: the same in
pixels), with ``page=2&`` before it where a file has several images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from retriever.documents.ocr.interface import RecognisedLine
from retriever.documents.ocr.recognition import ReadPage
from retriever.types import Place


class Unit(NamedTuple):
    """How the regions of one page are named: ``before`` the four numbers, each multiplied by ``scale``."""

    before: str
    scale: float


def find_places(
    text: str, starts: Sequence[int], pages: Mapping[int, ReadPage], units: Mapping[int, Unit]
) -> tuple[Place, ...]:
    """The places of a text.

    - ``text``: the text of all pages
    - ``starts``: the offset of each page
    - ``pages``: the recognised pages by their index from 0; the others are places as a whole
    - ``units``: the unit of each recognised page
    """
    places: list[Place] = []
    for at, start in enumerate(starts):
        end = starts[at + 1] if at + 1 < len(starts) else len(text)
        page = pages.get(at)
        if page is None or not page.lines:
            places.append(Place(start, f"page={at + 1}"))
            continue
        found = find_lines(text[start:end], page.lines)
        if not found:
            places.append(Place(start, f"page={at + 1}", _find_mean(page.lines)))
        # What stands before the first line, as a mark of a list, belongs to it.
        places += [
            Place(start + (offset if number else 0), _name(line, units[at]), line.confidence)
            for number, (offset, line) in enumerate(found)
        ]
    return tuple(places)


def find_lines(text: str, lines: Sequence[RecognisedLine]) -> list[tuple[int, RecognisedLine]]:
    """Where lines begin in the text that was made of them, in the order of the text.

    The layout changes white space and hyphens only. Long lines are looked for first, and none twice at one place.
    """
    offsets = [at for at, character in enumerate(text) if not character.isspace()]
    dense = "".join(text[at] for at in offsets)
    taken = bytearray(len(dense))
    found: list[tuple[int, RecognisedLine]] = []
    for line in sorted(lines, key=lambda line: (-len(line.text), line.corners[0][1], line.corners[0][0])):
        words = "".join(line.text.split())
        words = words[:-1] if len(words) > 2 and words.endswith("-") else words
        at = dense.find(words) if words else -1
        while at >= 0 and any(taken[at : at + len(words)]):
            at = dense.find(words, at + 1)
        if at >= 0:
            taken[at : at + len(words)] = b"\1" * len(words)
            found.append((offsets[at], line))
    return sorted(found, key=lambda item: item[0])


def _name(line: RecognisedLine, unit: Unit) -> str:
    across, down = [x for x, _ in line.corners], [y for _, y in line.corners]
    left, top = min(across), min(down)
    numbers = (left, top, max(across) - left, max(down) - top)
    return unit.before + ",".join(str(max(0, round(number * unit.scale))) for number in numbers)


def _find_mean(lines: Sequence[RecognisedLine]) -> float:
    return round(sum(line.confidence for line in lines) / len(lines), 3)
