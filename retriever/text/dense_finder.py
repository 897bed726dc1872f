"""Finds characters and pairs of them, of scripts without spaces, in many folded texts at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.text.tables import JoinedTexts


class DenseFinder:
    """Finds terms of one character or two. Neighbouring characters are always in the same run, so each place counts."""

    def __init__(self, terms: Sequence[str]) -> None:
        """Prepare to look for ``terms``, each of which is given once."""
        self._terms = terms
        characters = {one: number for number, one in enumerate(dict.fromkeys("".join(terms)), 1)}
        # Of each character its number, of each pair of numbers that of the term, from 1 on; a pair with 0 is the first
        # character alone. The last entry is that of every character beyond.
        self._numbers = np.zeros(ord(max(characters, default="\0")) + 2, np.uint16)
        self._numbers[list(map(ord, characters))] = list(characters.values())
        self._owners = np.zeros((len(characters) + 1, len(characters) + 1), np.uint16)
        for number, term in enumerate(terms, 1):
            self._owners[characters[term[0]], characters[term[1]] if len(term) > 1 else 0] = number

    def count(self, texts: JoinedTexts, count: int) -> list[dict[str, int]]:
        """How often each term occurs in each of ``count`` texts that has it."""
        found: list[dict[str, int]] = [{} for _ in range(count)]
        if self._terms:
            places, terms = self._find(texts)
            width = len(self._terms)
            totals = np.bincount(texts.locate(places)[0] * width + terms)
            cells = np.flatnonzero(totals)
            texts_, terms_ = (part.tolist() for part in np.divmod(cells, width))
            for text, term, total in zip(texts_, terms_, totals[cells].tolist(), strict=True):
                found[text][self._terms[term]] = total
        return found

    def _find(self, texts: JoinedTexts) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The places of the whole at which terms begin, and the position of each among the terms: intp [n]."""
        numbers = self._numbers.take(texts.codes, mode="clip")
        places = np.flatnonzero(numbers)
        first, second = numbers[places], numbers[places + 1]
        single, pair = self._owners[first, 0], self._owners[first, second] * (second > 0)
        owners = np.concatenate((single, pair))
        held = np.flatnonzero(owners)
        return np.concatenate((places, places))[held], owners[held].astype(np.intp) - 1
