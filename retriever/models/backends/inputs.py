"""Builds the inputs of a model from texts, and marks the tokens that belong to the text itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from retriever.frozen import dataclass

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class ModelInput:
    """One text as the model reads it.

    ``ids`` is int64 [tokens] with prefix and special tokens; ``own`` is int64 [own tokens], the places in ``ids``
    of the text's own tokens; ``spans`` is int32 [own tokens, 2], their characters in the text.
    """

    ids: npt.NDArray[np.int64]
    own: npt.NDArray[np.int64]
    spans: npt.NDArray[np.int32]


class InputBuilder(Protocol):
    """Turns texts into inputs no longer than the model takes. Safe to call from several threads."""

    def count_overhead(self, prefix: str) -> int:
        """The tokens that an input has besides those of its text."""
        ...

    def build(self, texts: Sequence[str], prefix: str) -> list[ModelInput]:
        """The inputs of texts, with the places of their tokens."""
        ...

    def build_ids(self, texts: Sequence[str], prefix: str) -> list[npt.NDArray[np.int64]]:
        """The ids of the inputs alone, which is quicker: int64 [tokens] each."""
        ...

    def find_spans(self, text: str) -> npt.NDArray[np.int32]:
        """The characters of each token in a text of any length: int32 [tokens, 2]."""
        ...

    def find_spans_of_many(self, texts: Sequence[str]) -> Sequence[npt.NDArray[np.int32]]:
        """``find_spans`` of each text, with all cores."""
        ...

    def make_counter(self) -> Callable[[str], int]:
        """Counts the tokens that ``find_spans`` finds: quicker than that for texts which repeat each other."""
        ...

    def indexing(self) -> AbstractContextManager[None]:
        """Hold what is needed for many texts, and let go of it at the end."""
        ...
