"""The question adapter: moves a question's whole vector to where the passages that answer it are.

The encoder puts a question near passages that are worded like it. People ask in their own words, with a story before
the question, and the passage that answers is worded differently. A small linear map on the centered vector of the
question, trained on such questions (``benchmarks/fit_question_adapter.py``) and held near the identity, makes up for
part of that. Passages are left as they are, so an index needs nothing for it.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass
from retriever.models.scoring.language_centering import centering_of

if TYPE_CHECKING:
    from retriever.models.interface import ModelDescription
    from retriever.types import Vectors

DATA = "question_adapter.npz"


@dataclass(frozen=True, slots=True, eq=False)
class QuestionAdapter:
    """What is added to a question's vector: ``change``, float32 [dimension, dimension], applied to the vector.

    None adds nothing. ``fingerprint`` is that of the centering whose vectors it was trained on.
    """

    change: Vectors | None
    fingerprint: str = ""

    def adapt(self, vectors: Vectors) -> Vectors:
        """Centered unit vectors of questions, float32 [n, dimension], adapted and again of unit length."""
        if self.change is None:
            return vectors
        # Not by a matrix product, so that a vector does not depend on what is adapted beside it.
        moved = vectors + np.einsum("ij,jk->ik", vectors, self.change)
        norms = np.linalg.norm(moved, axis=1, keepdims=True)
        result: Vectors = (moved / np.maximum(norms, 1e-12)).astype(np.float32)
        return result


NONE = QuestionAdapter(None)


def adapter_of(description: ModelDescription) -> QuestionAdapter:
    """The adapter that is shipped for a model; one that changes nothing where there is none."""
    adapter = _read_shipped()
    return adapter if centering_of(description).fingerprint == adapter.fingerprint else NONE


@lru_cache(maxsize=1)
def _read_shipped() -> QuestionAdapter:
    with files("retriever.models.scoring").joinpath(DATA).open("rb") as file, np.load(file) as data:
        left, right = (data[name].astype(np.float32) for name in ("left", "right"))
        return QuestionAdapter(np.einsum("ij,jk->ik", left, right), str(data["centering"]))
