"""What a tokeniser is to the encoders: text in, model inputs out, and which of their tokens are the text's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

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


class Tokeniser(Protocol):
    """Turns texts into inputs no longer than the model takes. Safe to call from several threads."""

    def overhead(self, prefix: str) -> int:
        """The tokens that an input has beside its text's own."""
        ...

    def few(self, texts: Sequence[str], prefix: str) -> list[ModelInput]:
        """The inputs of a few texts, as at search time."""
        ...

    def many(self, texts: Sequence[str], prefix: str) -> list[npt.NDArray[np.int64]]:
        """The ids of many texts, as at indexing time."""
        ...

    def spans(self, text: str) -> npt.NDArray[np.int32]:
        """Each token's characters in a text of any length: int32 [tokens, 2]."""
        ...
