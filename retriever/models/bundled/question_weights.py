"""The weights with which the bundled model reads questions.

They differ from those for passages by a product of two thin matrices each (Hu et al. 2021, "LoRA: Low-Rank Adaptation
of Large Language Models"), trained so that a question in people's own words, or in another language, is near what
answers it. Passages and indexes are not concerned. ``docs/decisions/question-encoder.md`` has how they were trained.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import numpy as np

from retriever.models.bundled.e5_file import E5File

DATA = "question_weights.npz"


def change_weights(weights: E5File) -> E5File:
    """The weights for questions."""
    with files("retriever.models.bundled").joinpath(DATA).open("rb") as file, np.load(file) as data:
        parts = {name: data[name].astype(np.float32) for name in data.files}
    changed = dict(weights.matrices)
    for name in sorted({name.removesuffix(".left") for name in parts if name.endswith(".left")}):
        changed[name] = replace(weights.matrices[name], change=(parts[f"{name}.left"], parts[f"{name}.right"]))
    return replace(weights, matrices=changed)
