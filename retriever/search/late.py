"""Late interaction: a question's tokens against each candidate's tokens, with the vectors of the same model.

The token vectors are the encoder's last hidden states, balanced by language. They were not trained for this and
still tell passages apart that look alike as a whole, also across languages. Where the index keeps them they are
decoded; else a passage is encoded when it first becomes a candidate, and the vectors of the last ones are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from retriever.models.interface import TokenVectors
from retriever.models.scoring.language_centering import moved
from retriever.models.scoring.maxsim import maxsim, passage_tokens, question_tokens, similarities
from retriever.models.scoring.token_codes import TokenCodec
from retriever.search.corpus_centering import NONE, CorpusCentering
from retriever.text.sentences import assign_sentences, split_sentences

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

    def question(self, text: str, language: str, *, stored: bool) -> TokenVectors:
        """The question's tokens, for comparing with token vectors that are ``stored`` or encoded now."""
        tokens = question_tokens(self.encoder, text, language)
        return TokenVectors(self._codec.rotated(tokens.vectors), tokens.spans) if stored else tokens

    def scores(
        self,
        question: TokenVectors,
        passages: Sequence[Passage],
        stored: Sequence[bytes],
        estimates: CorpusCentering = NONE,
    ) -> list[float]:
        """MaxSim of the question with each passage, -1 to 1.

        ``stored`` has what the index keeps of each passage; where it is empty the passages are encoded.
        """
        offsets = [estimates.token_offset(passage.language) for passage in passages]
        scores = []
        if stored:
            for data, offset in zip(stored, offsets, strict=True):
                decoded = self._codec.decode(data)
                if offset is not None:
                    decoded = replace(decoded, vectors=moved(decoded.vectors, self._codec.rotated(offset[None])[0]))
                scores.append(maxsim(decoded.similarities(question.vectors), decoded.sentences))
            return scores
        for passage, tokens, offset in zip(passages, self._encoded(passages), offsets, strict=True):
            vectors = tokens.vectors if offset is None else moved(tokens.vectors, offset)
            sentences = assign_sentences(split_sentences(passage.text), tokens.spans[:, 0])
            scores.append(maxsim(similarities(question.vectors, vectors), sentences))
        return scores

    def tokens(self, passage: Passage, stored: bytes) -> TokenVectors:
        """A passage's tokens with their places in it, in the space of ``question``."""
        if stored:
            return self._codec.decode(stored).tokens
        [tokens] = self._encoded([passage])
        return tokens

    @property
    def _codec(self) -> TokenCodec:
        return TokenCodec(self.encoder.description.dimension)

    def _encoded(self, passages: Sequence[Passage]) -> list[TokenVectors]:
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
