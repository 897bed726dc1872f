"""The formulas of an ODT, each a document of MathML in the package, as text in the place where they are shown."""

from __future__ import annotations

from posixpath import normpath
from typing import TYPE_CHECKING

from retriever.documents.charts import load_part
from retriever.documents.mathml import read_mathml
from retriever.documents.office_package import OfficePackage
from retriever.documents.opendocument import DRAW, TEXT
from retriever.errors import ReadError

if TYPE_CHECKING:
    from lxml.etree import _Element

FORMULA = "application/vnd.oasis.opendocument.formula"
MANIFEST = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
ADDRESS = "{http://www.w3.org/1999/xlink}href"


def write_formulas(package: OfficePackage, content: _Element) -> None:
    """Put the text of each formula in the place of its frame. One that is broken is left out with a notice."""
    from lxml import etree

    folders = _find_folders(package)
    for frame in list(content.iter(DRAW + "frame")) if folders else ():
        element = frame.find(DRAW + "object")
        folder = normpath(str(element.get(ADDRESS) or "")) if element is not None else ""
        parent = frame.getparent()
        formula = load_part(package, f"{folder}/content.xml", "a formula") if folder in folders else None
        if formula is not None and parent is not None:
            span = etree.Element(TEXT + "span")
            span.text, span.tail = read_mathml(formula), frame.tail
            parent.replace(frame, span)


def _find_folders(package: OfficePackage) -> frozenset[str]:
    """The folders of the package that are formulas."""
    try:
        manifest = package.part("META-INF/manifest.xml")
    except ReadError:
        return frozenset()
    return frozenset(
        normpath(str(entry.get(MANIFEST + "full-path")))
        for entry in (manifest.iter(MANIFEST + "file-entry") if manifest is not None else ())
        if entry.get(MANIFEST + "media-type") == FORMULA
    )
