"""Half precision, in which vectors are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from retriever.types import Vectors


def round_to_half(vectors: Vectors) -> Vectors:
    """The vectors as an index stores them: float32 values rounded to half precision.

    Raises ValueError for a number that is not finite or does not fit.
    """
    with np.errstate(over="ignore"):
        result = np.asarray(vectors, np.float32).astype(np.float16).astype(np.float32)
    if not np.isfinite(result).all():
        raise ValueError("a vector holds a number that is not finite or does not fit half precision")
    return result
