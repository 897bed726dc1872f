"""Names clusters by the words that tell each from the others, in the languages of its passages.

A word counts by the share of the cluster's passages that have it, times the squared logarithm of how much larger that
share is than in the corpus. (Not squared it is the word's part of the Kullback-Leibler divergence, which prefers words
that are common everywhere.) What all passages of a language have, its grammar above all, counts nothing, for the share
in the corpus is taken over the passages in the same languages.

A cluster that holds all passages of its languages has no such words. It is named by those that tell its documents from
one another, and a document that is alone in its language by words of some of its passages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from math import log
from typing import TYPE_CHECKING

from retriever.corpus_map.words import Words

if TYPE_CHECKING:
    from retriever.text.analyzer import Analyzer

# Words kept of a cluster, and in its name.
KEPT = 8
NAMED = 3
# The passages of a cluster whose words are read: enough to tell shares of a few per cent.
READ = 250
# How much larger the share of a word has to be than usual: some words are a little more frequent by chance.
LIFT = 1.5
# Passages whose spelling of a word is looked at.
SPELLINGS = 20
SEPARATOR = " · "


def name_clusters(
    texts: Sequence[str],
    languages: Sequence[str],
    documents: Sequence[str],
    clusters: Sequence[int],
    analyzer: Analyzer,
) -> list[tuple[str, ...]]:
    """The telling words of each cluster, as its passages write them, the most telling first; none if they have none.

    ``texts``, ``languages``, ``documents`` and ``clusters`` describe the passages in one order; clusters count from 0.
    """
    read = _choose_read(clusters)
    words = Words([texts[place] for place in read], analyzer)
    corpus = _Corpus.of(words, [languages[place] for place in read], [documents[place] for place in read])
    members: dict[int, list[int]] = {}
    for number, place in enumerate(read):
        members.setdefault(clusters[place], []).append(number)
    found = []
    for cluster in range(max(clusters, default=-1) + 1):
        numbers = members[cluster]
        chosen = _choose_words(corpus.rank(numbers) or corpus.rank_by_document(numbers))
        own = [texts[read[number]] for number in numbers]
        found.append(tuple(_find_spelling(word, own, analyzer) for word in chosen))
    return found


def _choose_read(clusters: Sequence[int]) -> list[int]:
    """The positions of the passages whose words are read: up to ``READ`` of each cluster, evenly over the corpus."""
    places: dict[int, list[int]] = {}
    for place, cluster in enumerate(clusters):
        places.setdefault(cluster, []).append(place)
    chosen = []
    for members in places.values():
        step = max(1.0, len(members) / READ)
        chosen += [members[int(number * step)] for number in range(min(READ, len(members)))]
    return sorted(chosen)


@dataclass(frozen=True, slots=True)
class _Corpus:
    """The words, languages and documents of passages, and how many of each language have each word."""

    words: Words
    languages: Sequence[str]
    documents: Sequence[str]
    passages: Mapping[str, int]
    having: Mapping[str, Counter[str]]

    @classmethod
    def of(cls, words: Words, languages: Sequence[str], documents: Sequence[str]) -> _Corpus:
        having: dict[str, Counter[str]] = {}
        for place, language in enumerate(languages):
            having.setdefault(language, Counter()).update(words[place])
        return cls(words, languages, documents, Counter(languages), having)

    def rank(self, members: Sequence[int]) -> list[str]:
        """The words of some passages that tell them from the others of their languages, the most telling first."""
        inside = self._count(members)
        shares = Counter(self.languages[place] for place in members)
        scores: dict[str, float] = {}
        for word, count in inside.items():
            if count < 2:
                continue
            share = count / len(members)
            usual = sum(
                number / len(members) * self.having[language][word] / self.passages[language]
                for language, number in shares.items()
            )
            if share >= LIFT * usual:
                scores[word] = share * log(share / usual) ** 2
        return _sort(scores)

    def rank_by_document(self, members: Sequence[int]) -> list[str]:
        """The words that tell the documents of some passages apart: the first of each, largest first, then the next."""
        by_document: dict[str, list[int]] = {}
        for place in members:
            by_document.setdefault(self.documents[place], []).append(place)
        groups = sorted(by_document.values(), key=len, reverse=True)
        ranked = [self.rank(group) or self._rank_within(group) for group in groups]
        return [word for word in chain.from_iterable(zip_longest(*ranked)) if word is not None]

    def _rank_within(self, members: Sequence[int]) -> list[str]:
        """The words of some passages that several, but not all of them have: grammar is in all."""
        inside = self._count(members)
        repeated = {word: count for word, count in inside.items() if count > 1} or inside
        shares = {word: count / len(members) for word, count in repeated.items()}
        return _sort({word: share * log(share) ** 2 for word, share in shares.items()})

    def _count(self, members: Sequence[int]) -> Counter[str]:
        return Counter(chain.from_iterable(self.words[place] for place in members))


def _sort(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=lambda word: (-scores[word], -len(word), word))


def _choose_words(ranked: Sequence[str]) -> list[str]:
    """The first words that do not say what one before them says: another form, a part, or the whole."""
    chosen: list[str] = []
    for word in ranked:
        if len(chosen) == KEPT:
            break
        if not any(_say_the_same(word, other) for other in chosen):
            chosen.append(word)
    return chosen


def _say_the_same(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if shorter in longer:
        return True
    common = next((at for at, pair in enumerate(zip(shorter, longer, strict=False)) if pair[0] != pair[1]), 0)
    # Forms of a word share its beginning; of a string of characters, one half is enough to be told twice.
    return common >= max(2, 2 * len(shorter) / 3) or _overlap(one, other) or _overlap(other, one)


def _overlap(first: str, second: str) -> bool:
    """Whether the end of the first, at least half of the shorter, is the beginning of the second."""
    least = max(2, (min(len(first), len(second)) + 1) // 2)
    return any(first.endswith(second[:size]) for size in range(least, len(second)))


def _find_spelling(word: str, texts: Sequence[str], analyzer: Analyzer) -> str:
    """A folded word as the texts write it, in their most frequent spelling; as it is if they lack it."""
    spellings: Counter[str] = Counter()
    for spelling in _find_spellings(word, texts, analyzer):
        spellings[spelling] += 1
        if spellings.total() == SPELLINGS:
            break
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling), default=word)


def _find_spellings(word: str, texts: Sequence[str], analyzer: Analyzer) -> Iterator[str]:
    for text in texts:
        folded = analyzer.folding.fold_with_offsets(text)
        at = folded.text.find(word)
        while at >= 0:
            end = at + len(word)
            # A part of a longer word may be capitalised or inflected as the word itself is not.
            if not (folded.text[at - 1 : at].isalpha() or folded.text[end : end + 1].isalpha()) or not word.isascii():
                span = folded.span(at, end)
                yield text[span.start : span.end]
            at = folded.text.find(word, end)
