"""Late interaction: compares a question with candidates token by token, with token vectors of the same model.

The token vectors are the last hidden states of the encoder, centered by language. Though not trained for this, they
distinguish passages that are similar as a whole, also across languages. They are decoded if the index stores them, else
computed by the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from retriever.errors import UsageError
from retriever.models.interface import TokenVectors
from retriever.models.scoring.language_centering import subtract
from retriever.models.scoring.maxsim import find_begins, maxsim, similarities
from retriever.models.scoring.token_codes import Aligned, Compared
from retriever.models.scoring.token_merging import scale_to_unit
from retriever.options import RERANKED
from retriever.search.corpus_centering import NONE, CorpusCentering
from retriever.search.turns import TURNS
from retriever.text.sentences import assign_sentences, split_sentences

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from retriever.index.statistics import LanguageSums
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.scoring.score_baseline import ScoreBaseline
    from retriever.models.scoring.token_codes import TokenCodec
    from retriever.options import SearchOptions
    from retriever.search.query import Query
    from retriever.types import Passage

# A language counts if it has this share of the passages.
COUNTED = 0.05


def choose_depth(languages: Mapping[str, LanguageSums], query: Query) -> int:
    """How many candidates to compare where token vectors are stored and no number was asked for.

    ``languages`` has the passages of an index by language. Where several count, what answers may stand there in each of
    them, and so may what is beside it; where the question is in none of them, the first stage is least sure: twice
    ``RERANKED``.
    """
    total = sum(sums.passages for sums in languages.values())
    counted = [language for language, sums in languages.items() if language and sums.passages >= COUNTED * total]
    alone = len(counted) < 2 and all(map(query.shares_language, counted))
    return RERANKED if alone else 2 * RERANKED


def embed_question(model: EmbeddingModel, text: str, language: str, *, codec: TokenCodec | None) -> TokenVectors:
    """The token vectors of a question, for comparison with those that ``codec`` decodes, or that are not stored."""
    tokens = model.embed_query_tokens(text, language)
    return TokenVectors(scale_to_unit(codec.rotate(tokens.vectors)), tokens.spans) if codec else tokens


def embed_behind(
    model: EmbeddingModel, before: str, text: str, language: str, *, codec: TokenCodec | None
) -> TokenVectors:
    """The token vectors of a question that is read behind other text, whose own are left out; as ``embed_question``.

    There are none if the model does not read so far.
    """
    tokens = embed_question(model, f"{before} {text}", language, codec=codec)
    own = tokens.spans[:, 0] >= len(before)
    return TokenVectors(tokens.vectors[own], tokens.spans[own])


def score(
    model: EmbeddingModel,
    question: TokenVectors,
    passages: Sequence[Passage],
    stored: Sequence[bytes],
    centering: CorpusCentering = NONE,
    codec: TokenCodec | None = None,
    weights: npt.NDArray[np.float64] | None = None,
) -> Compared:
    """MaxSim of a question with each passage, -1 to 1, and the cosines that it comes from, where they are kept.

    - ``model``: computes token vectors that are not stored
    - ``question``: the token vectors of the question, from ``embed_question``
    - ``passages``: the candidates
    - ``stored``: the stored token vectors of each passage; empty if the index stores none
    - ``centering``: what to subtract for languages without a mean of the model
    - ``codec``: decodes what is stored
    - ``weights``: those of the question's tokens, float64 [m]; all alike if None
    """
    offsets = [centering.token_offset(passage.language) for passage in passages]
    if codec:
        runs = encode_missing(model, passages, stored, codec)
        with TURNS.hold():
            return codec.compare(question.vectors, runs, offsets, weights)
    scores = []
    for passage, tokens, offset in zip(passages, _embed(model, passages), offsets, strict=True):
        vectors = tokens.vectors if offset is None else subtract(tokens.vectors, offset)
        sentences = assign_sentences(split_sentences(passage.text), tokens.spans[:, 0])
        scores.append(maxsim(similarities(question.vectors, vectors), sentences, weights))
    return Compared(scores, [None] * len(scores))


def align(
    model: EmbeddingModel,
    question: TokenVectors,
    passages: Sequence[Passage],
    stored: Sequence[bytes],
    codec: TokenCodec | None,
    known: Sequence[npt.NDArray[np.float32] | None],
) -> list[Aligned]:
    """Each passage beside a question, whose tokens are those of ``embed_question``: which tokens are alike.

    ``stored`` has what the index stores of the passages, encoded by ``codec``; that is None for one that stores none.
    ``known`` are the cosines that ``score`` gave, if it did.
    """
    if codec:
        return codec.align(question.vectors, encode_missing(model, passages, stored, codec), known)
    aligned = []
    for passage, tokens in zip(passages, _embed(model, passages), strict=True):
        sentences = assign_sentences(split_sentences(passage.text), tokens.spans[:, 0])
        cosines = similarities(question.vectors, tokens.vectors)
        aligned.append(Aligned(cosines, tokens.spans, find_begins(sentences)))
    return aligned


def encode_missing(
    model: EmbeddingModel, passages: Sequence[Passage], stored: Sequence[bytes], codec: TokenCodec
) -> Sequence[bytes]:
    """The stored token vectors of passages, computed for those that have none: of pending documents, or of no index."""
    missing = [place for place, data in enumerate(stored) if not data]
    if not missing:
        return stored
    filled = list(stored)
    for place, tokens in zip(missing, _embed(model, [passages[place] for place in missing]), strict=True):
        text = passages[place].text
        filled[place] = codec.encode(text, tokens, assign_sentences(split_sentences(text), tokens.spans[:, 0]))
    return filled


def explain_missing(model: EmbeddingModel, baseline: ScoreBaseline) -> str:
    """Why late interaction is not possible; empty if it is."""
    name = repr(model.description.name)
    if not model.has_token_vectors:
        return f"the model {name} has no token vectors"
    return "" if baseline.has_late else f"the index was built when the model {name} had no token vectors"


def require_default(options: SearchOptions, reason: str) -> None:
    """Raise UsageError if late interaction was requested explicitly."""
    if options.rerank:
        raise UsageError(
            f"cannot rerank by late interaction: {reason}", hint="search with rerank=0, or with a reranker"
        )


def _embed(model: EmbeddingModel, passages: Sequence[Passage]) -> list[TokenVectors]:
    return model.cached_passage_tokens(
        [passage.text for passage in passages], [passage.language for passage in passages]
    )
