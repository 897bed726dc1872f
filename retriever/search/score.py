"""Scores texts of others for a question, as hits are scored: for whoever has candidates from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import UsageError
from retriever.locks import WORK
from retriever.models.scoring.score_baseline import ScoreBaseline
from retriever.models.scoring.token_forms import find_codec
from retriever.options import SearchOptions
from retriever.reports import Progress
from retriever.search import late
from retriever.search.asking import weigh_tokens
from retriever.search.bm25 import TermWeights
from retriever.search.candidates import DECIMALS, find_own_coverage
from retriever.search.corpus_centering import center_corpus
from retriever.search.fusion import StageScores, fuse, logistic
from retriever.search.phrases import Phrases
from retriever.search.query import LONGEST_QUESTION, Query, parse
from retriever.search.scale import AS_RANKED
from retriever.text.analyzer import CURRENT, find_analyzer
from retriever.text.language import detect
from retriever.types import Passage

if TYPE_CHECKING:
    from retriever.models.interface import TokenVectors
    from retriever.models.scoring.token_codes import TokenCodec
    from retriever.search.many import OpenIndex
    from retriever.search.scale import Scale


# Texts that are scored before the next report: so many that all CPUs have some.
PART = 32


def score_texts(
    index: OpenIndex, query: str, texts: Sequence[str], on_progress: Callable[[Progress], None] | None = None
) -> list[float]:
    """How likely each text answers the question, 0 to 1, by the model of the index and its frequencies of words.

    ``on_progress`` is called before the first, after each ``PART`` and after the last text. Raises UsageError for a
    question that cannot be asked and for what is not a list of texts.
    """
    parsed = parse(query, find_analyzer(index.settings.analyzer) or CURRENT)
    if isinstance(texts, str) or not isinstance(texts, Sequence):
        raise UsageError(f"texts must be a list, not {type(texts).__name__}", hint="give a list: [text]")
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise UsageError(f"text {place} of the list is not a string: {text!r}", hint="convert it with str()")

    def report() -> None:
        if on_progress:
            WORK.outside(on_progress, Progress("score", len(scores), len(texts), "texts"))

    scores: list[float] = []
    report()
    if texts:
        scorer = TextScorer(index, parsed)
        for start in range(0, len(texts), PART):
            scores += scorer.score(texts[start : start + PART])
            report()
    return scores


class TextScorer:
    """Scores texts for one question: the question is read once, and all scores are on the scale of one generation."""

    def __init__(self, index: OpenIndex, query: Query) -> None:
        """Read the question as a search of the index does; it has been parsed by the analyzer of the index."""
        settings = index.settings
        self._analyzer = find_analyzer(settings.analyzer) or CURRENT
        self._query = query.follow_corpus({code: sums.passages for code, sums in index.snapshot.languages.items()})
        self._model, self._baseline = index.model(), ScoreBaseline(*settings.baseline)
        self._centering = center_corpus(index.snapshot, self._model.centering)
        self._vector = self._model.centering.center(
            self._model.embed_queries([self._query.text]), [self._query.language], "query"
        )[0].astype(np.float64)
        self._codec: TokenCodec | None = None
        self._tokens: TokenVectors | None = None
        if self._model.has_token_vectors and self._baseline.has_late:
            self._codec = find_codec(settings.tokens, settings.dimension) if settings.tokens else None
            self._tokens = late.embed_question(self._model, self._query.text, self._query.language, codec=self._codec)
        self._scale, self._own_coverage = _search_index(index, query)
        terms = self._query.terms
        self._weights = TermWeights.of(terms, index.snapshot.term_statistics(terms), self._analyzer)
        self._phrases = Phrases.of(self._query.text, self._analyzer)

    def score(self, texts: Sequence[str]) -> list[float]:
        """The score of each text, 0 to 1, by its first ``LONGEST_QUESTION`` characters.

        For meaning, so much of these counts as the model reads.
        """
        # More of a text would take time and change little.
        texts = [text[:LONGEST_QUESTION] for text in texts]
        passages = [Passage(text, 0, len(text), language=detect(text).language) for text in texts]
        read = self._analyzer.fold_all(texts)
        counted = self._weights.finder.counts(read)
        cosines, similarities = self._compare_vectors(passages), self._compare_tokens(passages)
        scores = []
        for passage, folded, counts, cosine, similarity in zip(
            passages, read, counted, cosines, similarities, strict=True
        ):
            coverage = self._weights.score(counts, self._analyzer.count_terms(passage.text).total())
            stages = StageScores(
                cosine,
                self._phrases.raise_coverage(coverage, folded, ""),
                similarity,
                self._query.shares_language(passage.language),
                phrase=self._weights.rarity if counts and self._phrases.question_occurs_in(folded) else 0.0,
            )
            odds = round(fuse(stages, self._baseline, self._own_coverage).odds, DECIMALS)
            scores.append(round(logistic(self._scale.apply(odds)), DECIMALS))
        return scores

    def _compare_vectors(self, passages: Sequence[Passage]) -> Sequence[float]:
        """The cosine of each passage with the question, both centered."""
        languages = [passage.language for passage in passages]
        vectors = self._model.embed_passages([passage.text for passage in passages])
        vectors = self._model.centering.center(vectors, languages, "passage")
        vectors = self._centering.center(vectors, languages).astype(np.float64)
        cosines: list[float] = np.einsum("ij,j->i", vectors, self._vector).tolist()
        return cosines

    def _compare_tokens(self, passages: Sequence[Passage]) -> Sequence[float | None]:
        """How similar each passage is to the question token by token; None without late interaction.

        It goes through the form that the index keeps, which loses a little, so that the scores compare with hits.
        """
        if self._tokens is None:
            return [None] * len(passages)
        weights = weigh_tokens(self._query.text, self._tokens.spans)
        return late.score(
            self._model, self._tokens, passages, [b""] * len(passages), self._centering, self._codec, weights
        ).scores


def _search_index(index: OpenIndex, query: Query) -> tuple[Scale, float]:
    """What a default search of the index says about other texts: its scale, and the coverage that ``fuse`` needs."""
    search = replace(index, reranker=None).begin(query, SearchOptions())
    search.rank(1)
    if not search.ranked:
        return AS_RANKED, 0.0
    compared = [item for item in search.ranked if item.scores.late is not None]
    return search.ranked[0].scale, find_own_coverage(compared or search.ranked)
