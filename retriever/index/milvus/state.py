"""The pointer: the one row that says which generation is the newest and what it counts. A commit ends by writing it.

What a server returns may come from anybody, so every value is checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from retriever.index.files.json_values import parse_json, read_integer, read_string

FORMAT = 2
# Old generations that are remembered, with the time that each was superseded.
REMEMBERED = 500
_LARGEST_DIMENSION = 1 << 15


@dataclass(frozen=True, slots=True)
class Superseded:
    """A generation that is not the newest any more, since a time: seconds since 1970, by the server's clock."""

    generation: int
    time: int


@dataclass(frozen=True, slots=True)
class State:
    """One generation in numbers.

    - ``era``: the generation that began its collections; ``dimension``: of the vectors in them, 0 before the first
    - ``words``: whether they have sparse vectors
    - ``documents``, ``passages``, ``pending``: as ``Snapshot``; ``length``: the passages' length in terms, added up;
      ``unpaged``: passages without a page
    - ``refs``, ``counters``: numbers given to passages, and to records by kind: a row above is of no commit
    - ``identity``: tells the index from another one that had its name before
    - ``memo``: the id of the record with settings and sources, 0 for none
    - ``time``: the server's time of the last of its rows, 0 where it tells none
    - ``oldest``: the oldest generation that may still be read; ``history``: older ones than this, newest last
    """

    generation: int = 0
    era: int = 0
    dimension: int = 0
    words: bool = True
    documents: int = 0
    passages: int = 0
    pending: int = 0
    length: int = 0
    unpaged: int = 0
    refs: int = 1
    counters: Mapping[int, int] = field(default_factory=dict)
    memo: int = 0
    oldest: int = 0
    time: int = 0
    identity: str = ""
    created: str = ""
    history: tuple[Superseded, ...] = ()

    def counter(self, kind: int) -> int:
        """The next number of a record of a kind."""
        return self.counters.get(kind, 1)

    def to_json(self) -> str:
        """The text of the pointer."""
        values = asdict(self)
        values["format"] = FORMAT
        values["counters"] = {str(kind): number for kind, number in self.counters.items()}
        values["history"] = [[one.generation, one.time] for one in self.history[-REMEMBERED:]]
        return json.dumps(values, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: object) -> State:
        """The state that a pointer holds. Raises ValueError."""
        values = parse_json(text) if isinstance(text, str) else None
        if not isinstance(values, dict):
            raise ValueError("the pointer is not a JSON object")
        if read_integer(values, "format") != FORMAT:
            raise OtherFormatError(values["format"])
        numbers = (
            "generation",
            "era",
            "documents",
            "passages",
            "pending",
            "length",
            "unpaged",
            "refs",
            "memo",
            "oldest",
            "time",
        )
        state = cls(
            dimension=read_integer(values, "dimension", _LARGEST_DIMENSION),
            words=values.get("words") is not False,
            counters=_read_counters(values.get("counters")),
            identity=read_string(values, "identity", r"[0-9a-f]{0,32}"),
            created=read_string(values, "created", r"[0-9T:+-]{0,40}"),
            history=_read_history(values.get("history")),
            **{name: read_integer(values, name, 1 << 62) for name in numbers},
        )
        if state.pending > state.passages or state.era > state.generation:
            raise ValueError("the pointer contradicts itself")
        return state

    def succeed(self, now: int) -> State:
        """The state of the next generation, of the same contents."""
        past = (*self.history, Superseded(self.generation, now)) if self.generation else ()
        return replace(self, generation=self.generation + 1, history=past[-REMEMBERED:])


class OtherFormatError(ValueError):
    """The index was written by a later version, or by an early one."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.later = number > FORMAT


def _read_counters(value: object) -> dict[int, int]:
    if not isinstance(value, dict) or len(value) > 20:
        raise ValueError("'counters' is invalid")
    return {int(kind): read_integer(value, kind, 1 << 56) for kind in value}


def _read_history(value: object) -> tuple[Superseded, ...]:
    if not isinstance(value, list) or len(value) > REMEMBERED:
        raise ValueError("'history' is invalid")
    found = []
    for one in value:
        if not isinstance(one, list) or len(one) != 2 or not all(type(number) is int for number in one):
            raise ValueError("'history' is invalid")
        found.append(Superseded(one[0], one[1]))
    return tuple(found)
