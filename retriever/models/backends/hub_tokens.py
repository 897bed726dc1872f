"""Builds the inputs of any model whose folder has a tokenizer.json, with the place of each token in the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import ModelError
from retriever.locks import WORK
from retriever.models.backends.failures import check_file, translate_errors
from retriever.models.backends.inputs import ModelInput
from retriever.models.bundled.unigram import read_spans
from retriever.surrogates import replace_surrogates

if TYPE_CHECKING:
    import numpy.typing as npt
    from tokenizers import Encoding, Tokenizer


MAX_TOKENIZER_BYTES = 256 << 20
"""The largest tokenizer that is read: those of 250,000 pieces have up to 35 MB."""


class HubInputs:
    """An InputBuilder over a tokenizer.json. Safe to call from several threads: nothing in it changes once made."""

    def __init__(self, tokenizer: Tokenizer, max_tokens: int) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens

    def count_overhead(self, prefix: str) -> int:
        with translate_errors("the model's tokenizer failed"):
            return len(self._tokenizer.encode(prefix).ids)

    def build(self, texts: Sequence[str], prefix: str) -> list[ModelInput]:
        return [self._build_one(encoding, len(prefix)) for encoding in self._encode(texts, prefix)]

    def build_ids(self, texts: Sequence[str], prefix: str) -> list[npt.NDArray[np.int64]]:
        return [
            np.array(encoding.ids, dtype=np.int64)[self._find_fitting(encoding)]
            for encoding in self._encode(texts, prefix)
        ]

    @WORK.held
    def find_spans(self, text: str) -> npt.NDArray[np.int32]:
        with translate_errors("the model's tokenizer failed"):
            return read_spans(self._tokenizer.encode(replace_surrogates(text), add_special_tokens=False))

    @WORK.held
    def find_spans_of_many(self, texts: Sequence[str]) -> Sequence[npt.NDArray[np.int32]]:
        with translate_errors("the model's tokenizer failed"):
            whole = [replace_surrogates(text) for text in texts]
            return [read_spans(each) for each in self._tokenizer.encode_batch(whole, add_special_tokens=False)]

    def make_counter(self) -> Callable[[str], int]:
        return lambda text: len(self.find_spans(text))

    def indexing(self) -> AbstractContextManager[None]:
        return nullcontext()

    @WORK.held
    def _encode(self, texts: Sequence[str], prefix: str) -> list[Encoding]:
        whole = [prefix + replace_surrogates(text) for text in texts]
        with translate_errors("the model's tokenizer failed"):
            encodings: list[Encoding] = self._tokenizer.encode_batch(whole)
        return encodings

    def _find_fitting(self, encoding: Encoding) -> npt.NDArray[np.int64]:
        """The places of the tokens that fit: what is cut is the text's end, not the special tokens after it."""
        special = encoding.special_tokens_mask
        closing = 0
        while closing < len(special) and special[-1 - closing]:
            closing += 1
        places = np.arange(len(special))
        excess = max(len(special) - self._max_tokens, 0)
        cut = len(special) - closing
        return np.concatenate((places[: cut - excess], places[cut:]))

    def _build_one(self, encoding: Encoding, prefix: int) -> ModelInput:
        """``prefix`` is its length in characters."""
        fitting = self._find_fitting(encoding)
        ids = np.array(encoding.ids, dtype=np.int64)[fitting]
        spans = read_spans(encoding)[fitting]
        special = np.array(encoding.special_tokens_mask, dtype=bool)[fitting]
        own = np.flatnonzero(~special & ((spans[:, 0] >= prefix) | (spans[:, 1] > prefix)))
        return ModelInput(ids, own, np.maximum(spans[own] - prefix, 0))


@WORK.held
def read_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer at ``path``. Raises ModelError when it is not one."""
    from tokenizers import Tokenizer

    try:
        check_file(path, MAX_TOKENIZER_BYTES)
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"cannot read {path}: {error}") from error
    with translate_errors(f"{path} is not a tokenizer that can be loaded"):
        return Tokenizer.from_str(content)


def share_vocabulary(tokenizer: Tokenizer) -> Tokenizer:
    """A tokenizer that reads texts as this one does, with truncation and padding of its own.

    It takes no memory for the vocabulary, of which a copy of 250,000 pieces takes 240 MB.
    """
    from tokenizers import Tokenizer

    other = Tokenizer(tokenizer.model)
    for part in ("normalizer", "pre_tokenizer", "post_processor"):
        if (shared := getattr(tokenizer, part)) is not None:
            setattr(other, part, shared)
    # Those that the vocabulary lacks get their numbers in this order.
    for _, token in sorted(tokenizer.get_added_tokens_decoder().items()):
        (other.add_special_tokens if token.special else other.add_tokens)([token])
    return other
