"""What is computed once, when it is needed: ``lazy``, a property, and ``compile_later``, a regular expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast, overload

Owner = TypeVar("Owner")
Value = TypeVar("Value")


class lazy(Generic[Owner, Value]):
    """As ``functools.cached_property``, without its lock.

    Before Python 3.12 that lock is one for all objects of a class, and stays locked for ever in the child of a fork if
    another thread held it. Two threads may compute the value at once; one of the two is kept.
    """

    def __init__(self, compute: Callable[[Owner], Value]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> lazy[Owner, Value]: ...

    @overload
    def __get__(self, instance: Owner, owner: type) -> Value: ...

    def __get__(self, instance: Owner | None, owner: type) -> lazy[Owner, Value] | Value:
        if instance is None:
            return self
        known: dict[str, Value] = instance.__dict__
        if self._name not in known:
            value = self._compute(instance)
            return known.setdefault(self._name, value)
        return known[self._name]


def compile_later(pattern: str) -> re.Pattern[str]:
    """As ``re.compile``, at first use: one with a class of tens of thousands of characters takes milliseconds.

    Its attributes are those of the compiled pattern, but no function of ``re`` takes it.
    """
    return cast("re.Pattern[str]", _LaterPattern(pattern))


class _LaterPattern:
    def __init__(self, source: str) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        # Found as an attribute of this object from now on.
        value = self.__dict__[name] = getattr(re.compile(self._source), name)
        return value
