"""Late interaction: compares a question with candidates token by token, with the vectors of the same model.

The token vectors are the encoder's last hidden states, centered by language. They were not trained for this and still
tell passages apart that are similar as a whole, also across languages. Where the index keeps them they are decoded,
else the model gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from retriever.models.interface import TokenVectors
from retriever.models.scoring.language_centering import subtract
from retriever.models.scoring.maxsim import maxsim, similarities
from retriever.models.scoring.token_codes import TokenCodec
from retriever.search.corpus_centering import NONE, CorpusCentering
from retriever.text.sentences import assign_sentences, split_sentences

if TYPE_CHECKING:
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.types import Passage


def embed_question(model: EmbeddingModel, text: str, language: str, *, stored: bool) -> TokenVectors:
    """The tokens of a question, to be compared with token vectors that are ``stored`` in the index or not."""
    tokens = model.embed_query_tokens(text, language)
    return TokenVectors(_codec(model).rotate(tokens.vectors), tokens.spans) if stored else tokens


def score(
    model: EmbeddingModel,
    question: TokenVectors,
    passages: Sequence[Passage],
    stored: Sequence[bytes],
    estimates: CorpusCentering = NONE,
) -> list[float]:
    """MaxSim of a question with each passage, -1 to 1.

    Parameters:
        model: gives the token vectors that are not stored
        question: its tokens, from ``embed_question``
        passages: the candidates
        stored: the token vectors that the index keeps of each passage; empty where it keeps none
        estimates: what to subtract from passages in languages that have no mean of their own
    """
    offsets = [estimates.token_offset(passage.language) for passage in passages]
    scores = []
    if stored:
        codec = _codec(model)
        for data, offset in zip(stored, offsets, strict=True):
            decoded = codec.decode(data)
            if offset is not None:
                decoded = replace(decoded, vectors=subtract(decoded.vectors, codec.rotate(offset[None])[0]))
            scores.append(maxsim(decoded.similarities(question.vectors), decoded.sentences))
        return scores
    for passage, tokens, offset in zip(passages, _embed(model, passages), offsets, strict=True):
        vectors = tokens.vectors if offset is None else subtract(tokens.vectors, offset)
        sentences = assign_sentences(split_sentences(passage.text), tokens.spans[:, 0])
        scores.append(maxsim(similarities(question.vectors, vectors), sentences))
    return scores


def find_tokens(model: EmbeddingModel, passage: Passage, stored: bytes) -> TokenVectors:
    """The tokens of a passage, to be compared with those of ``embed_question``."""
    if stored:
        return _codec(model).decode(stored).tokens
    [tokens] = _embed(model, [passage])
    return tokens


def _codec(model: EmbeddingModel) -> TokenCodec:
    return TokenCodec(model.description.dimension)


def _embed(model: EmbeddingModel, passages: Sequence[Passage]) -> list[TokenVectors]:
    return model.cached_passage_tokens(
        [passage.text for passage in passages], [passage.language for passage in passages]
    )
