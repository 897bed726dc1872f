"""The weights of the encoder of questions: thin changes of the encoder's own, and nothing else."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from retriever.models.bundled.e5_file import E5File
from retriever.models.bundled.load import FILES
from retriever.models.bundled.question_weights import DATA, change_weights

if TYPE_CHECKING:
    from retriever.types import Vectors


def test_every_matrix_of_the_layers_is_changed_a_little_and_nothing_else(weights: E5File) -> None:
    changed = change_weights(weights)
    names = {f"l{layer}.{part}.w" for layer in range(weights.layers) for part in ("q", "k", "v", "ao", "fi", "fo")}
    assert {name for name, matrix in changed.matrices.items() if matrix is not weights.matrices[name]} == names
    assert changed.vectors is weights.vectors
    for name in ("l0.q.w", "l5.fi.w", "l11.fo.w"):
        own, change = weights.matrices[name].dequantise(), changed.matrices[name].change
        assert change
        left, right = change
        assert (left.shape, right.shape) == ((len(own), 32), (32, own.shape[1]))
        assert 0 < norm(left @ right) < 0.5 * norm(own)


def norm(matrix: Vectors) -> float:
    """The spectral norm, from the smaller of the products with itself, which is the quicker way."""
    small = matrix.T @ matrix if len(matrix) > matrix.shape[1] else matrix @ matrix.T
    return float(np.linalg.eigvalsh(small)[-1] ** 0.5)


def test_other_weights_are_prepared_anew() -> None:
    digest = hashlib.sha256(files("retriever.models.bundled").joinpath(DATA).read_bytes()).hexdigest()
    # A prepared model with other weights stays in use unless FILES is raised: raise it, then change both here.
    assert (FILES, digest[:16]) == (7, "cc60bed39d618c7e")
