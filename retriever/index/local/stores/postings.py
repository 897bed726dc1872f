"""The postings, in tantivy: which passages contain which terms. They are written per segment and searched together.

Terms are analysed elsewhere and stored unchanged, each once per passage. A score is a sum of given weights, so that it
depends on nothing else in the index. Opening writes nothing into the folders.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.errors import IndexCorruptError, StorageError
from retriever.index.files.create import make_folder
from retriever.index.files.durable import write_error
from retriever.index.files.read_errors import REBUILD, classify_read_error
from retriever.index.identity import term_hash
from retriever.index.interface import Candidates
from retriever.index.local.stores.posting_files import (
    OWNER,
    ROW,
    TERMS,
    TOKENIZER,
    SegmentPostings,
    open_postings,
)
from retriever.index.weights import round_weights
from retriever.locks import WORK

if TYPE_CHECKING:
    import numpy.typing as npt

_HEAP = 64 << 20
# Bytes of a term at most: tantivy leaves out a longer one, and tells nobody.
_LONGEST = 65_530
# Up to this many allowed rows the query is restricted to them; with more, filtering the results is faster.
_FEW = 1000


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field(TERMS, stored=False, tokenizer_name=TOKENIZER, index_option="basic")
    builder.add_unsigned_field(ROW, stored=False, indexed=True, fast=True)
    builder.add_unsigned_field(OWNER, stored=False, indexed=False, fast=True)
    return builder.build()


class LexicalWriter:
    """Writes the postings of one segment. Raises IndexWriteError where the disk refuses."""

    @WORK.held
    def __init__(self, path: Path, owner: str) -> None:
        """``owner`` is the name of the segment, which identifies its postings."""
        import tantivy

        self._path = path
        # tantivy's threads know this folder alone: one that comes late finds it gone, and leaves nothing in the other.
        self._work = path.with_name(f"{path.name}.new")
        self._owner = term_hash(owner)
        self._rows = 0
        try:
            make_folder(self._work)
            index = tantivy.Index(_schema(), path=str(self._work))
            index.config_reader("Manual", 0)
            analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            index.register_tokenizer(TOKENIZER, analyzer)
            # One thread writes one tantivy segment, unless the heap overflows.
            self._writer: Any = index.writer(_HEAP, 1)
        except (OSError, ValueError) as error:
            raise write_error(self._path, error) from error

    @WORK.held
    def add(self, terms: Collection[str]) -> None:
        """Append a passage with ``terms``. Raises ValueError for a term with white space or of too many bytes."""
        import tantivy

        unique = list(dict.fromkeys(filter(None, terms)))
        joined = " ".join(unique)
        if joined.split() != unique:
            raise ValueError(f"a term contains white space: {joined[:200]!r}")
        if len(joined) > _LONGEST // 4 and any(len(term.encode()) > _LONGEST for term in unique):
            raise ValueError(f"a term has more than {_LONGEST} bytes")
        document = tantivy.Document()
        document.add_text(TERMS, joined)
        document.add_unsigned(ROW, self._rows)
        document.add_unsigned(OWNER, self._owner)
        try:
            self._writer.add_document(document)
        except (OSError, ValueError) as error:
            raise write_error(self._path, error) from error
        self._rows += 1

    @WORK.held
    def finish(self) -> None:
        """Write everything into the folder, which then contains nothing but data."""
        try:
            self._writer.commit()
            self._writer.wait_merging_threads()
            self.abandon()
            self._work.rename(self._path)
            for path in self._path.glob(".*"):
                path.unlink()
        except (OSError, ValueError) as error:
            raise write_error(self._path, error) from error

    @WORK.held
    def abandon(self) -> None:
        """Stop the writing threads, so that the folder can be removed."""
        self._writer = None


class LexicalReader:
    """Searches the postings of several segments. Safe to use from many threads.

    A ref is a row plus the base of its segment.
    """

    def __init__(self, segments: Sequence[SegmentPostings]) -> None:
        """Raises IndexCorruptError, IndexReadError, IndexWriteError if no folder of links can be created."""
        self._root = segments[0].path.parent.parent
        with _guard_reading(self._root):
            self._searcher, self._schema = open_postings(segments)
            owners = self._owners()
        self._starts = np.array([segment.base for segment in segments], np.int64)
        bases = {term_hash(segment.owner): segment.base for segment in segments}
        try:
            self._bases = np.array([bases[owner] for owner in owners], np.int64)
        except KeyError as error:
            raise IndexCorruptError("a segment has the postings of another one", hint=REBUILD) from error

    @property
    def size(self) -> int:
        """The number of passages, including deleted ones."""
        return int(self._searcher.num_docs)

    def document_frequency(self, terms: Sequence[str]) -> npt.NDArray[np.int64]:
        """How many passages contain each term, including deleted ones: int64 [len(terms)]."""
        with _guard_reading(self._root):
            found = np.array([self._searcher.doc_freq(TERMS, term) for term in terms], np.int64)
        if len(found) and found.max() > self.size:
            raise _postings_error(self._root, ValueError(f"{found.max()} of {self.size} passages contain a term"))
        return found

    def search(self, weights: Mapping[str, float], limit: int, live: npt.NDArray[np.bool_] | None) -> Candidates:
        """The ``limit`` refs with the largest sum of the weights of their terms, and all that tie with the last.

        The order is arbitrary. ``live`` has for each ref whether it is searched; None means all. Weights are positive;
        they are rounded to integer multiples of about 2**-24 of their sum.
        """
        whole, unit = round_weights(weights)
        available = self.size if live is None else int(np.count_nonzero(live))
        if limit <= 0 or not whole or not available:
            return Candidates(np.zeros(0, np.int64), np.zeros(0, np.float32))
        query = self._query(whole, live if available <= _FEW else None)
        # Where results are filtered, about as large a share of them is kept as of all; too few are searched for again.
        share = 1.0 if available <= _FEW else available / self.size
        taken = min(math.ceil((limit + 16) / share), self.size + 1)
        while True:
            with _guard_reading(self._root):
                found = self._searcher.search(query, taken, count=False).hits
                sums, refs = self._unpack(found)
            if live is not None:
                kept = live[refs]
                sums, refs = sums[kept], refs[kept]
            if len(found) < taken or (len(sums) > limit and found[-1][0] < sums[limit - 1]):
                break
            taken = min(taken * 8, self.size + 1)
        if len(sums) > limit:
            keep = sums >= sums[limit - 1]
            sums, refs = sums[keep], refs[keep]
        return Candidates(refs, (sums * unit).astype(np.float32))

    def refs(self) -> npt.NDArray[np.int64]:
        """The refs of all passages in the postings, in arbitrary order."""
        import tantivy

        with _guard_reading(self._root):
            found = self._searcher.search(tantivy.Query.all_query(), max(self.size, 1), count=False).hits
            return self._unpack(found)[1]

    def _owners(self) -> list[int]:
        """The owner of each tantivy segment; one segment of the index may consist of several."""
        from tantivy import DocAddress

        firsts = [DocAddress(number, 0) for number in range(self._searcher.num_segments)]
        owners: list[int] = self._searcher.fast_field_values(OWNER, firsts) if firsts else []
        return owners

    def _query(self, weights: Mapping[str, int], allowed: npt.NDArray[np.bool_] | None) -> Any:
        from tantivy import Occur, Query

        terms = Query.boolean_query(
            [
                (Occur.Should, Query.const_score_query(Query.term_query(self._schema, TERMS, term, "basic"), weight))
                for term, weight in weights.items()
            ]
        )
        if allowed is None:
            return terms
        # This also allows the same rows of other segments; they are filtered from the results.
        refs = np.flatnonzero(allowed)
        rows = np.unique(refs - self._starts[np.searchsorted(self._starts, refs, side="right") - 1])
        among = Query.const_score_query(Query.term_set_query(self._schema, ROW, rows.tolist()), 0.0)
        return Query.boolean_query([(Occur.Must, terms), (Occur.Must, among)])

    def _unpack(self, hits: Sequence[tuple[float, Any]]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        if not hits:
            return np.zeros(0, np.float64), np.zeros(0, np.int64)
        sums = np.array([score for score, _ in hits], np.float64)
        addresses = [address for _, address in hits]
        values = self._searcher.fast_field_values(ROW, addresses)
        if None in values:
            raise _postings_error(self._root, ValueError("a passage has no row"))
        rows = np.array(values, np.uint64).astype(np.int64)
        refs = rows + self._bases[[address.segment_ord for address in addresses]]
        if refs.min() < 0 or refs.max() >= self.size:
            raise _postings_error(self._root, ValueError("a row is outside of the index"))
        return sums, refs


@contextmanager
def _guard_reading(root: Path) -> Iterator[None]:
    """Turn errors and panics of tantivy into the error of ``classify_read_error``."""
    try:
        with WORK.hold():
            yield
    except (OSError, ValueError) as error:
        raise _postings_error(root, error) from error
    except BaseException as error:
        # A panic of the Rust code is raised as a BaseException of a class that cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise _postings_error(root, error) from error


def _postings_error(root: Path, error: BaseException) -> StorageError:
    return classify_read_error(root, error, f"has postings that cannot be read: {error}")
