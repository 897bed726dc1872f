"""The formulas of Office (Office Math), in documents of Word and on slides, as text on one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from retriever.documents import formula
from retriever.documents.docx_styles import W

if TYPE_CHECKING:
    from lxml.etree import _Element

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
DELETED = frozenset((W + "del", W + "moveFrom"))
BRACKETS = ("(", ")")


def read_formula(element: _Element) -> str:
    """The text of a formula, or of a part of one."""
    return "".join(_read(child) for child in element)


def _read(element: _Element) -> str:
    if element.tag in {M + "t", W + "t"}:
        return element.text or ""
    name = str(element.tag).rpartition("}")[2]
    if name.endswith("Pr") or element.tag in DELETED:
        return ""
    if element.tag == W + "tab":
        return "\t"
    layout = LAYOUTS.get(name) if str(element.tag).startswith(M) else None
    return layout(element) if layout is not None else read_formula(element)


def _part(element: _Element, name: str) -> str:
    part = element.find(M + name)
    return "" if part is None else read_formula(part)


def _property(element: _Element, name: str, default: str) -> str:
    """The ``m:val`` of a property of ``element``; ``default`` if it is not set."""
    found = element.find(f"{M}{str(element.tag).rpartition('}')[2]}Pr/{M}{name}")
    return default if found is None else str(found.get(M + "val") or "")


def _fraction(element: _Element) -> str:
    above, below = _part(element, "num"), _part(element, "den")
    if _property(element, "type", "bar") == "noBar":
        return f"{above}; {below}"
    return formula.fraction(above, below)


def _both(element: _Element) -> str:
    return formula.power(formula.index(_part(element, "e"), _part(element, "sub")), _part(element, "sup"))


def _operator(element: _Element) -> str:
    operator = formula.limits(_property(element, "chr", "∫"), _part(element, "sub"), _part(element, "sup"))
    return f"{operator} {_part(element, 'e')}"


def _delimited(element: _Element) -> str:
    parts = [read_formula(part) for part in element.iterchildren(M + "e")]
    opening, closing = _property(element, "begChr", BRACKETS[0]), _property(element, "endChr", BRACKETS[1])
    return opening + _property(element, "sepChr", "|").join(parts) + closing


def _matrix(element: _Element) -> str:
    rows = element.iterchildren(M + "mr")
    return formula.matrix([[read_formula(cell) for cell in row.iterchildren(M + "e")] for row in rows])


LAYOUTS: dict[str, Callable[[_Element], str]] = {
    "f": _fraction,
    "sSup": lambda element: formula.power(_part(element, "e"), _part(element, "sup")),
    "sSub": lambda element: formula.index(_part(element, "e"), _part(element, "sub")),
    "sSubSup": _both,
    "sPre": lambda element: formula.limits("", _part(element, "sub"), _part(element, "sup")) + _part(element, "e"),
    "rad": lambda element: formula.root(_part(element, "e"), _part(element, "deg")),
    "nary": _operator,
    "d": _delimited,
    "m": _matrix,
    "eqArr": lambda element: "\n".join(read_formula(part) for part in element.iterchildren(M + "e")),
    "func": lambda element: f"{_part(element, 'fName')} {_part(element, 'e')}",
    "limLow": lambda element: formula.limits(_part(element, "e"), _part(element, "lim"), ""),
    "limUpp": lambda element: formula.limits(_part(element, "e"), "", _part(element, "lim")),
}
