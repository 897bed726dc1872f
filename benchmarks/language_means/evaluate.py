"""How well whole vectors find the passages of all languages, by the language of the question.

    python benchmarks/language_means/evaluate.py [--languages zh,en,ru]

Each question of texts/ is asked over the parallel passages of all languages (or of some); right are those on its
subject, one a language. Means are taken over the other three quarters of the texts. Prints the mean average precision.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retriever.models import load_encoder
from retriever.models.scoring.language_centering import COMMON_SHARE

TEXTS = Path(__file__).parent / "texts"
FOLDS = 4

Numbers = npt.NDArray[np.float64]


def center(vectors: Numbers, learnt: npt.NDArray[np.bool_]) -> Numbers:
    """Vectors by language and text without the mean of their language over the texts ``learnt`` from.

    float64 [languages, texts, dimension], as ``LanguageCentering`` does it.
    """
    means = vectors[:, learnt].mean(axis=1)
    offsets = means - (1 - COMMON_SHARE) * means.mean(axis=0)
    centered = vectors - offsets[:, None]
    return np.asarray(centered / np.linalg.norm(centered, axis=2, keepdims=True))


def average_precision(right: npt.NDArray[np.bool_]) -> float:
    """Of a ranking, best first."""
    places = np.flatnonzero(right)
    return float((np.arange(1, len(places) + 1) / (places + 1)).mean())


def evaluate(questions: Numbers, passages: Numbers) -> Numbers:
    """The mean average precision by language, from vectors by language and text: float64 [languages]."""
    languages, texts, dimension = passages.shape
    subject = np.tile(np.arange(texts), languages)
    found = np.zeros((languages, texts))
    for fold in range(FOLDS):
        learnt = np.arange(texts) % FOLDS != fold
        asked, answering = center(questions, learnt), center(passages, learnt).reshape(-1, dimension)
        for language in range(languages):
            for text in np.flatnonzero(~learnt):
                order = np.argsort(-(answering @ asked[language, text]), kind="stable")
                found[language, text] = average_precision(subject[order] == text)
    return np.asarray(found.mean(axis=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--languages", help="codes of some languages (default: all)")
    arguments = parser.parse_args()
    codes = (arguments.languages or ",".join(sorted(path.stem for path in TEXTS.glob("*.jsonl")))).split(",")
    encoder = load_encoder()
    questions, passages = [], []
    for code in codes:
        rows = [json.loads(line) for line in (TEXTS / f"{code}.jsonl").read_text("utf-8").splitlines()]
        questions.append(encoder.encode_queries([row["question"] for row in rows]))
        passages.append(encoder.encode_passages([row["passage"] for row in rows]))
    precision = evaluate(np.array(questions, float), np.array(passages, float))
    for value, code in sorted(zip(precision.tolist(), codes, strict=True), reverse=True):
        print(f"{code} {value:.3f}")
    print(f"mean of {len(codes)} languages {precision.mean():.4f}")


if __name__ == "__main__":
    main()
