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

from retriever.models.interface import TokenVectors
from retriever.models.maxsim import maxsim, passage_tokens, question_tokens

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.models.interface import Encoder
    from retriever.types import Passage

# Bytes of token vectors that are kept: about 700 passages of 120 tokens with the bundled model.
KEPT = 64 << 20


@dataclass(frozen=True, slots=True)
class _Kept:
    """A passage's tokens as they are kept: float16 [tokens, dimension], int32 [tokens, 2]."""

    vectors: npt.NDArray[np.float16]
    spans: npt.NDArray[np.int32]


@dataclass(slots=True)
class LateInteraction:
    """Scores candidates with one encoder. Safe to use from several threads."""

    encoder: Encoder
    _kept: OrderedDict[tuple[str, str], _Kept] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def question(self, text: str, language: str) -> TokenVectors:
        """The question's tokens, as ``scores`` takes them."""
        return question_tokens(self.encoder, text, language)

    def scores(self, question: TokenVectors, passages: Sequence[Passage]) -> list[float]:
        """MaxSim of the question with each passage, -1 to 1."""
        return [maxsim(question.vectors, tokens.vectors) for tokens in self.tokens(passages)]

    def tokens(self, passages: Sequence[Passage]) -> list[TokenVectors]:
        """Balanced unit token vectors of each passage, through half precision always."""
        keys = [(passage.text, passage.language) for passage in passages]
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
        missing = list(dict.fromkeys(key for key in keys if key not in found))
        encoded = passage_tokens(self.encoder, [text for text, _ in missing], [language for _, language in missing])
        for key, tokens in zip(missing, encoded, strict=True):
            found[key] = _Kept(tokens.vectors.astype(np.float16), tokens.spans)
            self._keep(key, found[key])
        return [TokenVectors(found[key].vectors.astype(np.float32), found[key].spans) for key in keys]

    def _keep(self, key: tuple[str, str], tokens: _Kept) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = tokens
            self._bytes += tokens.vectors.nbytes
            while self._bytes > KEPT:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= dropped.vectors.nbytes
