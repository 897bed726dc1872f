"""Calls to Milvus, each with its time limit, its failures converted, and what comes back checked for its form."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from retriever.errors import RetrieverError, StorageError
from retriever.index.batches import batch
from retriever.index.milvus.connection import connect
from retriever.index.milvus.failures import convert, damage_error
from retriever.locks import WORK, ForkSafeLock, leave_to_parent, renew_in_child

if TYPE_CHECKING:
    from retriever.index.milvus.connection import Connection
    from retriever.index.milvus.limits import Limits
    from retriever.index.milvus.location import Location

Row = Mapping[str, Any]

# The fields that are not whole numbers.
TEXTS, VECTORS = frozenset(("body", "tokens")), frozenset(("vector", "words", "pad"))
MOST = 16_384
"""Results of one search at most, as Milvus limits them."""

# The code of a collection that is not in memory, and seconds that it may take to get there.
_NOT_LOADED = 101
_LOADING = 60.0
# Seconds that a call within this process may take. Nothing is lost on the way.
_OWN = 600.0


class Client:
    """The calls that the engine makes. Connects on first use. Safe to use from many threads."""

    def __init__(self, location: Location, limits: Limits) -> None:
        self._location = location
        self._limits = limits
        self._connection: Connection | None = None
        self._opening = ForkSafeLock()
        renew_in_child(self)

    def renew(self) -> None:
        """Leave the connection to the parent, in the child of a fork."""
        if self._connection is not None:
            leave_to_parent(self._connection)
        self._connection = None

    @property
    def location(self) -> str:
        """The URI of the index, for messages."""
        return self._location.uri

    @property
    def timeout(self) -> float:
        """Seconds that a call may take: to milvus-lite many, which makes its index at the first search of a process."""
        return max(self._limits.timeout, _OWN) if self.serves_itself else self._limits.timeout

    @property
    def serves_itself(self) -> bool:
        """Whether this process is the server, by milvus-lite."""
        return bool(self._location.path)

    def open(self, *, create: bool) -> Connection:
        """The connection, opened if it is not. Raises as ``connect``."""
        with self._opening.hold():
            if self._connection is None:
                self._connection = connect(self._location, self.timeout, create=create)
            return self._connection

    def close(self) -> None:
        """Close the connection. Another call opens it again."""
        with self._opening.hold():
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def has(self, collection: str) -> bool:
        """Whether a collection exists."""
        return bool(self._call("has_collection", collection))

    def is_ready(self, collection: str) -> bool:
        """Whether a collection exists and answers: one whose maker died on the way does not."""
        if not self.has(collection):
            return False
        state = self._call("get_load_state", collection)
        if isinstance(state, Mapping) and str(state.get("state")) == "Loaded":
            return True
        try:
            self._load(collection)
        except StorageError:
            return False
        return True

    def collections(self) -> list[str]:
        """The names of all collections."""
        return [name for name in self._call("list_collections") if isinstance(name, str)]

    def create(self, collection: str, schema: Any, indexes: Mapping[str, str]) -> None:
        """Make a collection, ready for searches: ``indexes`` are the kinds of index by field.

        One whose maker died on the way is made ready.
        """
        with self._guard(writing=True):
            client = self.open(create=True).client
            params = client.prepare_index_params()
            for field, kind in indexes.items():
                params.add_index(field, index_type=kind, metric_type="IP")
            timeout = self.timeout
            if not client.has_collection(collection, timeout=timeout):
                # In one shard, so that who sees a row sees all that were written before it.
                client.create_collection(
                    collection, schema=schema, num_shards=1, consistency_level="Strong", timeout=timeout
                )
            # Without ``sync`` it would wait half a second for each index, though there are no rows.
            client.create_index(collection, params, sync=False, timeout=timeout)
            client.load_collection(collection, timeout=max(timeout, _LOADING))

    def drop(self, collection: str) -> None:
        """Remove a collection, if it exists."""
        self._call("drop_collection", collection, writing=True)

    def query(self, collection: str, where: str, fields: Sequence[str], *, since: int = 0) -> list[Row]:
        """All rows that match an expression, in no order. Each has all of ``fields``.

        They are those of now, or with ``since``, a time of the server, those of then or of any time after it: that need
        not be waited for.
        """
        rows = self._call("query", collection, filter=where, output_fields=list(fields), **_consistency(since))
        with self._reading(collection):
            return [_check_row(row, fields) for row in rows]

    def count(self, collection: str, where: str, *, since: int = 0) -> int:
        """How many rows match an expression. ``since`` as for ``query``."""
        rows = self._call("query", collection, filter=where, output_fields=["count(*)"], **_consistency(since))
        with self._reading(collection):
            [row] = rows
            return _check_number(row["count(*)"], least=0)

    def search(
        self, collection: str, field: str, vector: Any, where: str, limit: int, fields: Sequence[str], since: int = 0
    ) -> list[tuple[float, Row]]:
        """The rows of the largest inner products with ``vector``, with these products, best first; see ``query``."""
        hits = self._call(
            "search",
            collection,
            data=[vector],
            anns_field=field,
            filter=where,
            limit=min(limit, MOST),
            output_fields=list(fields),
            search_params={"metric_type": "IP", "params": {}},
            **_consistency(since),
        )
        with self._reading(collection):
            found = hits[0] if len(hits) else ()
            return [(_check_score(hit["distance"]), _check_row(hit["entity"], fields)) for hit in found]

    def write(self, collection: str, rows: Sequence[dict[str, Any]]) -> int:
        """Write rows, in the place of those with their ids. Sending one twice does no harm.

        Returns the server's time of it, 0 where it tells none.
        """
        for group in batch(rows, _weigh, weight=self._limits.characters, count=self._limits.rows):
            self._call("upsert", collection, data=group, writing=True)
        return self.open(create=False).last_write(collection)

    def delete(self, collection: str, where: str) -> int:
        """Remove the rows that match an expression, and return the server's time of it; see ``write``."""
        self._call("delete", collection, filter=where, writing=True)
        return self.open(create=False).last_write(collection)

    def _call(self, name: str, *args: Any, writing: bool = False, **options: Any) -> Any:
        with self._guard(writing=writing):
            call: Callable[..., Any] = getattr(self.open(create=False).client, name)
            try:
                return call(*args, timeout=self.timeout, **options)
            except Exception as error:
                if getattr(error, "code", None) != _NOT_LOADED or not args:
                    raise
            # milvus-lite loads nothing when it opens a file; a server may have been told to release a collection.
            self._load(args[0])
            return call(*args, timeout=self.timeout, **options)

    def _load(self, collection: str) -> None:
        with self._guard(writing=False):
            timeout = max(self.timeout, _LOADING)
            self.open(create=False).client.load_collection(collection, timeout=timeout)

    @contextmanager
    def _reading(self, collection: str) -> Iterator[None]:
        """Raise IndexCorruptError for an answer that has not the form that it should have."""
        try:
            yield
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise damage_error(
                self.location, f"{collection} gives an answer of another form: {error!s:.100}"
            ) from error

    def _guard(self, *, writing: bool) -> _Guard:
        return _Guard(self.location, writing)


def _weigh(row: Row) -> int:
    return sum(len(value) for value in row.values() if isinstance(value, str))


def _check_row(row: Any, fields: Sequence[str]) -> Row:
    """A row with all of its fields, each of its type. Raises TypeError, ValueError, LookupError."""
    if not isinstance(row, Mapping):
        raise TypeError("no row")
    for name in fields:
        value = row[name]
        if name in TEXTS:
            if not isinstance(value, str):
                raise TypeError(f"{name} is not a string")
        elif name not in VECTORS:
            _check_number(value)
    return row


def _check_number(value: Any, *, least: int = -1 << 63) -> int:
    if type(value) is not int or not least <= value < 1 << 63:
        raise ValueError("a number is none, or out of range")
    return value


def _check_score(value: Any) -> float:
    score = float(value)
    if not math.isfinite(score):
        raise ValueError("a score is not finite")
    return score


def _consistency(since: int) -> dict[str, Any]:
    return {"consistency_level": "Customized", "guarantee_timestamp": since} if since else {}


class _Guard:
    """Converts what fails inside of it. A fork waits for its end."""

    def __init__(self, location: str, writing: bool) -> None:
        self._location = location
        self._writing = writing
        self._work = WORK.hold()

    def __enter__(self) -> None:
        self._work.__enter__()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._work.__exit__(None, None, None)
        if isinstance(error, Exception) and not isinstance(error, RetrieverError):
            raise convert(self._location, error, writing=self._writing) from error
