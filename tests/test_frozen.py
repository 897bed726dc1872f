"""The quick ``dataclass`` makes the same classes as that of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import KW_ONLY, FrozenInstanceError, field
from types import NoneType
from typing import Any, get_type_hints

import pytest

from retriever import frozen
from retriever.frozen import dataclass
from retriever.types import Document, Heading


def declare(decorate: Any) -> tuple[type, type, type]:
    @decorate(frozen=True, slots=True)
    class Value:
        """A value."""

        name: str
        size: int = 3
        _: KW_ONLY
        tags: list[str] = field(default_factory=list, hash=False)
        hidden: float = field(default=0.5, compare=False, repr=False)

        @property
        def twice(self) -> int:
            return 2 * self.size

    @decorate(frozen=True, slots=True, order=True)
    class Ordered:
        """In order."""

        start: int
        end: int = 0

        def __post_init__(self) -> None:
            if self.end < 0:
                raise ValueError("it ends before it begins")

    @decorate(frozen=True, slots=True, eq=False)
    class Single:
        """By identity."""

        only: int

        def __repr__(self) -> str:
            return "one"

    return Value, Ordered, Single


QUICK, USUAL = declare(dataclass), declare(dataclasses.dataclass)


@dataclass(frozen=True, slots=True)
class Kept:
    """At the top of a module, so that it can be pickled."""

    number: int
    words: tuple[str, ...] = ()


def test_they_are_made_compared_and_shown_alike() -> None:
    for value, ordered, single in (QUICK, USUAL):
        one = value("a", 2, tags=["x"], hidden=1.0)
        assert (one.name, one.size, one.tags, one.hidden, one.twice) == ("a", 2, ["x"], 1.0, 4)
        assert one == value("a", 2, tags=["x"]) != value("a", 2, tags=["y"])
        assert hash(one) == hash(value("a", 2)) == hash(("a", 2))
        assert repr(one).endswith("Value(name='a', size=2, tags=['x'])")
        assert value("a").tags == []
        assert value("a").tags is not value("a").tags
        assert one.__eq__(3) is NotImplemented
        assert ordered(1, 5) < ordered(2) <= ordered(2) < ordered(2, 1)
        assert ordered(3) > ordered(2) >= ordered(2)
        assert ordered.__lt__(ordered(1), 2) is NotImplemented
        assert single(1) != single(1)
        assert repr(single(1)) == "one"
        assert len({single(1), single(1)}) == 2
        with pytest.raises(ValueError, match="ends before"):
            ordered(1, -1)


def test_they_say_the_same_of_themselves() -> None:
    for quick, usual in zip(QUICK, USUAL, strict=True):
        assert str(inspect.signature(quick)) == str(inspect.signature(usual))
        assert quick.__doc__ == usual.__doc__
        assert quick.__slots__ == usual.__slots__
        assert quick.__match_args__ == usual.__match_args__
        assert [one.name for one in dataclasses.fields(quick)] == [one.name for one in dataclasses.fields(usual)]
        assert quick.__init__.__qualname__ == usual.__init__.__qualname__
        for name in ("init", "repr", "eq", "order", "frozen"):
            assert getattr(quick.__dataclass_params__, name) == getattr(usual.__dataclass_params__, name)


def test_what_the_annotations_of_a_value_mean_is_found() -> None:
    assert get_type_hints(Kept.__init__) == {"number": int, "words": tuple[str, ...], "return": NoneType}
    assert inspect.signature(Document, eval_str=True).parameters["headings"].annotation == tuple[Heading, ...] | None


def test_they_are_copied_and_pickled_but_not_changed() -> None:
    for value, _, _ in (QUICK, USUAL):
        one = value("a", tags=["x"])
        assert dataclasses.replace(one, name="b") == value("b", tags=["x"])
        assert dataclasses.asdict(one) == {"name": "a", "size": 3, "tags": ["x"], "hidden": 0.5}
        assert dataclasses.astuple(one) == ("a", 3, ["x"], 0.5)
        assert copy.deepcopy(one) == one
        for change in (lambda one=one: setattr(one, "name", "c"), lambda one=one: delattr(one, "name")):
            with pytest.raises(FrozenInstanceError):
                change()
        with pytest.raises(TypeError):
            value()
    kept = Kept(3, ("a",))
    assert pickle.loads(pickle.dumps(kept)) == kept


def test_other_kinds_are_refused() -> None:
    with pytest.raises(TypeError, match="dataclasses"):
        frozen.dataclass(frozen=False, slots=True)
