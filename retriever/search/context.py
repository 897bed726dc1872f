"""The state that the stages of one search share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retriever.frozen import dataclass

if TYPE_CHECKING:
    from retriever.filters import Filter
    from retriever.index.interface import Selection, Snapshot
    from retriever.models.interface import TokenVectors
    from retriever.models.scoring.score_baseline import ScoreBaseline
    from retriever.models.scoring.token_codes import TokenCodec
    from retriever.options import SearchOptions
    from retriever.search.bm25 import TermWeights
    from retriever.search.corpus_centering import CorpusCentering
    from retriever.search.query import Query
    from retriever.types import Vectors


@dataclass(frozen=True, slots=True)
class SearchContext:
    """The inputs of one search; immutable.

    - ``snapshot``: the generation; ``within``: its passages that match ``where``, None where there is no filter
    - ``weights``: of the question's terms; ``vector``: of the question, centered, float32 [dimension], None in
      lexical mode; ``tokens``: its token vectors, None without late interaction
    - ``baseline``: the model's scores for unrelated texts; ``centering``: for languages without a mean of the model
    - ``codec``: decodes the token vectors that the index stores; None if it stores none
    """

    snapshot: Snapshot
    options: SearchOptions
    query: Query
    weights: TermWeights
    baseline: ScoreBaseline
    centering: CorpusCentering
    where: Filter | None = None
    within: Selection | None = None
    vector: Vectors | None = None
    tokens: TokenVectors | None = None
    codec: TokenCodec | None = None

    @property
    def available(self) -> int:
        """The number of passages to search."""
        return self.snapshot.passages if self.within is None else self.within.count

    @property
    def reads_vectors(self) -> bool:
        """Whether the vectors of candidates are needed: to score them, or to find near-duplicates."""
        return self.vector is not None or self.options.duplicates == "fold" or self.options.diverse

    @property
    def reads_tokens(self) -> bool:
        """Whether token vectors are read from the index."""
        return self.codec is not None and self.tokens is not None
