"""What a generation says of itself as a whole: by term, by language, and what its engine guarantees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from retriever.frozen import dataclass

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """What BM25 needs: the number of live passages, their mean length in terms, and how many contain each term."""

    passages: int
    mean_length: float
    document_frequency: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class LanguageSums:
    """The number of live passages in one language and the sum of their vectors, float64 [dimension].

    Vectors are stored in half precision, so the sum is exact and does not depend on the order of commits. ``pending``
    of the passages have no vector yet.
    """

    passages: int
    vectors: npt.NDArray[np.float64]
    pending: int = 0

    @property
    def mean(self) -> npt.NDArray[np.float64]:
        """The mean of the vectors that there are: float64 [dimension]."""
        return self.vectors / max(self.passages - self.pending, 1)


@dataclass(frozen=True, slots=True)
class Guarantees:
    """What an engine guarantees about its candidates.

    With ``exact`` no passage with a larger score is missed; otherwise a share of ``recall`` (0 to 1) of the best is
    found, as measured by the engine. With ``ordered_ties`` the choice among passages of equal score does not depend on
    the history of the index, so that the same corpus gives the same ranking. With ``immediate`` no search waits for
    another machine.
    """

    exact: bool = True
    recall: float = 1.0
    ordered_ties: bool = True
    immediate: bool = False
