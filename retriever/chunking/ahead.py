"""Tokenises many stretches of a document in one call before they are counted one by one, so that all cores work.

What a chunker counts does not depend on it: a stretch that was not tokenised ahead is tokenised when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: Tokenises a text: int32 [tokens, 2], the start and end offset of each token.
TokenSpans: TypeAlias = "Callable[[str], npt.NDArray[np.int32]]"
#: The same for many texts.
TokenSpansOfMany: TypeAlias = "Callable[[Sequence[str]], Sequence[npt.NDArray[np.int32]]]"

# Characters that are tokenised in one call: bounds the memory that it takes.
_BLOCK = 1 << 16

_Item = TypeVar("_Item")


class TokensAhead:
    """A ``TokenSpans`` that may know the tokens of a text already."""

    def __init__(self, one: TokenSpans, many: TokenSpansOfMany | None) -> None:
        self._one, self._many = one, many
        self._known: dict[str, npt.NDArray[np.int32]] = {}

    def __call__(self, text: str) -> npt.NDArray[np.int32]:
        """See ``TokenSpans``."""
        known = self._known.get(text)
        return self._one(text) if known is None else known

    def prepare(self, items: Iterable[_Item], list_texts: Callable[[_Item], Iterable[str]]) -> Iterator[_Item]:
        """The items, a block of them at a time after their texts were tokenised."""
        if self._many is None:
            yield from items
            return
        block: list[_Item] = []
        texts: dict[str, None] = {}
        size = 0
        for item in items:
            block.append(item)
            own = list(list_texts(item))
            texts.update(dict.fromkeys(own))
            size += sum(map(len, own))
            if size >= _BLOCK:
                yield from self._take(block, list(texts))
                block, texts, size = [], {}, 0
        yield from self._take(block, list(texts))

    def _take(self, block: Sequence[_Item], texts: Sequence[str]) -> Iterator[_Item]:
        if texts and self._many:
            self._known = dict(zip(texts, self._many(texts), strict=True))
        yield from block
        self._known = {}
