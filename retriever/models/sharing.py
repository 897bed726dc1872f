"""Shares one object among all who ask for it by the same key, for as long as any of them holds it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from retriever.locks import ForkSafeLock

Shared = TypeVar("Shared")


class SharedObjects(Generic[Shared]):
    """Objects by key, held weakly. Safe to use from several threads, and beside a fork."""

    def __init__(self) -> None:
        self._lock = ForkSafeLock()
        self._objects: WeakValueDictionary[Hashable, Shared] = WeakValueDictionary()
        # One a key, so that making one object does not hold up another.
        self._making: WeakValueDictionary[Hashable, ForkSafeLock] = WeakValueDictionary()

    def get(self, key: Hashable, make: Callable[[], Shared]) -> Shared:
        """The object of ``key``, from ``make`` where nobody holds one. Threads that ask meanwhile wait for it."""
        with self._lock.hold():
            shared = self._objects.get(key)
            if shared is not None:
                return shared
            making = self._making.get(key)
            if making is None:
                making = self._making[key] = ForkSafeLock()
        with making.hold():
            with self._lock.hold():
                shared = self._objects.get(key)
            if shared is None:
                shared = make()
                with self._lock.hold():
                    self._objects[key] = shared
        return shared
