"""What a sync costs, as shares of the first build's time and beside the size of the corpus.

    python benchmarks/sync.py [--sizes 10000,30000,100000] [--model] [--work DIR]

For each size (in passages) a corpus is made and built, then synced with nothing changed, with one paragraph changed,
and with files changed one by one for many syncs, merges of segments among them. Vectors are made up from the text's
hash, so that nothing but the engine is measured; ``--model`` takes the bundled model instead.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retriever.index.local.index import LocalIndex
from retriever.ingest.sync import SyncOptions, sync
from retriever.models import load
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import ModelDescription, TokenVectors

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import SyncReport, Vectors

DIMENSION = 384
PASSAGES_A_DOCUMENT = 15
# Words of a paragraph: so many that each paragraph is a passage of its own.
PARAGRAPH = 110
SYNCS = 20
_WORDS = [f"{first}{second}" for first in "bdfgklmnprst" for second in ("arn", "elm", "ider", "oss", "ulva", "yre")]
_TOKEN = re.compile(r"\w+|[^\w\s]")


class MadeUp:
    """An encoder without a model: a text's vector is drawn from its hash."""

    description = ModelDescription("made up", DIMENSION, 512, weights="1")
    passage_limit = 500

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        rows = np.stack([np.random.default_rng(_seed(text)).normal(size=DIMENSION) for text in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def encode_query_tokens(self, text: str) -> TokenVectors:
        spans = self.token_spans(text)
        return TokenVectors(self.encode_passages([text] * max(1, len(spans)))[: len(spans)], spans)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return [self.encode_query_tokens(text) for text in texts]

    def token_spans(self, text: str) -> npt.NDArray[np.int32]:
        return np.array([match.span() for match in _TOKEN.finditer(text)], np.int32).reshape(-1, 2)


class Corpus:
    """Documents of made-up words in a folder."""

    def __init__(self, folder: Path, documents: int) -> None:
        self._chance = random.Random(documents)
        self.files = [folder / f"{number % 100:02}" / f"{number:06}.txt" for number in range(documents)]
        for file in self.files:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n\n".join(self._paragraph() for _ in range(PASSAGES_A_DOCUMENT)), encoding="utf-8")

    def edit(self) -> None:
        """Change one paragraph of one document."""
        file = self._chance.choice(self.files)
        paragraphs = file.read_text(encoding="utf-8").split("\n\n")
        paragraphs[self._chance.randrange(len(paragraphs))] = self._paragraph()
        file.write_text("\n\n".join(paragraphs), encoding="utf-8")

    def _paragraph(self) -> str:
        words = self._chance.choices(_WORDS, k=PARAGRAPH)
        return " ".join(" ".join(words[at : at + 11]).capitalize() + "." for at in range(0, PARAGRAPH, 11))


def measure(folder: Path, passages: int, model: EmbeddingModel) -> None:
    """Print the figures for one size."""
    corpus = Corpus(folder / "docs", passages // PASSAGES_A_DOCUMENT)
    index = LocalIndex.create(folder / "index")
    try:
        build = _run(index, model, folder)
        settled = _run(index, model, folder)
        edits, others = [], []
        for _ in range(SYNCS):
            corpus.edit()
            edits.append(_run(index, model, folder))
            others.append(_run(index, model, folder))
    finally:
        index.close()
    one, longest = statistics.median(report.seconds for report in edits), max(report.seconds for report in edits)
    nothing = statistics.median(report.seconds for report in others)
    more = statistics.median(edit.seconds - other.seconds for edit, other in zip(edits, others, strict=True))
    embedded = [report.embedded for report in edits]
    print(f"{build.documents:,} documents, {build.passages:,} passages: built in {build.seconds:.1f} s")
    print(
        f"  nothing changed   {_share(nothing, build)} (median of {SYNCS}), "
        f"embedded {max(report.embedded for report in others)}, {_generations([settled, *others])}"
    )
    print(f"  one paragraph     {_share(one, build)} (median of {SYNCS}, longest {longest:.2f} s)")
    print(f"                    embedded {statistics.mean(embedded):.1f} passages, at most {max(embedded)}")
    print(f"  the changed file  {more:.3f} s more than nothing changed")


def _run(index: LocalIndex, model: EmbeddingModel, folder: Path) -> SyncReport:
    return sync(index, model, "bundled", [folder / "docs"], SyncOptions())


def _share(seconds: float, build: SyncReport) -> str:
    return f"{seconds:.3f} s, {seconds / build.seconds:.2%} of the build"


def _generations(reports: Sequence[SyncReport]) -> str:
    return f"{sum(report.committed for report in reports) or 'no'} generation"


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", default="10000,30000,100000", help="passages of each corpus")
    parser.add_argument("--model", action="store_true", help="embed with the bundled model")
    parser.add_argument("--work", type=Path, help="where corpora and indexes are made, and removed again")
    options = parser.parse_args()
    model = load("bundled") if options.model else EmbeddingModel(MadeUp())
    began = time.perf_counter()
    for size in (int(size) for size in options.sizes.split(",")):
        folder = Path(tempfile.mkdtemp(dir=options.work))
        try:
            measure(folder, size, model)
        finally:
            shutil.rmtree(folder)
    print(f"in all {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
