"""Charts of office documents: as tables, or their titles.

In a table is a row for each category and a column for each series, with the values that are drawn. A document keeps
them beside the workbook that they are from, which is not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.counts import parse_count
from retriever.documents.drawingml import A, iter_paragraphs
from retriever.documents.tables import Cell
from retriever.errors import ReadError

if TYPE_CHECKING:
    from lxml.etree import _Element

    from retriever.documents.office_package import OfficePackage

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
CHART = C + "chart"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# More are a drawing of measurements, which nobody reads.
MAX_SERIES, MAX_POINTS = 30, 300


def load_chart(package: OfficePackage, name: str) -> tuple[str, list[list[Cell]]]:
    """What ``read_chart`` finds in a part; nothing in one that is broken. What is left out is a notice."""
    root = load_part(package, name, "a chart") if name else None
    if root is None:
        return "", []
    for kind, most, count in (("series", MAX_SERIES, _count_series(root)), ("points", MAX_POINTS, _count_points(root))):
        if count > most:
            package.source.notice(f"a chart was read in part: {most} of its {count:,} {kind}")
    return read_chart(root)


def load_part(package: OfficePackage, name: str, what: str) -> _Element | None:
    """A part that the rest can do without; None, with a notice about ``what``, if it is broken."""
    try:
        return package.part(name)
    except ReadError as error:
        package.source.notice(f"{what} was left out: {error}")
        return None


def read_titles(root: _Element) -> list[str]:
    """The title of a chart and those of its axes, where they have any."""
    titles = (title.iter(A + "t", C + "v") for title in root.iter(C + "title"))
    return ["".join(part.text or "" for part in parts) for parts in titles]


def read_chart(root: _Element) -> tuple[str, list[list[Cell]]]:
    """The title of a chart, "" without one, and its rows, of which the first has the names of the series."""
    title = root.find(f"{CHART}/{C}title")
    words = "" if title is None else collapse_whitespace(" ".join(iter_paragraphs(title)))
    series = [element for _, element in zip(range(MAX_SERIES), root.iter(C + "ser"), strict=False)]
    names = [_read_name(element) for element in series]
    values = [_read_points(element, "val", "yVal") for element in series]
    categories: dict[int, str] = {}
    for element in series:
        categories |= _read_points(element, "cat", "xVal") if not categories else {}
    places = sorted({*categories, *(at for points in values for at in points)})[:MAX_POINTS]
    rows = [[Cell(categories.get(at, "")), *(Cell(points.get(at, "")) for points in values)] for at in places]
    return words, [[Cell(), *map(Cell, names)], *rows] if rows or any(names) else []


def _count_series(root: _Element) -> int:
    return sum(1 for _ in root.iter(C + "ser"))


def _count_points(root: _Element) -> int:
    """The points of the series that has the most of them."""
    values = (element for kind in ("val", "yVal") for element in root.iter(C + kind))
    return max((sum(1 for _ in element.iter(C + "pt")) for element in values), default=0)


def _read_name(series: _Element) -> str:
    name = series.find(C + "tx")
    return "" if name is None else collapse_whitespace(" ".join(part.text or "" for part in name.iter(C + "v")))


def _read_points(series: _Element, *kinds: str) -> dict[int, str]:
    """What a series has at each of its places; of categories in several levels, the innermost."""
    found = next((element for kind in kinds if (element := series.find(C + kind)) is not None), None)
    level = None if found is None else next(found.iter(C + "lvl"), found)
    points: dict[int, str] = {}
    for point in level.iter(C + "pt") if level is not None else ():
        at, text = parse_count(point.get("idx"), None, digits=6), collapse_whitespace(point.findtext(C + "v") or "")
        if text and at is not None and len(points) < MAX_POINTS:
            points[at] = _round(text)
    return points


def _round(text: str) -> str:
    """A number as people write it: binary fractions leave digits behind that nobody meant."""
    try:
        number = float(text) if "." in text and len(text) > 10 else None
    except ValueError:
        return text
    # Of large amounts a double holds 15 digits, which are all meant.
    return text if number is None else f"{number:.10g}" if abs(number) < 1e6 else f"{number:.15g}"
