"""Splits a document into passages: paragraphs are cut where the outline says and packed to size, with their trails.

These properties hold for any text and any tokeniser:

- a passage is a slice of the document's text: ``document.text[start:end] == text``;
- passages are in ascending order, do not overlap, and cover every non-space character of the document;
- no passage, with its embedded context, is longer than the limit; none begins inside a sentence, unless that
  sentence with its embedded context is longer than the limit;
- an edit only changes passages near it: packing restarts at every section and every long paragraph, and in a long
  run of short paragraphs at boundaries that depend on nearby words only;
- time is linear in the length of the text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from retriever.chunking.ahead import TokensAhead, TokenSpans, TokenSpansOfMany
from retriever.chunking.outline import Section, find_sections, nest_headings
from retriever.chunking.packing import PlacedUnit, Trail, common_trail, group_runs, merge_small_runs, pack_run
from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.chunking.tables import find_tables, merge_sections
from retriever.chunking.units import Paragraph, find_paragraphs, find_windows, read_window, split_paragraph, split_unit
from retriever.errors import UsageError
from retriever.text.language import detect
from retriever.types import Document, Passage, Place

# Below this confidence a passage is assigned the language of its document.
_MIN_CONFIDENCE = 0.5


def chunk(
    document: Document,
    *,
    token_spans: TokenSpans,
    token_spans_of_many: TokenSpansOfMany | None = None,
    limit: int,
    settings: ChunkSettings,
) -> list[Passage]:
    """The passages of a document, in order; [] if its text is blank.

    ``token_spans`` tokenises a text for the model, and ``limit`` is the maximum number of tokens of a passage
    together with its embedded context (``EmbeddingModel.token_spans`` and
    ``EmbeddingModel.passage_limit``). ``token_spans_of_many`` does the same for many texts at once, if that is faster.
    Raises UsageError if the embedded context leaves no tokens for the text.
    """
    return _Chunker(document, TokensAhead(token_spans, token_spans_of_many), limit, settings).passages()


class _Chunker:
    """Splits one document."""

    def __init__(self, document: Document, token_spans: TokensAhead, limit: int, settings: ChunkSettings) -> None:
        self._document = document
        self._text = document.text
        self._token_spans = token_spans
        self._limit = limit
        self._settings = settings
        self._budgets: dict[Trail, int] = {}

    def passages(self) -> list[Passage]:
        packed = [
            group
            for run in merge_small_runs(group_runs(self._place()), self._settings)
            for group in pack_run(run, self._settings, self._text)
        ]
        prepared = self._token_spans.prepare(packed, lambda group: [self._embed_text(group)])
        groups = [(part, tokens) for group in prepared for part, tokens in self._fit(group)]
        language = self._document.language or detect(self._text).language
        line, counted = 1, 0
        result: list[Passage] = []
        for group, tokens in groups:
            start = group[0].unit.start
            line += self._text.count("\n", counted, start)
            counted = start
            result.append(self._make_passage(group, tokens, line, language))
        return result

    def _place(self) -> Iterator[list[PlacedUnit]]:
        """The paragraphs of the document, each as one unit or as the units that it had to be split into."""
        text = self._text
        pieces = (
            (piece, trail, find_windows(text, piece))
            for piece, trail in _split_at_headings(text, self._find_sections())
        )
        for piece, trail, windows in self._token_spans.prepare(
            pieces, lambda item: [read_window(text, window) for window in item[2]]
        ):
            budget = self._find_budget(trail)
            maximum = min(self._settings.maximum, budget)
            parts = split_paragraph(text, piece, windows, self._token_spans, maximum=maximum, limit=budget)
            if parts:
                yield [PlacedUnit(part, trail, budget) for part in parts]

    def _find_sections(self) -> list[Section]:
        document = self._document
        outline = nest_headings(document.headings, len(self._text)) if document.headings else find_sections(self._text)
        return merge_sections(outline, find_tables(self._text, document.pages, spaced=_is_spreadsheet(document)))

    def _find_budget(self, trail: Trail) -> int:
        """The number of tokens left for the text of a passage with this trail."""
        if trail not in self._budgets:
            context = self._add_context(trail, "")
            self._budgets[trail] = max(1, self._limit - len(self._token_spans(context)) - 1)
        return self._budgets[trail]

    def _add_context(self, trail: Trail, text: str) -> str:
        return embedding_text(self._document.title, _heading_texts(trail), text, self._settings)

    def _embed_text(self, group: Sequence[PlacedUnit]) -> str:
        """The text of a group as it is embedded."""
        return self._add_context(common_trail(group), self._text[group[0].unit.start : group[-1].unit.end])

    def _fit(self, group: list[PlacedUnit]) -> Iterator[tuple[list[PlacedUnit], int]]:
        """The group, halved until the embedded text of each part is within the limit, and the exact length of each.

        Lengths add up only approximately, since a tokeniser may merge characters across a boundary.
        """
        tokens = len(self._token_spans(self._embed_text(group)))
        if tokens <= self._limit:
            yield group, tokens
            return
        if len(group) == 1:
            item = group[0]
            parts = split_unit(self._text, item.unit, self._token_spans, max(1, item.budget - 2))
            if len(parts) == 1:
                raise UsageError(
                    f"cannot fit a passage of {self._document.source} into {self._limit} tokens",
                    hint="embed less context with each passage or choose a model that takes longer texts",
                )
            group = [PlacedUnit(part, item.trail, item.budget) for part in parts]
        middle = len(group) // 2
        yield from self._fit(group[:middle])
        yield from self._fit(group[middle:])

    def _make_passage(self, group: list[PlacedUnit], tokens: int, line: int, language: str) -> Passage:
        start, end = group[0].unit.start, group[-1].unit.end
        text = self._text[start:end]
        pages = self._document.pages
        detected = detect(text)
        return Passage(
            text=text,
            start=start,
            end=end,
            heading=_heading_texts(common_trail(group)),
            line=self._document.line or line,
            page=max(1, bisect_right(pages, start)) if pages else None,
            language=detected.language if detected.confidence >= _MIN_CONFIDENCE else language,
            tokens=tokens,
            breaks=tuple(offset - start for offset in pages[bisect_right(pages, start) : bisect_left(pages, end)]),
            places=_cut_places(self._document.places, start, end),
        )


def _is_spreadsheet(document: Document) -> bool:
    """Whether the places of a document are cells of sheets, whose rows have empty lines between them."""
    return bool(document.places) and "!" in document.places[-1].name


def _heading_texts(trail: Trail) -> tuple[str, ...]:
    return tuple(section.heading.text for section in trail)


def _cut_places(places: Sequence[Place], start: int, end: int) -> tuple[Place, ...]:
    """The places that a passage lies in, by offsets in it; the first of them begins with it."""
    first = max(0, bisect_right(places, start, key=_start_of) - 1)
    last = bisect_left(places, end, key=_start_of)
    return tuple(replace(place, start=max(0, place.start - start)) for place in places[first:last])


def _start_of(place: Place) -> int:
    return place.start


def _split_at_headings(text: str, sections: Sequence[Section]) -> Iterator[tuple[Paragraph, Trail]]:
    """The paragraphs, cut where a heading begins inside one, each with the sections that it belongs to."""
    trail: Trail = ()
    following = 0
    for paragraph in find_paragraphs(text):
        start = paragraph.start
        while start < paragraph.end:
            while following < len(sections) and sections[following].heading.start <= start:
                trail = (*(section for section in trail if section.end > start), sections[following])
                following += 1
            if trail and any(section.end <= start for section in trail):
                trail = tuple(section for section in trail if section.end > start)
            cut = sections[following].heading.start if following < len(sections) else paragraph.end
            end = min(cut, paragraph.end)
            stripped = text[start:end].strip()
            if stripped:
                first = start + text[start:end].index(stripped[0])
                yield Paragraph(first, first + len(stripped), paragraph.wrapped), trail
            start = end
