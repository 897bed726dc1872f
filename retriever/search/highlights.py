"""Highlights in a passage: the sentence that answers the question, and the words that match it.

Shared words are marked everywhere. The similarities of late interaction add, also across languages, the sentence that
matches the tokens of the question best, and each word that stands out as the counterpart of one in the question. On
XQuAD that sentence contains the answer in 74 to 85 % of the passages that contain it in the language of the question,
and in 71 to 75 % of those in another; a random sentence does in 24 to 28 %. A heading, a question or a lead-in that
repeats the question is passed over for what is said below it: of 59 questions to FAQs, handbooks and minutes in eight
languages 51 are then marked right instead of 13 (``benchmarks/marks.py``).
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from retriever.frozen import dataclass
from retriever.search.announcing import announces, find_announced
from retriever.search.bm25 import TermWeights
from retriever.text.analyzer import Analyzer, TermFinder
from retriever.text.scripts import UNSPACED, Characters
from retriever.text.sentences import find_sentence, split_sentences
from retriever.types import Span

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.models.scoring.token_codes import Aligned
    from retriever.text.runs import Token

# The least weight of a marked word, as a share of the largest weight, so that particles are not marked.
SHARE_OF_BEST = 0.4
# Standard deviations above the rest of the passage that make a word the counterpart of one in the question; in a short
# passage, where no word can reach that, this share of the largest possible deviation.
OUTSTANDING, SHARE_OF_POSSIBLE = 3.0, 0.75

_UNSPACED = Characters(UNSPACED)
_NUMERALS = frozenset("〇零一二两三四五六七八九十百千万萬亿億")


Matches: TypeAlias = Sequence[tuple[Span, str]]
"""Words of a passage with the terms that they match, ascending."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A word of the question, its counterpart in the passage, and their tokens' cosine."""

    question: Span
    passage: Span
    cosine: float


@dataclass(frozen=True, slots=True)
class Marks:
    """The sentence that answers (None if unknown), the words to mark, ascending, and the pairs matched by meaning."""

    sentence: Span | None
    words: tuple[Span, ...]
    pairs: tuple[Pair, ...] = ()


def mark_by_words(text: str, weights: TermWeights, matched: Matches) -> Marks:
    """Marks from the words that ``text`` shares with the question only, as ``find_matches`` finds them."""
    sentences = split_sentences(text)
    gains = [
        sum(weights.informative[term] for term in sorted({term for span, term in matched if _within(span, sentence)}))
        for sentence in sentences
    ]
    words = _keep_numbers_whole(text, join_spans([span for span, _ in matched]))
    if not any(gains):
        return Marks(None, words)
    best = gains.index(max(gains))
    below = find_announced(text, sentences, best) if announces(text, sentences[best]) else ()
    return Marks(sentences[max(below, key=gains.__getitem__, default=best)], words)


def mark_by_meaning(
    text: str,
    weights: TermWeights,
    matched: Matches,
    asked: Sequence[Span],
    passage: Aligned,
) -> Marks:
    """Marks from shared words and from the similarities between the tokens of the question and the passage.

    ``asked`` has the word that each token of the question is part of; see ``expand_to_words``.
    """
    sentence = None
    if passage.cosines.size:
        starts = np.flatnonzero(passage.begins)
        similarities = np.maximum.reduceat(passage.cosines, starts, axis=1).mean(axis=0)
        best = int(similarities.argmax())
        sentence = find_sentence(text, int(passage.spans[starts[best], 0]))
        if sentence is not None and announces(text, sentence):
            # It repeats the question, and what answers is said below.
            sentences = [find_sentence(text, int(passage.spans[start, 0])) or sentence for start in starts.tolist()]
            announced = find_announced(text, sentences, best)
            if announced:
                best = announced[int(similarities[announced].argmax())]
                sentence = sentences[best]
        own = slice(int(starts[best]), int(starts[best + 1]) if best + 1 < len(starts) else None)
    if sentence is None:
        return mark_by_words(text, weights, matched)
    pairs = _find_pairs(text, asked, passage, own)
    shared = [span for span, _ in matched]
    words = _keep_numbers_whole(text, join_spans(shared + [pair.passage for pair in pairs]))
    return Marks(sentence, words, pairs)


def _find_pairs(text: str, asked: Sequence[Span], passage: Aligned, own: slice) -> tuple[Pair, ...]:
    """The outstanding counterparts of the question's words among the tokens ``own``, each once, best first."""
    alike = passage.cosines
    least = min(OUTSTANDING, SHARE_OF_POSSIBLE * math.sqrt(max(alike.shape[1] - 1, 0)))
    count = alike.shape[1]
    # As ``mean`` and ``std``, which each make checks for several times as long as they compute.
    mean = np.add.reduce(alike, axis=1, keepdims=True) / np.float32(count)
    apart = alike - mean
    deviation = np.sqrt(np.add.reduce(apart * apart, axis=1) / np.float32(count))
    threshold = mean[:, 0] + least * np.maximum(deviation, 1e-6)
    places = alike[:, own].argmax(axis=1) + own.start
    best = alike[np.arange(len(places)), places]
    found: dict[tuple[Span, Span], Pair] = {}
    for row in np.flatnonzero(best > threshold).tolist():
        theirs = _expand_to_word(text, passage.spans[places[row]].tolist())
        if any(map(str.isalnum, text[theirs.start : theirs.end])):
            cosine = float(best[row])
            ours = asked[row]
            if (ours, theirs) not in found or found[ours, theirs].cosine < cosine:
                found[ours, theirs] = Pair(ours, theirs, cosine)
    return tuple(sorted(found.values(), key=lambda pair: (-pair.cosine, pair.question, pair.passage)))


def expand_to_words(text: str, spans: npt.NDArray[np.int32]) -> list[Span]:
    """The word or number that each token of a text is part of, from their characters: int32 [tokens, 2]."""
    return [_expand_to_word(text, span) for span in spans.tolist()]


def _expand_to_word(text: str, span: Sequence[int]) -> Span:
    """The word or number that a token is part of, without punctuation around it.

    A token of a script without spaces is not expanded, nor is one without letters and digits.
    """
    start, end = span
    outside = str.isspace if not any(map(str.isalnum, text[start:end])) else _is_separator
    while start < end and outside(text[start]):
        start += 1
    while start < end and outside(text[end - 1]):
        end -= 1
    if start < end and _continues_word(text[start]):
        while start and (_continues_word(text[start - 1]) or _continues_number(text, start - 1)):
            start -= 1
    if start < end and _continues_word(text[end - 1]):
        while end < len(text) and (_continues_word(text[end]) or _continues_number(text, end)):
            end += 1
    return Span(start, end)


@lru_cache(maxsize=4096)
def _is_separator(character: str) -> bool:
    """Whether a character cannot be part of a word: neither a letter, a digit nor a mark."""
    return unicodedata.category(character)[0] not in "LNM"


@lru_cache(maxsize=4096)
def _continues_word(character: str) -> bool:
    """Whether a word may continue through a character: a letter, digit or mark of a script with spaces."""
    return not _is_separator(character) and character not in _UNSPACED


def _continues_number(text: str, place: int) -> bool:
    """Whether a number continues through the point or comma at ``place``: 1,500."""
    return text[place] in ".," and text[place - 1 : place].isdigit() and text[place + 1 : place + 2].isdigit()


def find_matches(texts: Sequence[str], weights: TermWeights) -> list[Matches]:
    """Informative words of the question in each of ``texts`` with their terms, ascending.

    A single letter, digit or character counts only if nothing longer matches: pairs are more specific.
    """
    if not weights.informative:
        return [[] for _ in texts]
    least = SHARE_OF_BEST * max(weights.informative.values())
    every = _make_finder(
        frozenset(term for term, weight in weights.informative.items() if weight >= least), weights.analyzer
    ).tokens(texts)
    return [_choose_matches(found) for found in every]


def _choose_matches(found: Sequence[Token]) -> Matches:
    long = [token for token in found if len(token.term) > 1 or not token.term.isalnum()]
    # By numbers and text: to compare spans takes ten times as long.
    ordered = sorted(long or found, key=lambda token: (token.start, token.end, token.term))
    return [(Span(token.start, token.end), token.term) for token in ordered]


@lru_cache(maxsize=8)
def _make_finder(terms: frozenset[str], analyzer: Analyzer) -> TermFinder:
    """A finder for all hits of a search: it caches the words of the texts that it has seen."""
    return analyzer.finder(terms)


def _within(span: Span, sentence: Span) -> bool:
    return sentence.start <= span.start < sentence.end


def _keep_numbers_whole(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans without what they have of a Han number that goes on beyond them: 第十 of 第十一条 is another article.

    A single character that is left of more is not a word.
    """
    kept = []
    for span in spans:
        start, end = span.start, span.end
        while start < end and start and text[start - 1] in _NUMERALS and text[start] in _NUMERALS:
            start += 1
        while start < end < len(text) and text[end] in _NUMERALS and text[end - 1] in _NUMERALS:
            end -= 1
        if end - start > 1 or (start, end) == (span.start, span.end):
            kept.append(Span(start, end))
    return tuple(kept)


def join_spans(spans: list[Span]) -> tuple[Span, ...]:
    """The spans, ascending, with touching ones joined."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if span.start == span.end:
            continue
        if result and span.start <= result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return tuple(result)
