"""The cost of a sync, as a share of the time of the first build, at several sizes of the corpus.

    python benchmarks/sync.py [--sizes 10000,30000,100000] [--model] [--work DIR]

For each size (in passages) a corpus is generated and indexed, then synced without changes, and many times after a
change to one paragraph, so that some syncs merge segments. Vectors are derived from a hash of the text, so that only
the engine is measured, without token vectors; with ``--model`` the bundled model embeds, and they are stored.
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

from retriever.index.cache.access import IndexCache
from retriever.index.local.index import LocalIndex
from retriever.ingest.options import SyncOptions
from retriever.ingest.sync import sync
from retriever.models import load
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import ModelDescription, TokenVectors

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.reports import SyncReport
    from retriever.types import Vectors

DIMENSION = 384
PASSAGES_A_DOCUMENT = 15
# Words per paragraph: enough to make each paragraph a passage.
PARAGRAPH = 110
SYNCS = 20
_WORDS = [f"{first}{second}" for first in "bdfgklmnprst" for second in ("arn", "elm", "ider", "oss", "ulva", "yre")]
_TOKEN = re.compile(r"\w+|[^\w\s]")


class HashEncoder:
    """An encoder without a model: the vector of a text is random, seeded by its hash."""

    description = ModelDescription("hash", DIMENSION, 512, weights="1")
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
    """A folder of documents of invented words."""

    def __init__(self, folder: Path, documents: int) -> None:
        self._generator = random.Random(documents)
        self.files = [folder / f"{number % 100:02}" / f"{number:06}.txt" for number in range(documents)]
        for file in self.files:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n\n".join(self._paragraph() for _ in range(PASSAGES_A_DOCUMENT)), encoding="utf-8")

    def edit(self) -> None:
        """Change one paragraph of one document."""
        file = self._generator.choice(self.files)
        paragraphs = file.read_text(encoding="utf-8").split("\n\n")
        paragraphs[self._generator.randrange(len(paragraphs))] = self._paragraph()
        file.write_text("\n\n".join(paragraphs), encoding="utf-8")

    def _paragraph(self) -> str:
        words = self._generator.choices(_WORDS, k=PARAGRAPH)
        return " ".join(" ".join(words[at : at + 11]).capitalize() + "." for at in range(0, PARAGRAPH, 11))


def measure(folder: Path, passages: int, model: EmbeddingModel, *, stores_tokens: bool) -> None:
    """Print the figures for one size."""
    corpus = Corpus(folder / "docs", passages // PASSAGES_A_DOCUMENT)
    index = LocalIndex.create(folder / "index")
    cache = IndexCache(index)

    def run() -> SyncReport:
        return sync(index, cache, model, "bundled", [folder / "docs"], SyncOptions(token_vectors=stores_tokens))

    try:
        build = run()
        settled = run()
        edits, others = [], []
        for _ in range(SYNCS):
            corpus.edit()
            edits.append(run())
            others.append(run())
    finally:
        cache.close()
        index.close()
    one, longest = statistics.median(report.seconds for report in edits), max(report.seconds for report in edits)
    nothing = statistics.median(report.seconds for report in others)
    more = statistics.median(edit.seconds - other.seconds for edit, other in zip(edits, others, strict=True))
    embedded = [report.embedded for report in edits]
    print(f"{build.documents:,} documents, {build.passages:,} passages: built in {build.seconds:.1f} s")
    print(
        f"  nothing changed   {_format_share(nothing, build)} (median of {SYNCS}), "
        f"embedded {max(report.embedded for report in others)}, {_format_generations([settled, *others])}"
    )
    print(f"  one paragraph     {_format_share(one, build)} (median of {SYNCS}, longest {longest:.2f} s)")
    print(f"                    embedded {statistics.mean(embedded):.1f} passages, at most {max(embedded)}")
    print(f"  the changed file  {more:.3f} s more than no change")


def _format_share(seconds: float, build: SyncReport) -> str:
    return f"{seconds:.3f} s, {seconds / build.seconds:.2%} of the build"


def _format_generations(reports: Sequence[SyncReport]) -> str:
    return f"{sum(report.committed for report in reports) or 'no'} generation"


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", default="10000,30000,100000", help="passages of each corpus")
    parser.add_argument("--model", action="store_true", help="embed with the bundled model")
    parser.add_argument("--work", type=Path, help="folder for temporary corpora and indexes")
    options = parser.parse_args()
    model = load("bundled") if options.model else EmbeddingModel(HashEncoder())
    began = time.perf_counter()
    for size in (int(size) for size in options.sizes.split(",")):
        if options.work:
            options.work.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=options.work))
        try:
            measure(folder, size, model, stores_tokens=options.model)
        finally:
            shutil.rmtree(folder)
    print(f"total {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
