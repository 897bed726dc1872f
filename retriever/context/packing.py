"""Packs stretches of documents into a budget of tokens.

Stretches come in the order in which they are wanted. One that touches what is packed already is joined with it; the
first that does not fit is cut at sentences around the one that answers. Lengths of blocks are added up on the way; in
the end the whole context is counted, and what is too much is taken out again, so that the budget holds with every
tokenizer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from retriever.context.excerpt import Excerpt
from retriever.context.render import SEPARATOR, render_markdown, render_text
from retriever.context.stretches import Stretch, merge
from retriever.text.readings import hide_readings
from retriever.text.sentences import split_sentences

if TYPE_CHECKING:
    from retriever.context.options import Order
    from retriever.context.tokens import CountTokens

# After so many stretches that do not fit, none is likely to.
MOST_MISSES = 8
# Estimates are made with a number that is as long as any.
_LONGEST_NUMBER = 99


def pack(
    stretches: Iterable[Stretch], max_tokens: int, order: Order, count: CountTokens
) -> tuple[tuple[Excerpt, ...], int]:
    """Excerpts of the stretches, whose rendered text has at most ``max_tokens``, and its number of tokens."""
    packer = _Packer(max_tokens, count)
    misses = 0
    for stretch in stretches:
        if packer.add(stretch):
            continue
        # A neighbour of a hit is worth nothing by itself.
        if stretch.hits and packer.add_part(stretch):
            break
        misses += 1
        if misses == MOST_MISSES:
            break
    return packer.finish(order)


class _Packer:
    """What is packed so far, in the order in which it was added."""

    def __init__(self, max_tokens: int, count: CountTokens) -> None:
        self._max_tokens = max_tokens
        self._count = count
        self._added: list[Stretch] = []
        self._lengths: dict[tuple[str, str, int, int], int] = {}

    def add(self, stretch: Stretch) -> bool:
        """Add a stretch if it fits, and one without a hit if it joins another."""
        merged = merge([*self._added, stretch])
        if not all(item.hits for item in merged) or sum(map(self._measure, merged)) > self._max_tokens:
            return False
        self._added.append(stretch)
        return True

    def add_part(self, stretch: Stretch) -> bool:
        """Add the sentence of a stretch that answers, with as many beside it as fit; at least that one."""
        sentences = split_sentences(stretch.text)
        answer = stretch.answer.start - stretch.start
        first = next((at for at, span in enumerate(sentences) if span.end > answer), 0)
        if not sentences or not self.add(_cut(stretch, sentences[first].start, sentences[first].end)):
            return False
        last = first
        # By turns after and before, as long as either fits: what follows a sentence explains it more often.
        growing = [True, True]
        while any(growing):
            for side, (new_first, new_last) in enumerate(((first, last + 1), (first - 1, last))):
                if not growing[side]:
                    continue
                growing[side] = new_first >= 0 and new_last < len(sentences)
                if growing[side]:
                    piece = _cut(stretch, sentences[new_first].start, sentences[new_last].end)
                    growing[side] = self._replace_last(piece)
                if growing[side]:
                    first, last = new_first, new_last
        return True

    def finish(self, order: Order) -> tuple[tuple[Excerpt, ...], int]:
        """The excerpts and the tokens of their text; what was added last goes first if it is too much after all."""
        while self._added:
            excerpts = _number(merge(self._added), order)
            text, markdown = render_text(excerpts), render_markdown(excerpts)
            tokens = self._count(text)
            if max(tokens, self._count(markdown)) <= self._max_tokens:
                return tuple(replace(item, tokens=self._count(render_text([item]))) for item in excerpts), tokens
            self._added.pop()
        return (), 0

    def _replace_last(self, stretch: Stretch) -> bool:
        last = self._added.pop()
        if self.add(stretch):
            return True
        self._added.append(last)
        return False

    def _measure(self, stretch: Stretch) -> int:
        """The length of a stretch as an excerpt, with what separates it from the next."""
        key = (*stretch.document, stretch.start, stretch.end)
        if key not in self._lengths:
            excerpt = [_make_excerpt(_LONGEST_NUMBER, stretch)]
            texts = render_text(excerpt), render_markdown(excerpt)
            self._lengths[key] = max(self._count(SEPARATOR + text) for text in texts)
        return self._lengths[key]


def _cut(stretch: Stretch, start: int, end: int) -> Stretch:
    """The part from ``start`` to ``end``, offsets in its text."""
    return stretch.cut(stretch.start + start, stretch.start + end)


def _number(stretches: Sequence[Stretch], order: Order) -> list[Excerpt]:
    """The excerpts in order; documents in the order of their best hits."""
    if order == "document":
        best: dict[tuple[str, str], int] = {}
        for stretch in stretches:
            best[stretch.document] = min(stretch.rank, best.get(stretch.document, stretch.rank))
        stretches = sorted(stretches, key=lambda item: (best[item.document], item.document, item.start))
    return [_make_excerpt(number, stretch) for number, stretch in enumerate(stretches, 1)]


def _make_excerpt(number: int, stretch: Stretch) -> Excerpt:
    first, best = stretch.passages[0], stretch.hits[0]
    document = first.document
    duplicates = {duplicate: None for hit in stretch.hits for duplicate in hit.duplicates}
    return Excerpt(
        number=number,
        text=stretch.text,
        document=document.id,
        source=document.source,
        path=document.file or None,
        title=document.title,
        heading=first.passage.heading,
        start=stretch.start,
        end=stretch.end,
        line=stretch.line_at(stretch.start),
        page=stretch.page_at(stretch.answer.start),
        place=stretch.place_at(stretch.answer.start),
        end_page=stretch.page_at(stretch.end - 1),
        language=best.language,
        score=best.score,
        passages=tuple(item.id for item in stretch.passages),
        tokens=0,
        index=stretch.index,
        metadata=hide_readings(document.metadata),
        duplicates=tuple(duplicates),
    )
