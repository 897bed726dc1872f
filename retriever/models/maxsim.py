"""MaxSim: how well a question's tokens are met by a passage's (Khattab and Zaharia 2020, "ColBERT")."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from retriever.types import Vectors


def maxsim(question: Vectors, passage: Vectors) -> float:
    """The mean over the question's tokens of the largest cosine that each has with a token of the passage.

    Unit vectors, float32 [m, dimension] and [n, dimension]. -1 to 1, and 0 where either has no token.
    """
    if not len(question) or not len(passage):
        return 0.0
    return float((question @ passage.T).max(axis=1).astype(np.float64).mean())
