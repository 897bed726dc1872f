"""Recognises the pages of a document that have no text layer, or none that is text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from retriever.documents.interface import Source
from retriever.documents.ocr.rapid import is_installed
from retriever.documents.ocr.recognition import ReadPage, allot_pages, recognise_file
from retriever.documents.ocr.regions import Unit, find_places
from retriever.documents.pdf.extraction import Page
from retriever.reports import WaitingPages
from retriever.types import Place

if TYPE_CHECKING:
    from retriever.documents.ocr.interface import Picture

# What was recognised takes the place of a stamp on a scan if it is so many times as long.
LONGER = 2
# Pages of one file that are recognised: each may take a minute and a half of the processor.
MOST_PAGES = 5_000


@dataclass(frozen=True, slots=True)
class Scans:
    """The recognised pages of a file by their index from 0, the unit of the places on each, and ``every`` one tried."""

    pages: dict[int, ReadPage] = field(default_factory=dict)
    units: dict[int, Unit] = field(default_factory=dict)
    every: dict[int, ReadPage] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        """Whether a page was refused."""
        return any(page.is_refused for page in self.every.values())

    def find_places(self, text: str, starts: Sequence[int]) -> tuple[Place, ...]:
        """The places of the text of all pages; none where nothing was recognised."""
        return find_places(text, starts, self.pages, self.units) if self.pages else ()


Render: TypeAlias = "Callable[[Sequence[int], list[float]], Iterator[Picture]]"
"""Gives the pictures of pages by their index from 0, and appends the pixels to a point of each to the list."""


def recognise_scans(source: Source, pages: Sequence[Page], render: Render) -> tuple[list[Page], Scans]:
    """The pages, pictures recognised; without the extra these wait, and are reported. Raises ReadError."""
    numbers = [number for number, page in enumerate(pages) if page.is_picture]
    if not numbers:
        return list(pages), Scans()
    if not is_installed():
        source.report(WaitingPages(source.name, pages=len(numbers)))
        return list(pages), Scans()
    numbers = numbers[: allot_pages(source, len(numbers), MOST_PAGES, is_all=len(numbers) == len(pages))]
    scales: list[float] = []
    every = dict(zip(numbers, recognise_file(source, render(numbers, scales), len(numbers)), strict=True))
    read = {number: page for number, page in every.items() if _is_better(page, pages[number])}
    replaced = [
        replace(page, parts=read[number].parts, legible=True, dropped=0) if number in read else page
        for number, page in enumerate(pages)
    ]
    units = {
        number: Unit(f"page={number + 1}&viewrect=", 1 / scale) for number, scale in zip(numbers, scales, strict=True)
    }
    return replaced, Scans(read, units, every)


def _is_better(read: ReadPage, page: Page) -> bool:
    layer = sum(len(fragment.text) for part in page.parts for fragment in part) if page.legible else 0
    return sum(len(line.text) for line in read.lines) > LONGER * layer
