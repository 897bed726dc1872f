"""The language of filters: from an expression to a tree of conditions, and whether a document's fields meet it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from retriever.errors import FilterError
from retriever.text import dates
from retriever.text.normalise import fold

if TYPE_CHECKING:
    from retriever.search.filter_fields import Fields, Value

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "~", "!~", "has"]

_GRAMMAR = r"""
    ?start: or
    ?or: and ("or"i and)*
    ?and: not ("and"i not)*
    ?not: "not"i not -> negation
        | "(" or ")"
        | FIELD OPERATOR value -> comparison
        | FIELD "in"i list -> among
        | FIELD "not"i "in"i list -> not_among
        | "has"i FIELD -> exists
    list: "(" value ("," value)* ")"
    value: STRING | WORD
    OPERATOR: "=" | "==" | "!=" | "<=" | ">=" | "<" | ">" | "~" | "!~"
    STRING: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|“[^”]*”/
    FIELD.-1: /[^\W\d][\w-]*(?:\.[\w-]+)*|`[^`]+`/
    WORD.-2: /[^\s()'"“”,=<>!~`]+/
    %import common.WS
    %ignore WS
"""
_EXPECTED = {
    "OPERATOR": "an operator (= != < <= > >= ~ !~ in)",
    "FIELD": "a field",
    "WORD": "a value",
    "STRING": "a value",
    "RPAR": ")",
    "LPAR": "(",
    "AND": "and",
    "OR": "or",
    "$END": "the end",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One field compared: any of its values may meet any of ``values``. ``position`` is where the field stands."""

    name: str
    operator: Operator
    values: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Node, ...]


Node: TypeAlias = "Condition | Not | All | Some"


def parsed(expression: str) -> Node:
    """The tree of an expression. Raises FilterError with the place that cannot be understood."""
    from lark.exceptions import UnexpectedInput

    if not expression.strip():
        raise FilterError("the filter is empty", expression=expression, position=0, hint="such as: year >= 2021")
    try:
        return _node(_parser().parse(expression))
    except UnexpectedInput as error:
        raise _misunderstood(expression, error) from error


def _misunderstood(expression: str, error: Any) -> FilterError:
    """What lark says, in words for people."""
    token = getattr(error, "token", None)
    ended = token is not None and token.type == "$END"
    position = len(expression.rstrip()) if ended else int(error.pos_in_stream)
    kinds = (getattr(error, name, None) for name in ("accepts", "expected", "allowed"))
    expected: set[str] = next((set(kind) for kind in kinds if kind), set())
    wanted = sorted({_EXPECTED[name] for name in expected if name in _EXPECTED})
    there = expression[position:].split(maxsplit=1) or [expression[position : position + 1]]
    return FilterError(
        "the filter ends too early" if ended else f"{there[0]!r} is not understood here",
        expression=expression,
        position=position,
        hint=f"expected {' or '.join(wanted)}" if wanted else "docs/filters.md describes filters",
    )


def conditions(node: Node) -> Iterator[Condition]:
    """Every condition of a tree."""
    if isinstance(node, Condition):
        yield node
    elif isinstance(node, Not):
        yield from conditions(node.part)
    else:
        for part in node.parts:
            yield from conditions(part)


def holds(node: Node, fields: Fields) -> bool:
    """Whether a document's fields meet a tree. A field that it lacks meets no condition."""
    if isinstance(node, All):
        return all(holds(part, fields) for part in node.parts)
    if isinstance(node, Some):
        return any(holds(part, fields) for part in node.parts)
    if isinstance(node, Not):
        return not holds(node.part, fields)
    present = fields.get(node.name, [])
    if node.operator == "has":
        return any(value != "" for value in present)
    if node.operator in ("!=", "!~"):
        same = "=" if node.operator == "!=" else "~"
        return bool(present) and not any(_meets(value, same, wanted) for value in present for wanted in node.values)
    return any(_meets(value, node.operator, wanted) for value in present for wanted in node.values)


def _meets(value: Value, operator: str, wanted: str) -> bool:
    """Compare as numbers where both are, else as dates where both are, else as text without regard to case."""
    if operator == "~":
        return _pattern(wanted).search(fold(str(value))) is not None
    ours, theirs = _number(value), _number(wanted)
    if ours is not None and theirs is not None:
        return _ordered(operator, ours, ours, theirs, theirs)
    day, wanted_day = _interval(value), _interval(wanted)
    if day and wanted_day:
        if operator == "=":
            return wanted_day.first <= day.first and day.last <= wanted_day.last
        return _ordered(operator, day.first, day.last, wanted_day.first, wanted_day.last)
    if isinstance(value, bool) or operator == "=":
        return operator == "=" and fold(str(value)) == fold(wanted)
    if ours is not None or theirs is not None:
        return False
    return _ordered(operator, fold(str(value)), fold(str(value)), fold(wanted), fold(wanted))


def _ordered(operator: str, first: Any, last: Any, wanted_first: Any, wanted_last: Any) -> bool:
    """Compare intervals: before is wholly before, up to is not beyond."""
    if operator == "<":
        return bool(last < wanted_first)
    if operator == "<=":
        return bool(last <= wanted_last)
    if operator == ">":
        return bool(first > wanted_last)
    if operator == ">=":
        return bool(first >= wanted_first)
    return bool(first == wanted_first)


def _number(value: Value) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    try:
        return float(value) if re.fullmatch(r"\s*[-+]?[0-9]+(?:\.[0-9]+)?\s*", value) else None
    except (ValueError, OverflowError):
        return None


def _interval(value: Value) -> dates.Interval | None:
    """Also of a month or a year that fields write as first/last."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    first, mark, last = str(value).partition("/")
    start = dates.iso(first)
    end = dates.iso(last) if mark else start
    return dates.Interval(start.first, end.last) if start and end else None


@lru_cache(maxsize=256)
def _pattern(wanted: str) -> re.Pattern[str]:
    """A pattern matches a whole value or, of a path, its end from a slash on; without * and ? it may stand anywhere."""
    folded = fold(wanted)
    if "*" not in folded and "?" not in folded:
        return re.compile(re.escape(folded))
    body = "".join(".*" if part == "*" else "." if part == "?" else re.escape(part) for part in folded)
    return re.compile(rf"(?:\A|/){body}\Z", re.DOTALL)


@lru_cache(maxsize=1)
def _parser() -> Any:
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", propagate_positions=True)


def _node(tree: Any) -> Node:
    if tree.data in ("or", "and"):
        parts = tuple(_node(part) for part in tree.children)
        return Some(parts) if tree.data == "or" else All(parts)
    if tree.data == "negation":
        return Not(_node(tree.children[0]))
    field, *rest = tree.children
    name = str(field).strip("`").lower()
    position = int(field.start_pos)
    if tree.data == "exists":
        return Condition(name, "has", (), position)
    if tree.data == "comparison":
        operator: Any = str(rest[0]).replace("==", "=")
        return Condition(name, operator, (_text(rest[1]),), position)
    values = tuple(_text(value) for value in rest[0].children)
    return Condition(name, "=" if tree.data == "among" else "!=", values, position)


def _text(value: Any) -> str:
    """A value without its quotation marks."""
    text = str(value.children[0])
    if value.children[0].type == "WORD":
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
