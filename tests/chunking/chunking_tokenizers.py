"""Simple tokenisers in place of a model's."""

import re

import numpy as np
import numpy.typing as npt

_WORDS = re.compile(r"[A-Za-z0-9]+|[^\sA-Za-z0-9]")


def words(text: str) -> npt.NDArray[np.int32]:
    """One token for each Latin word and for each other non-space character."""
    return np.array([match.span() for match in _WORDS.finditer(text)], dtype=np.int32).reshape(-1, 2)


def characters(text: str) -> npt.NDArray[np.int32]:
    """One token per character, spaces included, and an empty one at the beginning."""
    return np.array([(0, 0), *((at, at + 1) for at in range(len(text)))], dtype=np.int32)


def triples(text: str) -> npt.NDArray[np.int32]:
    """One token for every three characters, so that token boundaries depend on where the text begins."""
    return np.array([(at, min(at + 3, len(text))) for at in range(0, len(text), 3)], dtype=np.int32).reshape(-1, 2)
