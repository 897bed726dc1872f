"""Compares the meaning of a claim with the sentences of excerpts: late interaction, also across languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from retriever.models.scoring.maxsim import sentence_maxsims, similarities
from retriever.models.scoring.score_baseline import ScoreBaseline, measure_baseline
from retriever.text.language import detect
from retriever.text.sentences import assign_sentences, split_sentences
from retriever.types import Span

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.models.embedding_model import EmbeddingModel

# Tokens embedded at once: as long as the passages for which thresholds were set.
_PIECE = 192
# Neighbouring sentences that a claim may rest on together.
_WINDOW = 3
_CERTAIN = 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """The sentences of an excerpt that are closest to a claim in meaning, and how close, -1 to 1.

    ``tokens`` has for each token of the claim the largest cosine with a token of theirs, ``anywhere`` with one of the
    whole excerpt.
    """

    span: Span
    cosine: float
    tokens: npt.NDArray[np.float32]
    anywhere: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EmbeddedClaim:
    """The token vectors of a claim's words that have letters or digits, and the spans of these."""

    vectors: npt.NDArray[np.float32]
    spans: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class EmbeddedExcerpt:
    """The token vectors of an excerpt, and the number of each token's sentence."""

    vectors: npt.NDArray[np.float32]
    owners: npt.NDArray[np.intp]
    sentences: tuple[Span, ...]


class Meaning:
    """Embeds claims and excerpts with one model that has token vectors."""

    def __init__(self, model: EmbeddingModel, baseline: ScoreBaseline | None = None) -> None:
        """``baseline`` is that of the model, measured if it is not given."""
        self._model = model
        known = baseline if baseline is not None and baseline.has_late else None
        self._baseline = known or measure_baseline(model)

    def at_deviations(self, deviations: float) -> float:
        """The cosine that many standard deviations above the mean of unrelated texts."""
        return self._baseline.late_mean + deviations * self._baseline.late_deviation

    def embed_claim(self, words: str, language: str) -> EmbeddedClaim:
        """The vectors of a claim without marks and markup, of any length."""
        vectors, spans = self._embed(words, [Span(0, len(words))], language)
        has_word = np.array([any(map(str.isalnum, words[start:end])) for start, end in spans], bool)
        return EmbeddedClaim(vectors[has_word], spans[has_word])

    def embed_excerpt(self, text: str, language: str) -> EmbeddedExcerpt:
        """The vectors of an excerpt of any length."""
        sentences = tuple(split_sentences(text))
        vectors, spans = self._embed(text, sentences, language)
        return EmbeddedExcerpt(vectors, assign_sentences(sentences, spans[:, 0]), sentences)

    def _embed(
        self, text: str, sentences: Sequence[Span], language: str
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
        """The vectors and spans of all tokens, some sentences at a time."""
        pieces = self._pack(text, sentences)
        embedded = self._model.cached_passage_tokens(
            [text[piece.start : piece.end] for piece in pieces], [language] * len(pieces)
        )
        if not pieces:
            return np.zeros((0, self._model.description.dimension), np.float32), np.zeros((0, 2), np.int32)
        vectors = np.concatenate([np.asarray(tokens.vectors, np.float32) for tokens in embedded])
        spans = np.concatenate([tokens.spans + piece.start for tokens, piece in zip(embedded, pieces, strict=True)])
        return vectors, spans

    def _pack(self, text: str, sentences: Sequence[Span]) -> list[Span]:
        """The sentences in pieces that fit the model; one that does not fit is cut between tokens."""
        limit = max(min(_PIECE, self._model.passage_limit), 1)
        starts = self._model.token_spans(text)[:, 0]
        pieces: list[Span] = []
        for sentence in sentences:
            joined = Span(pieces[-1].start, sentence.end) if pieces else sentence
            if pieces and self._count(starts, joined) <= limit:
                pieces[-1] = joined
                continue
            first = int(np.searchsorted(starts, sentence.start))
            cuts = [int(at) for at in starts[first + limit : first + self._count(starts, sentence) : limit]]
            pieces += [Span(*edge) for edge in pairwise([sentence.start, *cuts, sentence.end])]
        return pieces

    @staticmethod
    def _count(starts: npt.NDArray[np.int32], span: Span) -> int:
        return int(np.searchsorted(starts, span.end) - np.searchsorted(starts, span.start))


def match(claim: EmbeddedClaim, excerpt: EmbeddedExcerpt) -> Match | None:
    """The closest sentences, up to three neighbours; None where one of the two has no token."""
    if not len(claim.vectors) or not len(excerpt.vectors):
        return None
    cosines = sentence_maxsims(similarities(claim.vectors, excerpt.vectors), excerpt.owners)
    numbers = np.unique(excerpt.owners)
    anywhere = cosines.max(axis=1)
    best: Match | None = None
    for size in range(1, min(_WINDOW, cosines.shape[1]) + 1):
        # A wider window has to be worth it: it covers more by chance.
        for first in range(cosines.shape[1] - size + 1):
            tokens = cosines[:, first : first + size].max(axis=1)
            cosine = float(tokens.mean()) - 0.01 * (size - 1)
            if best is None or cosine > best.cosine:
                span = Span(excerpt.sentences[numbers[first]].start, excerpt.sentences[numbers[first + size - 1]].end)
                best = Match(span, cosine, tokens, anywhere)
    return best


def find_language(words: str, otherwise: str) -> str:
    """The language of a claim; a few words that may be in any are taken to be in that of the excerpts."""
    found = detect(words)
    return found.language if found.confidence >= _CERTAIN or not otherwise else otherwise
