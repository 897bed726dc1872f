"""Stretches: pieces of documents that are made of neighbouring passages, joined where that is exact.

An index keeps passages, not what lies between them. That is nothing between the sentences of a script without spaces,
and line ends between paragraphs, which the numbers of lines tell; elsewhere two passages stay apart, for an excerpt
has to be exactly what stands in its document.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retriever.types import Span

if TYPE_CHECKING:
    from retriever.hits import Hit
    from retriever.index.interface import StoredPassage

MOST_LINES = 100
"""Empty lines over which stretches are joined; an index of somebody else may claim billions."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a document: ``document.text[start:end] == text``.

    ``passages`` are those that it is made of, in order; ``hits`` are those among them that were found, best first, none
    for a neighbour of one. ``index`` is the location of the index.
    """

    index: str
    passages: tuple[StoredPassage, ...]
    hits: tuple[Hit, ...]
    start: int
    end: int
    text: str

    @classmethod
    def of(cls, index: str, stored: StoredPassage, *hits: Hit) -> Stretch:
        """The stretch of one passage."""
        passage = stored.passage
        return cls(index, (stored,), hits, passage.start, passage.end, passage.text)

    @property
    def document(self) -> tuple[str, str]:
        """Identifies the document: its index and its key there."""
        return self.index, self.passages[0].document.key

    @property
    def rank(self) -> int:
        """The rank of the best hit in it; very large without any."""
        return self.hits[0].rank if self.hits else 1 << 60

    @property
    def answer(self) -> Span:
        """The sentence that answers, of the best hit, as characters of the document; the stretch if there is none."""
        if not self.hits or self.hits[0].sentence is None:
            return Span(self.start, self.end)
        best, sentence = self.hits[0], self.hits[0].sentence
        return Span(max(best.start + sentence.start, self.start), min(best.start + sentence.end, self.end))

    def line_at(self, offset: int) -> int:
        """The line of a character of the document that lies in the stretch."""
        stored = self._find(offset)
        passage = stored.passage
        if is_row(stored):
            return passage.line
        return passage.line + passage.text.count("\n", 0, max(0, offset - passage.start))

    def page_at(self, offset: int) -> int | None:
        """The page of a character of the document that lies in the stretch; None where the format has no pages."""
        passage = self._find(offset).passage
        return passage.page_at(offset - passage.start)

    def place_at(self, offset: int) -> str:
        """The place of a character of the document that lies in the stretch; "" where the format has none."""
        passage = self._find(offset).passage
        return passage.place_at(offset - passage.start)

    def cut(self, start: int, end: int) -> Stretch:
        """The part from ``start`` to ``end``, characters of the document, each of which lies in one of the passages."""
        kept = tuple(item for item in self.passages if item.passage.start < end and item.passage.end > start)
        return replace(self, passages=kept, start=start, end=end, text=self.text[start - self.start : end - self.start])

    def _find(self, offset: int) -> StoredPassage:
        """The last passage that begins at or before an offset."""
        return next((item for item in reversed(self.passages) if item.passage.start <= offset), self.passages[0])


def is_row(stored: StoredPassage) -> bool:
    """Whether a passage is from a row of a file, all of whose passages cite the line of the row."""
    document = stored.document
    return bool(document.file) and document.id != document.source


def join(first: Stretch, second: Stretch) -> Stretch | None:
    """The two stretches as one; None where it is not known what stands between them, or much does.

    ``first`` begins at or before ``second``, in the same document.
    """
    hits = tuple(sorted({hit.id: hit for hit in (*first.hits, *second.hits)}.values(), key=lambda hit: hit.rank))
    passages = {item.id: item for item in (*first.passages, *second.passages)}
    ordered = tuple(sorted(passages.values(), key=lambda item: item.passage.start))
    if second.start <= first.end:
        text = first.text + second.text[first.end - second.start :]
        return Stretch(first.index, ordered, hits, first.start, max(first.end, second.end), text)
    between = second.start - first.end
    lines = second.line_at(second.start) - first.line_at(first.end)
    if is_row(first.passages[0]) or lines != between or between > MOST_LINES:
        return None
    return Stretch(first.index, ordered, hits, first.start, second.end, first.text + "\n" * between + second.text)


def merge(stretches: list[Stretch]) -> list[Stretch]:
    """The stretches with those joined that touch or overlap, best hit first."""
    joined: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda item: (item.document, item.start, -item.end)):
        last = joined[-1] if joined and joined[-1].document == stretch.document else None
        both = join(last, stretch) if last is not None else None
        if both is None:
            joined.append(stretch)
        else:
            joined[-1] = both
    return sorted(joined, key=lambda item: (item.rank, item.document, item.start))
