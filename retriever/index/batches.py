"""Splits a stream into lists that are bounded in number and in weight."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def batch(items: Iterable[Item], weigh: Callable[[Item], int], *, weight: int, count: int) -> Iterator[list[Item]]:
    """The items in order, in lists of at most ``count`` whose weights come to at most ``weight``.

    One that is heavier than that is a list of its own. No list is empty.
    """
    held: list[Item] = []
    total = 0
    for item in items:
        own = weigh(item)
        if held and (len(held) >= count or total + own > weight):
            yield held
            held, total = [], 0
        held.append(item)
        total += own
    if held:
        yield held
