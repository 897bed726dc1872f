"""Makes retriever/models/scoring/token_codebooks.npz: the rotation and codebooks of stored token vectors.

    python benchmarks/token_codes/make.py

They come from the tokens of the passages in benchmarks/language_means/texts, in 40 languages; no set that quality is
measured on takes part. What the codes are is in retriever/models/scoring/product_codes.py.
"""

from __future__ import annotations

import heapq
import json
from pathlib import Path
from typing import TYPE_CHECKING

import faiss
import numpy as np

from retriever.models import load
from retriever.models.scoring.product_codes import DATA
from retriever.models.scoring.token_merging import find_words, scale_to_unit

if TYPE_CHECKING:
    import numpy.typing as npt

TEXTS = Path(__file__).parents[1] / "language_means" / "texts"
TARGET = Path(__file__).parents[2] / "retriever" / "models" / "scoring" / DATA
PARTS = 48


def main() -> None:
    faiss.omp_set_num_threads(1)  # the order of sums, and so the result, would depend on it
    model = load("bundled")
    tokens = []
    for path in sorted(TEXTS.glob("*.jsonl")):
        passages = [json.loads(line)["passage"] for line in path.read_text("utf-8").splitlines()]
        for text, found in zip(
            passages, model.embed_passage_tokens(passages, [path.stem] * len(passages)), strict=True
        ):
            tokens.append(found.vectors[find_words(text, found.spans)])
    vectors = np.concatenate(tokens)
    common = np.linalg.eigh(vectors.T @ vectors)[1][:, -1]
    without = np.eye(len(common)) - np.outer(common, common)
    vectors = scale_to_unit((vectors @ without).astype(np.float32))
    spread, axes = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    rotation = (without @ axes[:, deal_axes(spread)]).astype(np.float16)
    quantiser = faiss.ProductQuantizer(len(common), PARTS, 8)
    quantiser.cp.niter = 12
    quantiser.cp.max_points_per_centroid = 140
    quantiser.train(np.ascontiguousarray(vectors @ rotation.astype(np.float32)))
    centroids = faiss.vector_to_array(quantiser.centroids).reshape(PARTS, 256, -1)
    with TARGET.open("wb") as file:
        np.savez(
            file,
            centering=np.array(model.centering.fingerprint),
            rotation=rotation,
            centroids=centroids.astype(np.float16),
        )
    print(f"{TARGET}: {len(vectors)} tokens, {TARGET.stat().st_size} bytes")


def deal_axes(spread: npt.NDArray[np.floating]) -> list[int]:
    """The order of the axes in which the product of the variances of every part is about the same."""
    width = len(spread) // PARTS
    parts: list[tuple[float, int, list[int]]] = [(0.0, number, []) for number in range(PARTS)]
    done = []
    for axis in np.argsort(-spread).tolist():
        product, number, own = heapq.heappop(parts)
        own.append(axis)
        # Counted from far below, so that every axis raises the product.
        part = (product + float(np.log(max(spread[axis], 1e-9))) + 20, number, own)
        if len(own) < width:
            heapq.heappush(parts, part)
        else:
            done.append(part)
    return [axis for _, _, own in sorted(done, key=lambda part: part[1]) for axis in own]


if __name__ == "__main__":
    main()
