"""Scores texts of others for a question, as hits are scored: for whoever has candidates from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import UsageError
from retriever.models.scoring.score_baseline import ScoreBaseline
from retriever.models.scoring.token_forms import find_codec
from retriever.options import SearchOptions
from retriever.search import late
from retriever.search.asking import weigh_tokens
from retriever.search.bm25 import TermWeights
from retriever.search.candidates import DECIMALS
from retriever.search.corpus_centering import center_corpus
from retriever.search.fusion import StageScores, fuse, logistic
from retriever.search.phrases import Phrases
from retriever.search.query import LONGEST_QUESTION, parse
from retriever.search.scale import AS_RANKED, Scale
from retriever.text.analyzer import CURRENT, find_analyzer
from retriever.text.language import detect
from retriever.types import Passage

if TYPE_CHECKING:
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.search.many import OpenIndex
    from retriever.search.query import Query


def score_texts(index: OpenIndex, query: str, texts: Sequence[str]) -> list[float]:
    """How likely each text answers the question, 0 to 1, by the model of the index and its frequencies of words.

    Of a text its first ``LONGEST_QUESTION`` characters count, for meaning so much of them as the model reads. Raises
    UsageError for a question that cannot be asked and for what is no text.
    """
    analyzer = find_analyzer(index.settings.analyzer) or CURRENT
    parsed = parse(query, analyzer)
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise UsageError(f"text {place} of the list is not a string: {text!r}")
    if not texts:
        return []
    model, baseline = index.model(), ScoreBaseline(*index.settings.baseline)
    # More of a text would take time and change little.
    texts = [text[:LONGEST_QUESTION] for text in texts]
    passages = [Passage(text, 0, len(text), language=detect(text).language) for text in texts]
    dense = _compare_vectors(index, model, parsed, passages)
    compared: Sequence[float | None] = [None] * len(texts)
    if model.has_token_vectors and baseline.has_late:
        codec = find_codec(index.settings.tokens, index.settings.dimension) if index.settings.tokens else None
        question = late.embed_question(model, parsed.text, parsed.language, codec=codec)
        # Through the form that the index keeps, which loses a little, so that they compare with hits.
        compared = late.score(
            model,
            question,
            passages,
            [b""] * len(passages),
            center_corpus(index.snapshot, model.centering),
            codec,
            weigh_tokens(parsed.text, question.spans),
        ).scores
    scale = find_scale(index, query)
    weights = TermWeights.of(parsed.terms, index.snapshot.term_statistics(parsed.terms), analyzer)
    phrases, read = Phrases.of(parsed.text, analyzer), analyzer.fold_all(texts)
    counted, scores = weights.finder.counts(read), []
    for passage, folded, counts, cosine, similarity in zip(passages, read, counted, dense, compared, strict=True):
        coverage = weights.score(counts, analyzer.count_terms(passage.text).total())
        stages = StageScores(
            cosine,
            phrases.raise_coverage(coverage, folded, ""),
            similarity,
            parsed.shares_language(passage.language),
            phrase=weights.rarity if counts and phrases.question_occurs_in(folded) else 0.0,
        )
        scores.append(round(logistic(scale.apply(round(fuse(stages, baseline).odds, DECIMALS))), DECIMALS))
    return scores


def find_scale(index: OpenIndex, query: str) -> Scale:
    """The scale of a default search of the index for the question: what its own passages say about it."""
    search = replace(index, reranker=None).begin(query, SearchOptions())
    search.rank(1)
    return search.ranked[0].scale if search.ranked else AS_RANKED


def _compare_vectors(
    index: OpenIndex, model: EmbeddingModel, query: Query, passages: Sequence[Passage]
) -> Sequence[float]:
    """The cosine of each passage with the question, both centered."""
    languages = [passage.language for passage in passages]
    vectors = model.centering.center(model.embed_passages([passage.text for passage in passages]), languages, "passage")
    vectors = center_corpus(index.snapshot, model.centering).center(vectors, languages)
    question = model.centering.center(model.embed_queries([query.text]), [query.language], "query")[0]
    cosines: list[float] = np.einsum("ij,j->i", vectors.astype(np.float64), question.astype(np.float64)).tolist()
    return cosines
