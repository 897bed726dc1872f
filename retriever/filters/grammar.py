"""The grammar of filters: parses an expression into a tree of conditions."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias

from retriever.errors import FilterError
from retriever.filters.fields import fold_name
from retriever.filters.values import Literal
from retriever.text import dates

if TYPE_CHECKING:
    from lark.exceptions import UnexpectedInput

    from retriever.reports import IndexedDocument

Operator = typing.Literal["=", "!=", "<", "<=", ">", ">=", "~", "!~", "has"]

# A keyword is a whole word: "notes" is a field. The vowel signs of many scripts, and accents that stand by themselves,
# are not letters to \w. Full-width signs are those of Chinese keyboards; a name has none of them without backquotes, so
# that a colon in place of an operator is pointed out. An unquoted value may contain pairs of full-width parentheses, as
# the headings of reports do.
_GRAMMAR = r"""
    ?start: or
    ?or: and (_OR and)*
    ?and: not (_AND not)*
    ?not: _NOT not -> negation
        | _LEFT or _RIGHT
        | FIELD OPERATOR value -> comparison
        | FIELD _IN list -> among
        | FIELD _NOT _IN list -> not_among
        | _HAS FIELD -> exists
    list: _LEFT value (_COMMA value)* _RIGHT
    value: STRING | WORD
    _OR: /or(?![\w.-])/i
    _AND: /and(?![\w.-])/i
    _NOT: /not(?![\w.-])/i
    _IN: /in(?![\w.-])/i
    _HAS: /has(?![\w.-])/i
    _LEFT: /[(（]/
    _RIGHT: /[)）]/
    _COMMA: /[,，]/
    OPERATOR: /[=＝]{1,2}|[!！][=＝~～]|[<>＜＞][=＝]?|[~～≠≤≥]/
    STRING: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|“[^”]*”|‘[^’]*’/s
    FIELD.-1: /[^\W\d]/ LETTER* ("." LETTER+)* | /`[^`]+`/
    LETTER: /[\w-]|[^\x00-\x7f\s（），：；、。＝＜＞！～≠≤≥“”‘’]/
    WORD.-2: /(?:[^\s()（）,，'"“”‘’`=＝<＜>＞!！~～≠≤≥]|（[^\s（）]*）)+/
    %ignore /\s+/
"""
_NARROW = str.maketrans("＝！＜＞～", "=!<>~")
_OPERATORS: dict[str, Operator] = {"==": "=", "≠": "!=", "≤": "<=", "≥": ">="}
_EXPECTED = {
    "OPERATOR": "an operator (= != < <= > >= ~ !~ in)",
    "FIELD": "a field",
    "WORD": "a value",
    "STRING": "a value",
    "_RIGHT": ")",
    "_LEFT": "(",
    "_COMMA": "a comma",
    "_AND": "'and'",
    "_OR": "'or'",
    "$END": "the end",
}
_DEEPEST = 50
# What the values of some fields are, and how to write one.
_DATE_HINT = "write a year, a month or a day: 2021, 2021-03 or 2021-03-05"
_KINDS = {"date": ("a date", _DATE_HINT), "year": ("a year", _DATE_HINT), "page": ("a number", "such as: page >= 3")}


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison: any value of the field may match any of ``values``. ``position`` is the offset of the field."""

    name: str
    operator: Operator
    values: tuple[Literal, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    """The negation of its part."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """The conjunction of its parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """The disjunction of its parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A function of a document, which no expression contains: a program gives it."""

    function: Callable[[IndexedDocument], bool]


Node: TypeAlias = "Condition | Not | And | Or | Predicate"


# A filter that lists what a user may see has thousands of values, and comes with each of his questions.
@lru_cache(maxsize=32)
def parse(expression: str) -> Node:
    """The tree of an expression. Raises FilterError with the position of the error."""
    from lark.exceptions import UnexpectedInput

    if not expression.strip():
        raise FilterError("the filter is empty", expression=expression, position=0, hint="such as: year >= 2021")
    try:
        tree = _load_parser().parse(expression)
    except UnexpectedInput as error:
        raise _syntax_error(expression, error) from error
    return _Builder(expression).node(tree)


def _syntax_error(expression: str, error: UnexpectedInput) -> FilterError:
    """Convert an error of lark to one with the position and what was expected there."""
    token = getattr(error, "token", None)
    ended = token is not None and token.type == "$END"
    position = len(expression.rstrip()) if ended else int(error.pos_in_stream or 0)
    kinds = (getattr(error, name, None) for name in ("accepts", "expected", "allowed"))
    expected: set[str] = next((set(kind) for kind in kinds if kind), set())
    wanted = dict.fromkeys(words for name, words in _EXPECTED.items() if name in expected)
    there = re.match(r"[\w.-]+|.", expression[position:], re.DOTALL)
    hint = f"expected {' or '.join(wanted)}" if wanted else "docs/filters.md describes filters"
    if "FIELD" in expected and there and there[0] in "\"'“‘":
        hint = "expected a field; one with spaces goes in backquotes: `field name`"
    return FilterError(
        "unexpected end of filter" if ended or there is None else f"unexpected {there[0]!r}",
        expression=expression,
        position=position,
        hint=hint,
    )


class _Builder:
    """Converts the tree of lark to nodes."""

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def node(self, tree: Any, depth: int = 0) -> Node:
        if depth > _DEEPEST:
            raise FilterError(
                f"the filter is nested more than {_DEEPEST} deep",
                expression=self._expression,
                position=int(tree.meta.start_pos),
                hint="join conditions by and, or, or with in (…)",
            )
        if tree.data in ("or", "and"):
            parts = tuple(self.node(part, depth + 1) for part in tree.children)
            return Or(parts) if tree.data == "or" else And(parts)
        if tree.data == "negation":
            return Not(self.node(tree.children[0], depth + 1))
        return self._make_condition(str(tree.data), *tree.children)

    def _make_condition(self, kind: str, field: Any, *rest: Any) -> Condition:
        name, position = fold_name(str(field).strip("`")), int(field.start_pos)
        if kind == "exists":
            return Condition(name, "has", (), position)
        if kind == "comparison":
            sign = str(rest[0]).translate(_NARROW)
            operator: Any = _OPERATORS.get(sign, sign)
            values = rest[1:]
        else:
            operator = "=" if kind == "among" else "!="
            values = rest[0].children
        read = _make_literal if operator in ("~", "!~") else partial(self._read_literal, name)
        return Condition(name, operator, tuple(read(value) for value in values), position)

    def _read_literal(self, name: str, value: Any) -> Literal:
        """A value to compare a field with. Raises FilterError for what no value of the field can be compared with."""
        literal = _make_literal(value)
        if name not in _KINDS or not literal.text or (name != "date" and literal.number is not None):
            return literal
        date = None if name == "page" else dates.parse_date(literal.text.strip()) or dates.parse_date(literal.folded)
        if date is None:
            kind, hint = _KINDS[name]
            position = int(value.children[0].start_pos)
            raise FilterError(
                f"{literal.text!r} is not {kind}", expression=self._expression, position=position, hint=hint
            )
        return Literal(date.iso)


def _make_literal(value: Any) -> Literal:
    """A value without its quotation marks."""
    text = str(value.children[0])
    if value.children[0].type == "WORD":
        return Literal(text)
    inner = text[1:-1]
    return Literal(re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL) if text[0] in "\"'" else inner)


@lru_cache(maxsize=1)
def _load_parser() -> Any:
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", propagate_positions=True)
