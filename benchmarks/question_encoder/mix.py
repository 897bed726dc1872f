"""Add up trainings of the encoder of questions: retriever/models/bundled/question_weights.npz.

    python benchmarks/question_encoder/mix.py SHARE:FILE ... [--rank 32] [--to FILE]

Weights that were trained apart can be averaged (Wortsman et al. 2022, "Model soups"), which undoes much of the noise of
small batches. The sum of the products of thin matrices is cut to a rank by its singular values (Eckart and Young 1936).
docs/decisions/question-encoder.md says what was added up for the weights that ship.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt

TARGET = Path(__file__).parents[2] / "retriever" / "models" / "bundled" / "question_weights.npz"
SIDES = ("left", "right")
Matrix = npt.NDArray[np.float32]


def cut(left: Matrix, right: Matrix, rank: int) -> tuple[Matrix, Matrix, float]:
    """The nearest product of that rank to ``left @ right``, and the share of its squares that is lost."""
    basis, inner = np.linalg.qr(left)
    other, outer = np.linalg.qr(right.T)
    rows, values, columns = np.linalg.svd(inner @ outer.T)
    root = np.sqrt(values[:rank])
    lost = float((values[rank:] ** 2).sum() / (values**2).sum())
    return (basis @ rows[:, :rank]) * root, (root[:, None] * columns[:rank]) @ other.T, lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="+", metavar="SHARE:FILE")
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--to", type=Path, default=TARGET)
    options = parser.parse_args()
    parts = [(float(share), dict(np.load(path))) for share, path in (part.split(":", 1) for part in options.parts)]
    mixed, losses = {}, []
    for name in [name.removesuffix(".left") for name in parts[0][1] if name.endswith(".left")]:
        left = np.concatenate([share * weights[f"{name}.left"].astype(np.float32) for share, weights in parts], axis=1)
        right = np.concatenate([weights[f"{name}.right"].astype(np.float32) for _, weights in parts])
        *sides, lost = cut(left, right, options.rank)
        mixed.update({f"{name}.{side}": matrix.astype(np.float16) for side, matrix in zip(SIDES, sides, strict=True)})
        losses.append(lost)
    with options.to.open("wb") as file:
        np.savez_compressed(file, **mixed)
    print(f"rank {options.rank} loses {np.mean(losses):.2%}")


if __name__ == "__main__":
    main()
