"""Late interaction: a question's tokens against a passage's tokens, with the vectors of the same model.

MaxSim (Khattab and Zaharia 2020, "ColBERT"): the mean over the question's tokens of the largest cosine that each
has with a token of the passage. The token vectors are the encoder's last hidden states, balanced by language;
they were not trained for this, and still tell passages apart that look alike as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.models.balance import balance_of

if TYPE_CHECKING:
    from retriever.models.interface import Encoder
    from retriever.types import Vectors


def maxsim(question: Vectors, passage: Vectors) -> float:
    """Unit token vectors, float32 [m, dimension] and [n, dimension]: -1 to 1, 0 where either has no token."""
    if not len(question) or not len(passage):
        return 0.0
    return float((question @ passage.T).max(axis=1).astype(np.float64).mean())


def late_scores(
    encoder: Encoder, question: str, language: str, passages: Sequence[str], languages: Sequence[str]
) -> list[float]:
    """The MaxSim of a question with each passage, computed now: costs one pass of the model over all of them."""
    balance = balance_of(encoder.description)
    asked = balance.balanced_tokens(encoder.encode_query_tokens(question).vectors, language, "query_tokens")
    return [
        maxsim(asked, balance.balanced_tokens(tokens.vectors, spoken, "passage_tokens"))
        for tokens, spoken in zip(encoder.encode_passage_tokens(passages), languages, strict=True)
    ]
