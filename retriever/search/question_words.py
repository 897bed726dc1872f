"""The words of a question that a passage holds and those that it lacks, as an explanation names them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from retriever.lazy import lazy

if TYPE_CHECKING:
    from retriever.search.query import Query
    from retriever.text.analyzer import Analyzer

# Words and pairs of words that are listed.
MOST_WORDS = 8

_Span: TypeAlias = tuple[int, int]
"""Characters of the question. There may be ten thousand, for each hit: ``Span`` takes several times as long."""


class QuestionWords:
    """The words of one question, which is read once, at the first call."""

    def __init__(self, query: Query, analyzer: Analyzer) -> None:
        self._query, self._analyzer = query, analyzer

    def name(self, held: Collection[str]) -> tuple[str, str]:
        """The words of the question for the terms that a passage has, and the rest; "" where there are none.

        ``held`` may have any other terms, too.
        """
        words = _join_overlapping([span for span, term in self._asked if term in held])
        return self._list(words), self._list(_leave_out(self._joined, words)) if words else ""

    @lazy
    def _asked(self) -> list[tuple[_Span, str]]:
        """The terms that are looked up, with where they are, ascending."""
        looked_up = set(self._query.terms)
        tokens = {token for token in self._analyzer.tokenise_question(self._query.text) if token.term in looked_up}
        return sorted(((token.start, token.end), token.term) for token in tokens)

    @lazy
    def _joined(self) -> list[_Span]:
        """All that is looked up; what touches is one."""
        joined: list[_Span] = []
        for (start, end), _ in self._asked:
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((start, end))
        return joined

    def _list(self, spans: Iterable[_Span]) -> str:
        """Words of the question without repetition, up to ``MOST_WORDS``."""
        text = self._query.text
        words = list(dict.fromkeys(text[start:end] for start, end in spans))
        more = len(words) - MOST_WORDS
        return ", ".join(words[:MOST_WORDS]) + (f" and {more} more" if more > 0 else "")


def _join_overlapping(spans: Sequence[_Span]) -> list[_Span]:
    """Words as people read them, from ascending terms.

    Pairs of characters are one word where they overlap, and two where they only touch: of 负责防汛 a passage may hold
    负责 and 防汛, but not 责防. A single character is part of many words, so it is named only where nothing longer is.
    """
    words: list[_Span] = []
    for start, end in [span for span in spans if span[1] - span[0] > 1] or spans:
        if words and start < words[-1][1]:
            words[-1] = (words[-1][0], max(words[-1][1], end))
        else:
            words.append((start, end))
    return words


def _leave_out(spans: Sequence[_Span], held: Sequence[_Span]) -> list[_Span]:
    """What is left of ``spans`` without those that are ``held``; both ascend and do not overlap."""
    left, number = [], 0
    for start, end in spans:
        at = start
        while number < len(held) and held[number][0] < end:
            left.append((at, held[number][0]))
            at = held[number][1]
            number += 1
        left.append((at, end))
    return [span for span in left if span[0] < span[1]]
