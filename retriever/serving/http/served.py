"""The served indexes by name. Requests and answers name them so; no request names a path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from retriever import Retriever, RetrieverGroup
from retriever.errors import NotFoundError, UsageError

Result = TypeVar("Result")


def name_indexes(retrievers: Sequence[Retriever]) -> dict[str, Retriever]:
    """Open indexes by name, which is that of the folder. Raises UsageError where two have one name."""
    named: dict[str, Retriever] = {}
    for retriever in retrievers:
        location = retriever.location
        name = Path(location).name or location
        other = named.setdefault(name, retriever).location
        if other != location:
            raise UsageError(f"two indexes are called {name!r}: {other} and {location}", hint="serve one of them only")
    return named


class ServedIndexes:
    """Open indexes by name, and ``tokenizers`` that count what a context takes."""

    def __init__(
        self, retrievers: Mapping[str, Retriever], tokenizers: Mapping[str, Callable[[str], int]] = MappingProxyType({})
    ) -> None:
        self.tokenizers = tokenizers
        self.by_name = dict(retrievers)
        self._names = {retriever.location: name for name, retriever in retrievers.items()}
        self._group = RetrieverGroup(list(retrievers.values()))
        self._names[self._group.location] = ", ".join(retrievers)

    def to_search(self, name: str | None) -> Retriever | RetrieverGroup:
        """The index of a name; without one all, as one. Raises NotFoundError."""
        if name is None and len(self.by_name) > 1:
            return self._group
        return self.one(name)[1]

    def one(self, name: str | None) -> tuple[str, Retriever]:
        """The index of a name, or the only one. Raises NotFoundError, UsageError where there are several."""
        if name is None:
            if len(self.by_name) > 1:
                raise UsageError("there are several indexes", hint=f"name one: {', '.join(self.by_name)}")
            return next(iter(self.by_name.items()))
        if name not in self.by_name:
            raise NotFoundError(f"no index is called {name!r}", hint=f"there are {', '.join(self.by_name)}")
        return name, self.by_name[name]

    def some(self, name: str | None) -> dict[str, Retriever]:
        """The index of a name, or all of them. Raises NotFoundError."""
        return dict(self.by_name) if name is None else dict([self.one(name)])

    def find(self, name: str | None, read: Callable[[Retriever], Result]) -> tuple[str, Result]:
        """What ``read`` finds in the index of a name, or in the first one where it finds anything.

        Raises the NotFoundError of the last index where none has it.
        """
        *others, last = self.some(name).items()
        for found, retriever in others:
            with suppress(NotFoundError):
                return found, read(retriever)
        found, retriever = last
        return found, read(retriever)

    def put_names(self, response: dict[str, Any]) -> dict[str, Any]:
        """A response or a context, with names in place of the locations of indexes."""
        response["index"] = self._names[response["index"]]
        for found in response.get("hits") or response.get("excerpts") or ():
            for item in (found, *found["duplicates"]):
                item["index"] = self._names[item["index"]]
        return response

    def close(self) -> None:
        """Close all indexes."""
        self._group.close()
