"""Reads a question with the model: its vector, and its token vectors where candidates are compared by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from retriever.frozen import dataclass
from retriever.models.scoring.score_baseline import ScoreBaseline
from retriever.models.scoring.token_forms import find_codec
from retriever.search import late
from retriever.search.corpus_centering import NONE, center_corpus
from retriever.search.turns import TURNS

if TYPE_CHECKING:
    from retriever.index.interface import Snapshot
    from retriever.index.settings import IndexSettings
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import Reranker, TokenVectors
    from retriever.models.scoring.token_codes import TokenCodec
    from retriever.options import SearchOptions
    from retriever.search.corpus_centering import CorpusCentering
    from retriever.search.query import Query
    from retriever.types import Vectors


@dataclass(frozen=True, slots=True)
class EncodedQuestion:
    """A question as a model reads it; without a model, as for a search by words, the question alone.

    - ``query``: with the language of the corpus, where that decides it
    - ``options``: those of the search, with the number of candidates to rerank that holds for it
    - ``reranker``: the cross-encoder that takes the place of late interaction; None for none
    - ``centering``: for languages without a mean of the model
    - ``vector``: centered, float32 [dimension]
    - ``tokens``: the token vectors, None without late interaction; ``codec``: decodes those that the index stores
    - ``without_late``: why late interaction is left out although the mode includes it
    """

    query: Query
    options: SearchOptions
    model: EmbeddingModel | None = None
    reranker: Reranker | None = None
    centering: CorpusCentering = NONE
    vector: Vectors | None = None
    tokens: TokenVectors | None = None
    codec: TokenCodec | None = None
    without_late: str = ""

    def is_immediate(self, snapshot: Snapshot) -> bool:
        """Whether nothing in a search of ``snapshot`` waits for another machine or for code of the user."""
        mine = self.reranker is None and (self.model is None or self.model.is_immediate)
        return mine and snapshot.guarantees.immediate


def encode(
    query: Query,
    options: SearchOptions,
    snapshot: Snapshot,
    settings: IndexSettings,
    *,
    model: Callable[[], EmbeddingModel],
    reranker: Callable[[], Reranker] | None,
    known: Mapping[str, Vectors],
    turn: ExitStack | None,
) -> EncodedQuestion:
    """Read a question with the model of an index.

    - ``snapshot``, ``settings``: the generation, and what it was built with
    - ``model``, ``reranker``: return the embedding model and the cross-encoder
    - ``known``: vectors of questions that are embedded already, by their text, not centered
    - ``turn``: keeps the turn in which the question is embedded, until it is closed; None gives it back

    Raises UsageError where the options ask for late interaction, and the model has no token vectors.
    """
    cross_encoder = reranker() if reranker and options.reranked else None
    loaded = model()
    centering = center_corpus(snapshot, loaded.centering)
    if query.others:
        query = query.follow_corpus({language: sums.passages for language, sums in snapshot.languages.items()})
    encoded = EncodedQuestion(query, options, loaded, cross_encoder, centering)
    with ExitStack() as own:
        (turn or own).enter_context(TURNS.hold(needed=encoded.is_immediate(snapshot)))
        encoded = replace(encoded, vector=_embed(query, loaded, known))
    return _add_tokens(encoded, loaded, snapshot, settings) if options.reranked else encoded


def _embed(query: Query, model: EmbeddingModel, known: Mapping[str, Vectors]) -> Vectors:
    """The vector of the question, centered by its language: float32 [dimension]."""
    embedded = known.get(query.text)
    vectors = model.embed_queries([query.text]) if embedded is None else embedded[None]
    vector: Vectors = model.centering.center(vectors, [query.language], "query")[0]
    return vector


def _add_tokens(
    encoded: EncodedQuestion, model: EmbeddingModel, snapshot: Snapshot, settings: IndexSettings
) -> EncodedQuestion:
    """The question with what late interaction needs, or with the reason why there is none."""
    query, options = encoded.query, encoded.options
    missing = late.explain_missing(model, ScoreBaseline(*settings.baseline))
    if missing:
        if encoded.reranker is None:
            late.require_default(options, missing)
            options = replace(options, rerank=0)
        return replace(encoded, options=options, without_late=missing)
    codec = find_codec(settings.tokens, settings.dimension) if settings.tokens else None
    if codec and options.rerank is None and encoded.reranker is None:
        options = replace(options, rerank=late.choose_depth(snapshot.languages, query))
    tokens = late.embed_question(model, query.text, query.language, codec=codec)
    return replace(encoded, options=options, tokens=tokens, codec=codec)
