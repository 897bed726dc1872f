"""Tokenises for the bundled model: a little text without loading its vocabulary, much with all of it.

The whole vocabulary takes more than half a second to load, and 280 MB. For a query it is enough to load the pieces
that occur in the query: the Viterbi search over those finds the same path, since no other piece can be on it. So the
whole vocabulary is loaded only while an index is built, once there has been much to tokenise, and is then let go of.
Special tokens and prefixes are not added here.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.frozen import dataclass
from retriever.locks import WORK, ForkSafeLock
from retriever.models.bundled import vocabulary
from retriever.surrogates import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    from tokenizers import Encoding, Tokenizer

LONGEST_PIECE = 16
"""Characters of the longest piece of the vocabulary."""
LOOKED_UP = 150_000
"""Characters that are tokenised without the whole vocabulary first: half a second of work, against nine tenths to load
the vocabulary and let it go."""
_PREFIX_BITS = 21
_PREFIX_SHIFT = np.uint64(64 - _PREFIX_BITS)


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's tokens: ids as int64 [tokens] and each one's characters in the text as int32 [tokens, 2]."""

    ids: npt.NDArray[np.int64]
    spans: npt.NDArray[np.int32]


def read_spans(encoding: Encoding) -> npt.NDArray[np.int32]:
    """The characters of each token: int32 [tokens, 2]. The mark of a word's start alone has none."""
    # Twice as fast as an array of the list of pairs.
    spans = np.fromiter(chain.from_iterable(encoding.offsets), np.int32).reshape(-1, 2)
    tokens = encoding.tokens
    if "▁" in tokens:
        marks = [place for place, token in enumerate(tokens) if token == "▁"]
        spans[marks, 1] = spans[marks, 0]
    return spans


class UnigramTokenizer:
    """The tokenizer over the files that ``vocabulary.write_vocabulary`` wrote. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = ForkSafeLock()
        self._opening = ForkSafeLock()
        self._loading = ForkSafeLock()
        self._opened: _Lookup | None = None
        self._whole: Tokenizer | None = None
        self._holders = 0
        self._characters = 0

    @contextmanager
    def indexing(self) -> Iterator[None]:
        """Allow the whole vocabulary to be loaded and held, until the last caller leaves."""
        with self._lock.hold():
            self._holders += 1
        try:
            yield
        finally:
            with self._lock.hold():
                self._holders -= 1
                if not self._holders:
                    self._whole, self._characters = None, 0

    @WORK.held
    def tokenise(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text, of any length."""
        texts = [replace_surrogates(text) for text in texts]
        whole = self._find_whole(sum(map(len, texts)))
        if whole is not None:
            return [Tokens(np.array(e.ids, dtype=np.int64), read_spans(e)) for e in _encode(whole, texts)]
        tokenizer, numbers = self._lookup.make_tokenizer(texts)
        return [Tokens(numbers[np.array(e.ids, dtype=np.int64)], read_spans(e)) for e in _encode(tokenizer, texts)]

    @WORK.held
    def find_spans(self, texts: Sequence[str]) -> list[npt.NDArray[np.int32]]:
        """The characters of each text's tokens alone, which is quicker: int32 [tokens, 2] each."""
        texts = [replace_surrogates(text) for text in texts]
        whole = self._find_whole(sum(map(len, texts)))
        tokenizer = self._lookup.make_tokenizer(texts)[0] if whole is None else whole
        return [read_spans(encoding) for encoding in _encode(tokenizer, texts)]

    @WORK.held
    def tokenise_ids(self, texts: Sequence[str]) -> list[npt.NDArray[np.int64]]:
        """The ids of each text's tokens alone, which is quicker: int64 [tokens] each."""
        texts = [replace_surrogates(text) for text in texts]
        whole = self._find_whole(sum(map(len, texts)))
        if whole is not None:
            return [np.array(e.ids, dtype=np.int64) for e in whole.encode_batch_fast(texts)]
        tokenizer, numbers = self._lookup.make_tokenizer(texts)
        return [numbers[np.array(e.ids, dtype=np.int64)] for e in tokenizer.encode_batch_fast(texts)]

    def _find_whole(self, characters: int) -> Tokenizer | None:
        """The tokenizer with the whole vocabulary, where it is worth loading for so many characters more."""
        with self._lock.hold():
            if self._whole is not None or not self._holders:
                return self._whole
            self._characters += characters
            if self._characters <= LOOKED_UP:
                return None
        from tokenizers import Tokenizer

        with self._loading.hold():
            if self._whole is not None:
                return self._whole
            whole = Tokenizer.from_file(str(self._folder / vocabulary.TOKENIZER_FILE))
            with self._lock.hold():
                # It may have taken so long that nobody is indexing any more.
                self._whole = whole if self._holders else None
        return whole

    @property
    def _lookup(self) -> _Lookup:
        with self._opening.hold():
            if self._opened is None:
                self._opened = _Lookup(self._folder)
            return self._opened


class TokenCounter:
    """Counts the tokens of texts that have words in common: each word, as white space parts them, is tokenised once."""

    def __init__(self, tokenizer: UnigramTokenizer) -> None:
        self._tokenizer = tokenizer
        self._counts: dict[str, int] = {}

    def count(self, text: str) -> int:
        """The number of tokens of a text of any length. Words are tokenised one by one, so they add up."""
        words = text.replace("\n", " ").split(" ")
        new = [word for word in dict.fromkeys(words) if word not in self._counts]
        if new:
            [spans] = self._tokenizer.find_spans([" ".join(new)])
            ends = np.cumsum([len(word) + 1 for word in new])
            counts = np.bincount(np.searchsorted(ends, spans[:, 0], side="right"), minlength=len(new))
            self._counts.update(zip(new, counts.tolist(), strict=True))
        return sum(map(self._counts.__getitem__, words))


def _encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Encoding]:
    # One text needs no threads of the library, which it would warn of in a process that has forked.
    return [tokenizer.encode(texts[0])] if len(texts) == 1 else tokenizer.encode_batch(texts)


class _Lookup:
    """Finds the pieces that occur in a text, by the hashes of all its substrings.

    A false match only adds a piece that cannot be used, so matches need no second look.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        def mapped(name: str) -> npt.NDArray[Any]:
            # A plain view: a memmap makes another memmap of every slice, which takes longer than the rest.
            array: npt.NDArray[Any] = np.load(folder / name, mmap_mode="r").view(np.ndarray)
            return array

        self._hashes = mapped(vocabulary.HASHES_FILE)
        # Whether some piece has a hash that begins with these bits: rules out nine of ten substrings without a search.
        self._prefixes = np.zeros(1 << _PREFIX_BITS, dtype=np.bool_)
        self._prefixes[self._hashes >> _PREFIX_SHIFT] = True
        self._ids = mapped(vocabulary.IDS_FILE)
        self._bounds = mapped(vocabulary.BOUNDS_FILE)
        self._scores = mapped(vocabulary.SCORES_FILE)
        self._blob = np.memmap(folder / vocabulary.PIECES_FILE, dtype=np.uint8, mode="r").data
        # Unigram derives the score of an unknown character from the lowest score it knows.
        self._lowest = int(np.argmin(self._scores))
        settings = {
            "version": "1.0",
            "added_tokens": [],
            "normalizer": vocabulary.NORMALIZER,
            "pre_tokenizer": vocabulary.PRE_TOKENIZER,
            "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0]], "byte_fallback": False},
        }
        pipeline = Tokenizer.from_str(json.dumps(settings))
        self._normalizer, self._pre_tokenizer = pipeline.normalizer, pipeline.pre_tokenizer

    def make_tokenizer(self, texts: Sequence[str]) -> tuple[Tokenizer, npt.NDArray[np.int64]]:
        """A tokenizer with the pieces that occur in ``texts``, and the vocabulary's id of each of its ids."""
        from tokenizers import Tokenizer
        from tokenizers.models import Unigram

        words: dict[str, None] = {}
        for text in texts:
            normalised = self._normalizer.normalize_str(text)
            words.update((word, None) for word, _ in self._pre_tokenizer.pre_tokenize_str(normalised))
        occurring = self._find_pieces("".join(words))
        numbers = np.concatenate(([vocabulary.UNKNOWN, self._lowest], occurring[occurring != self._lowest])).astype(
            np.int64
        )
        tokenizer = Tokenizer(Unigram(self._read_pieces(numbers), 0, False))
        tokenizer.normalizer, tokenizer.pre_tokenizer = self._normalizer, self._pre_tokenizer
        return tokenizer, numbers

    def _find_pieces(self, text: str) -> npt.NDArray[np.int64]:
        codes = vocabulary.code_points(text)
        hashes = np.zeros(len(codes), dtype=np.uint64)
        likely: list[npt.NDArray[np.uint64]] = []
        for length in range(1, min(LONGEST_PIECE, len(codes)) + 1):
            hashes = vocabulary.substring_hashes(codes, length, hashes)
            likely.append(hashes[self._prefixes[hashes >> _PREFIX_SHIFT]])
        if not likely:
            return np.empty(0, dtype=np.int64)
        # Not np.unique, which imports all of NumPy's masked arrays at its first call.
        wanted = np.array(sorted(set(np.concatenate(likely).tolist())), np.uint64)
        places = np.minimum(np.searchsorted(self._hashes, wanted), len(self._hashes) - 1)
        present: npt.NDArray[np.int64] = self._ids[places[self._hashes[places] == wanted]].astype(np.int64)
        return np.sort(present[present != vocabulary.UNKNOWN])

    def _read_pieces(self, numbers: npt.NDArray[np.int64]) -> list[tuple[str, float]]:
        """Each piece with its score, by the number of its id."""
        starts, ends = self._bounds[numbers].tolist(), self._bounds[numbers + 1].tolist()
        pieces = [str(self._blob[start:end], "utf-8") for start, end in zip(starts, ends, strict=True)]
        return list(zip(pieces, self._scores[numbers].tolist(), strict=True))
