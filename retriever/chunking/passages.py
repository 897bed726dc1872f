"""From a document to its passages: paragraphs cut where the outline says, packed to size, each with its trail.

What always holds, for any text and any tokenizer:

- a passage is the document's own characters, ``document.text[start:end] == text``;
- passages ascend, do not overlap, and hold every character of the document that is no space;
- none is longer than the limit with what is embedded before it, and none begins inside a sentence unless that
  sentence, with what is embedded before it, is longer than the limit;
- an edit changes passages near it only: packing begins afresh at every section and every long paragraph, and
  within a long run of short ones at some that their own words pick out;
- time is linear in the length of the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from retriever.chunking.outline import Section, outline, sections
from retriever.chunking.packing import Placed, Trail, joined, packed, runs, trail_of
from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.chunking.units import Paragraph, TokenSpans, paragraphs, split, units
from retriever.errors import UsageError
from retriever.text.language import detect
from retriever.types import Document, Passage

# Below this confidence a passage counts as written in its document's language.
_SURE = 0.5


def chunk(document: Document, *, token_spans: TokenSpans, limit: int, settings: ChunkSettings) -> list[Passage]:
    """The passages of a document, in order; [] for one of nothing but space.

    ``token_spans`` finds the model's tokens in a text, ``limit`` is the most of them that a passage may have
    together with its embedded context (``EmbeddingModel.token_spans`` and ``EmbeddingModel.passage_limit``).
    Raises UsageError when the limit leaves no room beside the context.
    """
    return _Chunker(document, token_spans, limit, settings).passages()


class _Chunker:
    """One document on its way to passages."""

    def __init__(self, document: Document, token_spans: TokenSpans, limit: int, settings: ChunkSettings) -> None:
        self._document = document
        self._text = document.text
        self._token_spans = token_spans
        self._limit = limit
        self._settings = settings
        self._rooms: dict[Trail, int] = {}

    def passages(self) -> list[Passage]:
        found = [
            (fitting, tokens)
            for run in joined(runs(self._placed()), self._settings)
            for group in packed(run, self._settings, self._text)
            for fitting, tokens in self._fitting(group)
        ]
        language = self._document.language or detect(self._text).language
        line, counted = 1, 0
        result: list[Passage] = []
        for group, tokens in found:
            start = group[0].unit.start
            line += self._text.count("\n", counted, start)
            counted = start
            result.append(self._passage(group, tokens, line, language))
        return result

    def _placed(self) -> Iterator[list[Placed]]:
        """The paragraphs of the document, each as one unit or as those that it had to be cut into."""
        for piece, trail in _pieces(self._text, self._sections()):
            room = self._room(trail)
            parts = units(self._text, piece, self._token_spans, min(self._settings.maximum, room), room)
            if parts:
                yield [Placed(part, trail, room) for part in parts]

    def _sections(self) -> list[Section]:
        if self._document.headings:
            return sections(self._document.headings, len(self._text))
        return outline(self._text)

    def _room(self, trail: Trail) -> int:
        """The tokens that are left for the text of a passage with this trail."""
        if trail not in self._rooms:
            context = self._embedded(trail, "")
            self._rooms[trail] = max(1, self._limit - len(self._token_spans(context)) - 1)
        return self._rooms[trail]

    def _embedded(self, trail: Trail, text: str) -> str:
        return embedding_text(self._document.title, _words(trail), text, self._settings)

    def _fitting(self, group: list[Placed]) -> Iterator[tuple[list[Placed], int]]:
        """The group, halved until what is embedded of each part keeps to the limit, with its exact length.

        Lengths add up only roughly, since a tokenizer may join what stands at a seam in other ways.
        """
        text = self._text[group[0].unit.start : group[-1].unit.end]
        tokens = len(self._token_spans(self._embedded(trail_of(group), text)))
        if tokens <= self._limit:
            yield group, tokens
            return
        if len(group) == 1:
            item = group[0]
            parts = split(self._text, item.unit, self._token_spans, max(1, item.room - 2))
            if len(parts) == 1:
                raise UsageError(
                    f"a passage of {self._document.source} does not fit into {self._limit} tokens",
                    hint="embed less context with each passage or choose a model that takes longer texts",
                )
            group = [Placed(part, item.trail, item.room) for part in parts]
        middle = len(group) // 2
        yield from self._fitting(group[:middle])
        yield from self._fitting(group[middle:])

    def _passage(self, group: list[Placed], tokens: int, line: int, language: str) -> Passage:
        start, end = group[0].unit.start, group[-1].unit.end
        text = self._text[start:end]
        pages = self._document.pages
        detected = detect(text)
        return Passage(
            text=text,
            start=start,
            end=end,
            heading=_words(trail_of(group)),
            line=self._document.line or line,
            page=max(1, bisect_right(pages, start)) if pages else None,
            language=detected.language if detected.confidence >= _SURE else language,
            tokens=tokens,
        )


def _words(trail: Trail) -> tuple[str, ...]:
    return tuple(section.heading.text for section in trail)


def _pieces(text: str, found: Sequence[Section]) -> Iterator[tuple[Paragraph, Trail]]:
    """The paragraphs, cut where a heading begins inside one, each with the sections that it stands in."""
    trail: Trail = ()
    following = 0
    for paragraph in paragraphs(text):
        start = paragraph.start
        while start < paragraph.end:
            while following < len(found) and found[following].heading.start <= start:
                trail = (*(section for section in trail if section.end > start), found[following])
                following += 1
            if trail and any(section.end <= start for section in trail):
                trail = tuple(section for section in trail if section.end > start)
            cut = found[following].heading.start if following < len(found) else paragraph.end
            end = min(cut, paragraph.end)
            stripped = text[start:end].strip()
            if stripped:
                first = start + text[start:end].index(stripped[0])
                yield Paragraph(first, first + len(stripped), paragraph.wrapped), trail
            start = end
