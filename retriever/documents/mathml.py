"""MathML as text on one line, characters in reading order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from retriever.documents import formula

if TYPE_CHECKING:
    from lxml.etree import _Element

# Other notations of the same formula, and what is not shown.
SKIPPED = frozenset({"annotation", "annotation-xml", "mphantom", "none", "mprescripts"})


def read_mathml(math: _Element) -> str:
    """The text of a ``math`` element; its ``alttext`` if it has no content."""
    try:
        text = _read(math)
    except RecursionError:
        text = "".join(math.itertext())
    return " ".join(text.split()) or " ".join((math.get("alttext") or "").split())


def _read(element: _Element) -> str:
    name = _name(element)
    if name in SKIPPED:
        return ""
    parts = [_read(child) for child in element if _name(child) not in SKIPPED]
    layout = LAYOUTS.get(name)
    if layout is not None and len(parts) == COUNTS.get(name, len(parts)):
        return layout(parts)
    if parts:
        return "".join(parts)
    return "".join(element.itertext()).strip()


def _name(element: _Element) -> str:
    return element.tag.rpartition("}")[2].rpartition(":")[2] if isinstance(element.tag, str) else "annotation"


# How many parts these elements have; with another number they are read as a row.
COUNTS = {
    **dict.fromkeys(("mfrac", "msup", "msub", "munder", "mover", "mroot"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}
LAYOUTS: dict[str, Callable[[list[str]], str]] = {
    "mfrac": lambda parts: formula.fraction(parts[0], parts[1]),
    "msup": lambda parts: formula.power(parts[0], parts[1]),
    "msub": lambda parts: formula.index(parts[0], parts[1]),
    "msubsup": lambda parts: formula.power(formula.index(parts[0], parts[1]), parts[2]),
    "munder": lambda parts: formula.limits(parts[0], parts[1], ""),
    "mover": lambda parts: formula.limits(parts[0], "", parts[1]),
    "munderover": lambda parts: formula.limits(parts[0], parts[1], parts[2]),
    "msqrt": lambda parts: formula.root("".join(parts)),
    "mroot": lambda parts: formula.root(parts[0], parts[1]),
    "mfenced": lambda parts: f"({', '.join(parts)})",
    "mtd": "".join,
    "mtr": ", ".join,
    "mtable": lambda parts: f"[{'; '.join(parts)}]",
}
