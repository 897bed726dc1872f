"""Add up two trainings of the encoder of questions: retriever/models/bundled/question_weights.npz.

    python benchmarks/question_encoder/mix.py FIRST SECOND [--shares 0.7 0.5]

The weights that ship are 0.7 of what ``train.py`` learns and 0.5 of what the second reading of questions had learnt
from parallel texts, for tokens across languages alone (``git show ec14e31:benchmarks/second_reading/train.py``, and the
weights of that commit). The products of both stand beside each other, so the rank is the sum of theirs. Weights that
were trained apart can be averaged (Wortsman et al. 2022, "Model soups").
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

TARGET = Path(__file__).parents[2] / "retriever" / "models" / "bundled" / "question_weights.npz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--shares", type=float, nargs=2, default=(0.7, 0.5))
    options = parser.parse_args()
    read = [dict(np.load(path)) for path in (options.first, options.second)]
    mixed = {}
    for name in read[0]:
        pair = [weights[name].astype(np.float32) for weights in read]
        if name.endswith(".left"):
            pair = [share * part for share, part in zip(options.shares, pair, strict=True)]
        mixed[name] = np.concatenate(pair, axis=1 if name.endswith(".left") else 0).astype(np.float16)
    with TARGET.open("wb") as file:
        np.savez_compressed(file, **mixed)


if __name__ == "__main__":
    main()
