"""The head of an index: the pointer, the mark of a commit under way, and signs of life.

Its collection is strongly consistent: who reads after a write sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retriever.errors import IndexVersionError
from retriever.index.files.json_values import parse_json, read_integer
from retriever.index.milvus import codec, schema
from retriever.index.milvus.clock import read_seconds
from retriever.index.milvus.failures import REPLACE, damage_error
from retriever.index.milvus.state import OtherFormatError, State

if TYPE_CHECKING:
    from retriever.index.milvus.client import Client
    from retriever.index.milvus.location import Location

# Ids of the rows that are always the same.
POINTER_ID, MARK_ID, CLOCK_ID = 1, 2, 3
_PAD = [0.0] * schema.LEAST_DIMENSION


@dataclass(frozen=True, slots=True)
class Mark:
    """A commit that was begun: the generation that it makes, and its era."""

    generation: int
    era: int


class Head:
    """The head of one index."""

    def __init__(self, client: Client, location: Location) -> None:
        self._client = client
        self._location = location
        self._name = schema.head_name(location)

    def exists(self) -> bool:
        """Whether there is an index, be it one that nothing was committed to."""
        return self._client.is_ready(self._name)

    def create(self) -> None:
        """Make an index that nothing was committed to."""
        connection = self._client.open(create=True)
        fields = schema.head_schema(connection.client.create_schema, connection.kinds)
        self._client.create(self._name, fields, {"pad": "FLAT"})

    def state(self) -> State:
        """The newest generation. Raises IndexCorruptError, IndexVersionError."""
        return self._state(self._rows(f"id == {POINTER_ID}"))

    def state_and_mark(self) -> tuple[State, Mark | None]:
        """The newest generation, and the commit that was begun last."""
        rows = self._rows(f"id in [{POINTER_ID}, {MARK_ID}]")
        return self._state(rows), self._mark(rows)

    def point(self, state: State) -> None:
        """Make a generation the newest. This is the moment of a commit."""
        self._write(POINTER_ID, schema.POINTER, state.to_json())

    def mark(self, mark: Mark) -> None:
        """Note that a commit begins."""
        self._write(MARK_ID, schema.MARK, codec.dump({"generation": mark.generation, "era": mark.era}))

    def signs(self, kind: int) -> dict[int, Mapping[str, Any]]:
        """The signs of life of a kind, by id. One that cannot be read is left out."""
        found: dict[int, Mapping[str, Any]] = {}
        for identity, body in self._rows(f"kind == {kind}").items():
            try:
                values = parse_json(body)
            except ValueError:
                continue
            if isinstance(values, dict):
                found[identity] = values
        return found

    def sign(self, identity: int, kind: int, values: Mapping[str, Any]) -> None:
        """Write a sign of life."""
        self._write(identity, kind, codec.dump(values))

    def now(self) -> int:
        """Seconds since 1970 by the server's clock, which it tells of writes only; see ``read_seconds``."""
        return read_seconds(self._write(CLOCK_ID, schema.CLOCK, "{}"))

    def erase(self, identities: list[int]) -> None:
        """Remove signs of life."""
        if identities:
            self._client.delete(self._name, f"id in {identities}")

    def _write(self, identity: int, kind: int, body: str) -> int:
        return self._client.write(self._name, [{"id": identity, "kind": kind, "body": body, "pad": _PAD}])

    def _rows(self, where: str) -> dict[int, str]:
        rows = self._client.query(self._name, where, schema.HEAD_FIELDS)
        return {row["id"]: row["body"] for row in rows}

    def _state(self, rows: Mapping[int, str]) -> State:
        if POINTER_ID not in rows:
            return State()
        try:
            return State.from_json(rows[POINTER_ID])
        except OtherFormatError as error:
            raise IndexVersionError(
                f"{self._location.uri} has format {error}, which this version does not know",
                hint="update retriever to the version that wrote it" if error.later else REPLACE,
            ) from error
        except ValueError as error:
            raise damage_error(self._location.uri, error) from error

    def _mark(self, rows: Mapping[int, str]) -> Mark | None:
        try:
            values = parse_json(rows[MARK_ID]) if MARK_ID in rows else None
            if not isinstance(values, dict):
                return None
            return Mark(read_integer(values, "generation", 1 << 62), read_integer(values, "era", 1 << 62))
        except ValueError:
            return None
