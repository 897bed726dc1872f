"""The weights of the encoder of questions: thin changes of the encoder's own, and nothing else."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import numpy as np

from retriever.models.bundled.e5_file import E5File
from retriever.models.bundled.load import FILES
from retriever.models.bundled.question_weights import DATA, change_weights


def test_every_matrix_of_the_layers_is_changed_a_little_and_nothing_else(weights: E5File) -> None:
    changed = change_weights(weights)
    names = {f"l{layer}.{part}.w" for layer in range(weights.layers) for part in ("q", "k", "v", "ao", "fi", "fo")}
    assert {name for name, matrix in changed.matrices.items() if matrix is not weights.matrices[name]} == names
    assert changed.vectors is weights.vectors
    for name in ("l0.q.w", "l5.fi.w", "l11.fo.w"):
        own, other = weights.matrices[name].dequantise(), changed.matrices[name].dequantise()
        change = np.linalg.svd(other - own, compute_uv=False)
        assert 0 < change[0] < 0.5 * np.linalg.norm(own, 2)
        assert change[32] < 1e-3 * change[0]


def test_other_weights_are_prepared_anew() -> None:
    digest = hashlib.sha256(files("retriever.models.bundled").joinpath(DATA).read_bytes()).hexdigest()
    # A prepared model with other weights stays in use unless FILES is raised: raise it, then change both here.
    assert (FILES, digest[:16]) == (6, "cc60bed39d618c7e")
