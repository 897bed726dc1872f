"""The postings of one segment: which passages hold which term, in tantivy.

Terms come from outside and are stored as they are, each once a passage. A score is a sum of given weights, so it
depends on nothing else in the index. Opening writes nothing into the folder.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.errors import IndexCorruptError, IndexWriteError
from retriever.index.interface import Candidates
from retriever.index.manifest import REBUILD

if TYPE_CHECKING:
    import numpy.typing as npt

_TERMS = "terms"
_ROW = "row"
_TOKENIZER = "terms"
_HEAP = 64 << 20
# Sums of whole numbers up to here are exact in single precision, in whatever order they are added.
_EXACT = 1 << 24
# Up to so many allowed rows the search visits these alone; with more it is quicker to sort out afterwards.
_FEW = 1000


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_TERMS, stored=False, tokenizer_name=_TOKENIZER, index_option="basic")
    builder.add_unsigned_field(_ROW, stored=False, indexed=True, fast=True)
    return builder.build()


class LexicalWriter:
    """Writes the folder. Raises IndexWriteError where the disk refuses."""

    def __init__(self, path: Path) -> None:
        import tantivy

        self._path = path
        self._rows = 0
        try:
            path.mkdir()
            index = tantivy.Index(_schema(), path=str(path))
            analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            index.register_tokenizer(_TOKENIZER, analyzer)
            # One thread: then there is one tantivy segment unless memory runs over.
            self._writer: Any = index.writer(_HEAP, 1)
        except (OSError, ValueError) as error:
            raise self._refused(error) from error

    def add(self, terms: Collection[str]) -> None:
        """Append a passage that holds ``terms``. Raises ValueError for a term with white space in it."""
        import tantivy

        joined = " ".join(dict.fromkeys(filter(None, terms)))
        if len(joined.split()) != joined.count(" ") + 1 and joined:
            raise ValueError(f"a term holds white space: {joined[:200]!r}")
        document = tantivy.Document()
        document.add_text(_TERMS, joined)
        document.add_unsigned(_ROW, self._rows)
        try:
            self._writer.add_document(document)
        except (OSError, ValueError) as error:
            raise self._refused(error) from error
        self._rows += 1

    def finish(self) -> None:
        """Write everything and leave nothing but data in the folder."""
        try:
            self._writer.commit()
            self._writer.wait_merging_threads()
        except (OSError, ValueError) as error:
            raise self._refused(error) from error
        del self._writer
        for lock in self._path.glob(".tantivy-*.lock"):
            lock.unlink()

    def _refused(self, error: Exception) -> IndexWriteError:
        return IndexWriteError(
            f"cannot write {self._path}: {error}",
            hint="free space on that disk or check its permissions, and run the same command again",
        )


class LexicalReader:
    """Searches the folder, from any number of threads."""

    def __init__(self, path: Path) -> None:
        """Raises IndexCorruptError."""
        self.path = path
        self._searcher, self._schema = _open(path)

    @property
    def size(self) -> int:
        return int(self._searcher.num_docs)

    def document_frequency(self, terms: Sequence[str]) -> npt.NDArray[np.int64]:
        """How many passages hold each term, deleted ones included."""
        return np.array([self._searcher.doc_freq(_TERMS, term) for term in terms], np.int64)

    def search(self, weights: Mapping[str, float], limit: int, live: npt.NDArray[np.bool_] | None) -> Candidates:
        """The ``limit`` rows of the largest sum of the weights of their terms, and all that tie with the last.

        ``live`` says of each row whether it takes part; None is all. In no particular order. Weights are
        positive; they are rounded to whole multiples of about 2**-24 of their sum.
        """
        whole, unit = _whole(weights)
        few = np.flatnonzero(live) if live is not None and np.count_nonzero(live) <= _FEW else None
        if limit <= 0 or not whole or (few is not None and not len(few)):
            return Candidates(np.zeros(0, np.int64), np.zeros(0, np.float32))
        query = self._query(whole, few)
        taken = limit + 16
        while True:
            found = self._searcher.search(query, taken, count=False).hits
            sums, rows = self._unpack(found)
            if live is not None:
                kept = live[rows]
                sums, rows = sums[kept], rows[kept]
            if len(found) < taken or (len(sums) > limit and found[-1][0] < sums[limit - 1]):
                break
            taken *= 8
        if len(sums) > limit:
            keep = sums >= sums[limit - 1]
            sums, rows = sums[keep], rows[keep]
        return Candidates(rows, (sums * unit).astype(np.float32))

    def rows(self) -> npt.NDArray[np.int64]:
        """The row of every passage in the postings, in no particular order."""
        import tantivy

        found = self._searcher.search(tantivy.Query.all_query(), max(self.size, 1), count=False).hits
        return self._unpack(found)[1]

    def _query(self, weights: Mapping[str, int], few: npt.NDArray[np.int64] | None) -> Any:
        from tantivy import Occur, Query

        terms = Query.boolean_query(
            [
                (Occur.Should, Query.const_score_query(Query.term_query(self._schema, _TERMS, term, "basic"), weight))
                for term, weight in weights.items()
            ]
        )
        if few is None:
            return terms
        allowed = Query.const_score_query(Query.term_set_query(self._schema, _ROW, few.tolist()), 0.0)
        return Query.boolean_query([(Occur.Must, terms), (Occur.Must, allowed)])

    def _unpack(self, hits: Sequence[tuple[float, Any]]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        sums = np.array([score for score, _ in hits], np.float64)
        rows = self._searcher.fast_field_values(_ROW, [address for _, address in hits])
        return sums, np.array(rows, np.int64)


def _whole(weights: Mapping[str, float]) -> tuple[dict[str, int], float]:
    """Weights as whole numbers whose sum is exact in single precision, and what one of them is worth."""
    total = math.fsum(weights.values())
    if not weights or not math.isfinite(total) or min(weights.values()) <= 0:
        if weights:
            raise ValueError("the weights of terms have to be positive and finite")
        return {}, 1.0
    unit = 2.0 ** math.ceil(math.log2(total / (_EXACT - len(weights))))
    return {term: max(1, round(weight / unit)) for term, weight in weights.items()}, unit


def _open(path: Path) -> tuple[Any, Any]:
    """Open through links from a folder elsewhere: tantivy creates a lock file beside what it opens."""
    import tantivy

    try:
        names = os.listdir(path)
        with tempfile.TemporaryDirectory(prefix="retriever-") as links:
            for name in names:
                os.symlink(path.resolve() / name, os.path.join(links, name))
            index = tantivy.Index.open(links)
            index.config_reader("Manual", 0)
            return index.searcher(), index.schema
    except (OSError, ValueError) as error:
        raise IndexCorruptError(f"{path} cannot be read as postings: {error}", hint=REBUILD) from error
