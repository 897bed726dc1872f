"""Looks up all characters of texts at once, in a table that is filled with the characters that texts have."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from retriever.lazy import lazy

if TYPE_CHECKING:
    import numpy.typing as npt


class CharacterTable:
    """A number for each character. To look up a text takes a tenth of what a dictionary does for each character."""

    def __init__(self, find: Callable[[str], Sequence[int]]) -> None:
        """``find`` gives the numbers of characters, 1 to 2^32 - 1, in their order."""
        self._find = find

    @lazy
    def _numbers(self) -> npt.NDArray[np.uint32]:
        # 4 MB of which the system gives those parts that are written to; 0 is that of a character not met yet.
        return np.zeros(sys.maxunicode + 1, np.uint32)

    def look_up(self, codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
        """The number of the character of each of ``codes``: uint32 [len(codes)]."""
        # No code is out of range, but NumPy takes twice as long to make sure of it.
        found: npt.NDArray[np.uint32] = self._numbers.take(codes, mode="clip")
        if np.count_nonzero(found) < len(found):
            new = "".join(map(chr, sorted(set(codes[found == 0].tolist()))))
            self._numbers[encode(new)] = self._find(new)
            found = self._numbers.take(codes, mode="clip")
        return found


# Between texts that are looked at together, and how often behind the last one: nothing that counts has this character,
# and it is folded to itself.
_BETWEEN, _AHEAD = "\1", 5


class JoinedTexts:
    """Several texts one behind another: ``whole``, and its code points, uint32 [characters], as ``codes``.

    What is looked for in the whole never reaches from one text into another, and ``_AHEAD`` places behind every
    character are there.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """Join ``texts``."""
        self.whole = _BETWEEN.join(["", *texts, _BETWEEN * _AHEAD])
        self.codes = encode(self.whole)
        self._starts = np.array([1, *accumulate(len(text) + 1 for text in texts)], np.int64)
        self._starts[1:] += 1

    def locate(self, places: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
        """The number of the text that each place of the whole is in, and the place in that text: intp, int64 [n]."""
        numbers = np.searchsorted(self._starts, places, side="right") - 1
        return numbers, places - self._starts[numbers]

    def find_owners(self, places: npt.NDArray[np.intp]) -> list[int]:
        """The numbers of the texts that have some of the places, ascending."""
        return sorted(set(self.locate(places)[0].tolist())) if len(places) else []

    def split(self, whole: str) -> list[str]:
        """The parts of a text that is as long as the whole."""
        starts = self._starts.tolist()
        return [whole[start : end - 1] for start, end in pairwise(starts)]


def encode(text: str) -> npt.NDArray[np.uint32]:
    """The code points of a text, which may have lone surrogates: uint32 [len(text)]."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def decode(codes: npt.NDArray[np.uint32]) -> str:
    """The text of code points: the inverse of ``encode``."""
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")
