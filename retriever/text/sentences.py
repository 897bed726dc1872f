"""Splits text in any script into sentences and clauses, as spans of the text.

It works by punctuation rules, without a model. A line break always ends a sentence; a Latin full stop ends one only if
it is unlikely to belong to an abbreviation, ordinal, decimal or initial. In doubt, two sentences are left as one.
Spans are in ascending order, do not overlap, begin and end with a non-space character, and together cover every
non-space character. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.lazy import compile_later
from retriever.text.scripts import HAN, HANGUL, KANA, LAO, THAI, Characters
from retriever.types import Span

if TYPE_CHECKING:
    import numpy.typing as npt

_CLOSERS = "”’」』）)\\]】》〉〕〗〙〛｠｣＂\"'»›"
_WIDE = HAN + KANA + HANGUL + "\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65“‘"

# Marks that always end a sentence: CJK, Arabic, Devanagari, Armenian, Ethiopic, Khmer, Myanmar, Tibetan, Mongolian.
_STRONG = "。！？；｡‼⁇⁈⁉؟۔।॥։።፧፨។៕။༎།᠃᠉"
_WEAK = ".!?…．"

_BREAK = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_END = compile_later(
    f"(?:[{_STRONG}][{_STRONG}{_WEAK}]*|[{_WEAK}]+[{_STRONG}]*[{_WEAK}]*)[{_CLOSERS}]*"
    f"|(?<=[{THAI}{LAO}])[ \u00a0]+(?=[{THAI}{LAO}])"
)
_CLAUSE_END = re.compile(f"(?:[，、；：､،؛፣፤፥፦᠂]|——+|[,;:])[{_CLOSERS}]*|(?<=\\s)[–—](?=\\s)")

# After a quotation or parenthesis that ends with a mark, such as 「…。」、 or (…?), these continue the sentence.
_CONTINUES = re.compile(f"\\s*[，、；：,;:。{_CLOSERS}]")
_WIDE_CHARACTERS = Characters(_WIDE)
_WORD_BEFORE = re.compile(r"[^\W\d_](?:[^\W_]|\.){0,11}\Z|\d{1,12}\Z")

# Abbreviations often followed by a name, number or capital, in lower case, without the last full stop.
_ABBREVIATIONS = frozenset(
    re.split(
        r"\s+",
        "mr mrs ms dr prof rev hon gov st jr sr vs etc eg ie e.g i.e cf al fig figs nos vol vols pp ch sec arts approx "
        "inc ltd corp dept eds jan feb apr jun jul aug sep sept oct nov dec u.s u.k u.n a.m p.m ph.d z.b d.h u.a bzw "
        "evtl ggf inkl nr bd abs str hrsg usw vgl dipl ing mio mrd tel s.o s.u mm mme mlle env p.ex sra srta uds ee.uu "
        "núm pág págs sigg dott avv ecc г гг т.е т.д т.п т.к и.о им ул пр кв обл р-н руб коп млн млрд тыс см стр рис "
        "табл ст пп гл напр проф акад",
    )
)


def split_sentences(text: str, start: int = 0, end: int | None = None, *, wrapped: bool = False) -> list[Span]:
    """The sentences of ``text[start:end]`` as spans of ``text``, closing quotes and brackets included.

    In a ``wrapped`` text, whose lines are broken at a fixed width, a line break counts as a space.
    """
    end = len(text) if end is None else end
    spans: list[Span] = []
    line_start = start
    while line_start < end:
        line_break = None if wrapped else _BREAK.search(text, line_start, end)
        line_end = line_break.start() if line_break else end
        cuts = [
            match.end() for match in _END.finditer(text, line_start, line_end) if _ends_sentence(text, match, line_end)
        ]
        _append_pieces(spans, text, line_start, cuts, line_end)
        line_start = line_break.end() if line_break else end
    return spans


def assign_sentences(sentences: Sequence[Span], places: npt.NDArray[np.integer]) -> npt.NDArray[np.intp]:
    """The index in ``sentences`` of the sentence that each of ``places`` lies in: intp [n].

    An offset between two sentences belongs to the second, an offset after the last sentence to the last.
    """
    ends = np.array([sentence.end for sentence in sentences], np.int64)
    return np.minimum(np.searchsorted(ends, places, side="right"), max(len(ends) - 1, 0))


def find_sentence(text: str, place: int) -> Span | None:
    """The sentence of ``text`` that ``place`` lies in, as ``assign_sentences`` tells; None if there are no sentences.

    Only the lines from that place on are split.
    """
    start = 0
    for line_break in _BREAK.finditer(text):
        if line_break.start() > place:
            break
        start = line_break.end()
    end = start
    while end < len(text):
        following = _BREAK.search(text, end)
        start, end = end, following.start() if following else len(text)
        for sentence in split_sentences(text, start, end):
            if sentence.end > place:
                return sentence
        end = following.end() if following else end
    sentences = split_sentences(text)
    return sentences[-1] if sentences else None


def split_clauses(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The clauses of the sentence ``text[start:end]``: its parts between commas, colons, semicolons and dashes.

    The marks are included. Marks that end a sentence do not end a clause.
    """
    end = len(text) if end is None else end
    spans: list[Span] = []
    cuts = [match.end() for match in _CLAUSE_END.finditer(text, start, end) if _ends_clause(text, match, end)]
    _append_pieces(spans, text, start, cuts, end)
    return spans


def _append_pieces(spans: list[Span], text: str, start: int, cuts: list[int], end: int) -> None:
    """Append the pieces between the cuts, stripped of surrounding space; blank pieces are left out."""
    for cut in (*cuts, end):
        piece = text[start:cut]
        stripped = piece.strip()
        if stripped:
            first = start + piece.index(stripped[0])
            spans.append(Span(first, first + len(stripped)))
        start = cut


def _ends_sentence(text: str, match: re.Match[str], end: int) -> bool:
    """Whether a match of ``_END`` ends a sentence."""
    mark = match[0][0]
    if mark in " \u00a0":
        return True
    if match.end() == end:
        return True
    if len(match[0]) > 1 and match[0][-1] in _CLOSERS and _CONTINUES.match(text, match.end(), end):
        return False
    if mark in _STRONG:
        return True
    following = text[match.end()]
    if following in _CLOSERS or following in ",;:，、；：":
        return False
    if not following.isspace():
        before = text[match.start() - 1] if match.start() else ""
        return following in _WIDE_CHARACTERS and (mark in "!?…" or before in _WIDE_CHARACTERS)
    following = text[match.end() : match.end() + 16].lstrip()[:1]
    if following.islower() and (mark in ".．…" or match[0][-1] in _CLOSERS):
        return False
    return not (match[0] == "." and _is_abbreviation(text, match.start()))


def _is_abbreviation(text: str, dot: int) -> bool:
    """Whether the full stop at ``dot`` belongs to the word or number before it, rather than ending the sentence."""
    found = _WORD_BEFORE.search(text[max(0, dot - 12) : dot])
    if not found:
        return False
    word = found[0].lower()
    if word.isdigit():
        # "1. ", "am 12. Oktober": a counter or an ordinal; "in 2021. " and "=1. " end a sentence.
        first = dot - len(word)
        return len(word) <= 2 and (first == 0 or text[first - 1].isspace() or text[first - 1] in "([（")
    return len(word) == 1 or word in _ABBREVIATIONS or bool(re.fullmatch(r"(?:\w\.)+\w", word))


def _ends_clause(text: str, match: re.Match[str], end: int) -> bool:
    """Whether a match of ``_CLAUSE_END`` ends a clause: an ASCII mark inside 1,000 or 10:30 does not."""
    if match[0][0] not in ",;:" or match.end() >= end:
        return True
    following = text[match.end()]
    before = text[match.start() - 1] if match.start() else ""
    return following.isspace() or following in _WIDE_CHARACTERS or before in _WIDE_CHARACTERS
