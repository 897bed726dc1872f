"""Late interaction: a question's tokens against each candidate's tokens, with the vectors of the same model.

The token vectors are the encoder's last hidden states, balanced by language. They were not trained for this and
still tell passages apart that look alike as a whole, also across languages. A passage is encoded when it first
becomes a candidate; the vectors of the last ones are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from retriever.models.maxsim import maxsim, passage_tokens, question_tokens

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.models.interface import Encoder
    from retriever.types import Passage, Vectors

# Bytes of token vectors that are kept: about 700 passages of 120 tokens with the bundled model.
KEPT = 64 << 20


@dataclass(slots=True)
class LateInteraction:
    """Scores candidates with one encoder. Safe to use from several threads."""

    encoder: Encoder
    _kept: OrderedDict[tuple[str, str], npt.NDArray[np.float16]] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def scores(self, question: str, language: str, passages: Sequence[Passage]) -> list[float]:
        """MaxSim of the question with each passage, -1 to 1."""
        asked = question_tokens(self.encoder, question, language)
        return [maxsim(asked, tokens) for tokens in self._tokens(passages)]

    def _tokens(self, passages: Sequence[Passage]) -> list[Vectors]:
        """Balanced unit token vectors, float32 [tokens, dimension] a passage, through half precision always."""
        keys = [(passage.text, passage.language) for passage in passages]
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
        missing = list(dict.fromkeys(key for key in keys if key not in found))
        encoded = passage_tokens(self.encoder, [text for text, _ in missing], [language for _, language in missing])
        for key, vectors in zip(missing, encoded, strict=True):
            found[key] = vectors.astype(np.float16)
            self._keep(key, found[key])
        return [found[key].astype(np.float32) for key in keys]

    def _keep(self, key: tuple[str, str], vectors: npt.NDArray[np.float16]) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = vectors
            self._bytes += vectors.nbytes
            while self._bytes > KEPT:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= dropped.nbytes
