"""Makes retriever/models/scoring/language_means.npz: where the bundled model puts each language.

    python benchmarks/language_means/make.py

texts/ holds the same 32 questions and passages in every language, so the means of two languages differ by the
language alone. Means are taken over texts for whole vectors, over all tokens for token vectors. Questions are encoded
with the weights of passages: the model's own weights for questions were trained with these means.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retriever.models.backends.onnx_encoder import OnnxEncoder
from retriever.models.bundled.load import load_bundled
from retriever.models.scoring.language_centering import DATA

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "retriever" / "models" / "scoring" / DATA


def main() -> None:
    encoder = load_bundled()
    digest = hashlib.sha256()
    codes: list[str] = []
    means: dict[str, list[npt.NDArray[np.float32]]] = {
        "query": [],
        "passage": [],
        "query_tokens": [],
        "passage_tokens": [],
    }
    for path in sorted((HERE / "texts").glob("*.jsonl")):
        data = path.read_bytes()
        digest.update(data)
        rows = [json.loads(line) for line in data.decode("utf-8").splitlines()]
        questions = [row["question"] for row in rows]
        passages = [row["passage"] for row in rows]
        codes.append(path.stem)
        means["query"].append(OnnxEncoder.encode_queries(encoder, questions).mean(axis=0))
        means["passage"].append(encoder.encode_passages(passages).mean(axis=0))
        tokens = [OnnxEncoder.encode_query_tokens(encoder, question).vectors for question in questions]
        means["query_tokens"].append(np.concatenate(tokens).mean(axis=0))
        tokens = [item.vectors for item in encoder.encode_passage_tokens(passages)]
        means["passage_tokens"].append(np.concatenate(tokens).mean(axis=0))
    arrays = {kind: np.stack(rows).astype(np.float16) for kind, rows in means.items()}
    with TARGET.open("wb") as file:
        np.savez(
            file,
            codes=np.array(codes),
            model=np.array(encoder.description.name),
            digest=np.array(digest.hexdigest()[:16]),
            **arrays,
        )
    print(f"{TARGET}: {len(codes)} languages, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
