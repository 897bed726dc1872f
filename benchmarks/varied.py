"""Varied copies of real additions to an index, for benchmarks of large ones."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from million import VectorGenerator

from retriever.index.interface import Addition
from retriever.index.terms import analyse
from retriever.types import Passage, StoredDocument

# Passages of a made document; of a run of words one of this many is replaced.
DOCUMENT = 20
REPLACED = 6
DEPARTMENTS = 100
# A word of a spaced language, or two to four characters of an unspaced one.
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(f"[^\\W\\d_{_UNSPACED}]{{2,}}|[{_UNSPACED}]{{2,4}}")


class Varier:
    """Makes documents of a pool of real passages, the first round of them unchanged."""

    def __init__(self, pool: Sequence[Addition]) -> None:
        self._passages = [passage for one in pool for passage in one.passages]
        self._tokens = [run for one in pool for run in one.tokens]
        self._vectors = np.concatenate([one.vectors for one in pool])
        self._generator = VectorGenerator(self._vectors)
        words: dict[tuple[str, int], list[str]] = defaultdict(list)
        for passage in self._passages:
            for match in _WORD.finditer(passage.text):
                words[passage.language, len(match[0])].append(match[0])
        self._words = dict(words)

    def __len__(self) -> int:
        return len(self._passages)

    def make(self, start: int, count: int, *, token_vectors: bool) -> Iterator[Addition]:
        """Documents with the passages ``start`` to ``start + count`` of the endless pool."""
        places = np.arange(start, start + count)
        near = self._generator.generate(count, start + 2, at=places % len(self))
        first = places < len(self)
        near[first] = self._vectors[places[first]]
        for row in range(0, count, DOCUMENT):
            numbers = places[row : row + DOCUMENT].tolist()
            passages = list(self._lay_out(numbers))
            document = _describe((start + row) // DOCUMENT)
            tokens = [self._tokens[number % len(self)] for number in numbers] if token_vectors else ()
            vectors: Any = near[row : row + len(numbers)].astype(np.float32)
            yield Addition(document, passages, vectors, analyse(document, passages), tokens)

    def _lay_out(self, numbers: Sequence[int]) -> Iterator[Passage]:
        at = 0
        for number in numbers:
            passage = self._passages[number % len(self)]
            text = passage.text if number < len(self) else self._vary(passage, random.Random(number))
            yield replace(passage, text=text, start=at, end=at + len(text))
            at += len(text) + 1

    def _vary(self, passage: Passage, generator: random.Random) -> str:
        """The text with some words replaced by others of its language, each as long as what it replaces."""

        def replace_some(match: re.Match[str]) -> str:
            word = match[0]
            if generator.randrange(REPLACED):
                return word
            return generator.choice(self._words[passage.language, len(word)])

        return _WORD.sub(replace_some, passage.text)


def _describe(number: int) -> StoredDocument:
    """A document as if it were a file, with metadata to filter by."""
    name = f"archive/{number // 1000:03d}/report-{number:06d}.txt"
    metadata = {
        "department": f"d{number % DEPARTMENTS:02d}",
        "year": 2000 + number % 25,
        "date": f"{2000 + number % 25}-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
    }
    path = f"/srv/{name}"
    return StoredDocument(path, name, name, path, f"{number:064x}", f"{number:064x}", name, "zh", metadata)
