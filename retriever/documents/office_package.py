"""The packages of office documents: archives of XML parts, each unpacked and parsed within limits.

No entity is expanded and nothing is fetched. What a part unpacks to is bounded by what its entry states, and that by a
multiple of the file size limit.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Any

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.counts import parse_count
from retriever.documents.interface import Source, too_large_error
from retriever.documents.package import Package, local_name, parse_part
from retriever.documents.zip import UNPACK_ERRORS
from retriever.errors import ReadError

if TYPE_CHECKING:
    from lxml.etree import _Element

# The methods by which documents are compressed, of those of archives.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
# The namespaces of the strict form of Office Open XML begin otherwise than those that all programs write.
STRICT, TRANSITIONAL = b"http://purl.oclc.org/ooxml/", b"http://schemas.openxmlformats.org/"
STRICT_NAMESPACES = tuple(
    (STRICT + name, TRANSITIONAL + name.replace(b"/", b"/2006/", 1))
    for name in (
        b"wordprocessingml/main",
        b"spreadsheetml/main",
        b"presentationml/main",
        b"drawingml/main",
        b"drawingml/chart",
        b"drawingml/spreadsheetDrawing",
        b"officeDocument/math",
        b"officeDocument/relationships",
    )
)
# The maximum size of an unpacked part, as a multiple of the file size limit.
MAX_EXPANSION = 4
# What is unpacked altogether, as a multiple of all parts, and so many bytes that are never too much: a part
# that is referred to a thousand times shall not be read a thousand times.
MAX_READS, SPARE = 4, 4 << 20
PROPERTIES = {
    "title": "title",
    "creator": "author",
    "subject": "subject",
    "keywords": "keywords",
    "description": "description",
    "language": "language",
    "created": "created",
    "modified": "modified",
}
# The numbers of pages and of slides, which the program that saved the document has counted.
PAGE_COUNTS = frozenset({"Pages", "Slides"})


class OfficePackage(Package):
    """The parts of one document, by their names in the archive."""

    def __init__(self, archive: zipfile.ZipFile, source: Source) -> None:
        super().__init__(source, archive, "the document")
        self._left = SPARE + MAX_READS * sum(info.file_size for info in archive.infolist())

    def part(self, name: str) -> _Element | None:
        """A part as XML; None if it does not exist."""
        data = self.read(name)
        if data is None:
            return None
        for strict, transitional in STRICT_NAMESPACES if STRICT in data else ():
            data = data.replace(strict, transitional)
        return parse_part(data, name, self.what)

    def _allow(self, info: zipfile.ZipInfo) -> None:
        limit = self.source.max_size
        if limit is not None and info.file_size > MAX_EXPANSION * limit:
            raise too_large_error(info.file_size, MAX_EXPANSION * limit)
        self._left -= info.file_size
        if self._left < 0:
            raise ReadError("the document is broken: its parts are referred to again and again")
        if info.compress_type not in METHODS:
            raise ReadError(f"the document is broken: {info.filename} cannot be read")

    def main_part(self, default: str) -> str:
        """The name of the part that the package is about; ``default`` if it does not say so."""
        relations = self.part("_rels/.rels")
        for relation in relations.iter(RELATIONSHIP) if relations is not None else ():
            if str(relation.get("Type")).endswith("/officeDocument"):
                return normpath(str(relation.get("Target")).lstrip("/"))
        return default

    def relations(self, name: str) -> Mapping[str, tuple[str, str]]:
        """What a part refers to: by id the last word of its kind, such as ``slide``, and the name of the part."""
        folder, _, file = name.rpartition("/")
        root = self.part(join(folder, "_rels", f"{file}.rels"))
        found = {}
        for relation in root.iter(RELATIONSHIP) if root is not None else ():
            if relation.get("TargetMode") != "External":
                target = normpath(join("/", dirname(name), str(relation.get("Target") or ""))).lstrip("/")
                kind = str(relation.get("Type")).rpartition("/")[2]
                found[str(relation.get("Id"))] = (kind, target)
        return found

    def properties(self) -> dict[str, Any]:
        """The properties of the document under the names that all formats share, as far as they can be read."""
        properties: dict[str, Any] = {}
        for element in self._iter_properties("docProps/core.xml"):
            name = PROPERTIES.get(local_name(element))
            if name and element.text and element.text.strip():
                properties[name] = collapse_whitespace(element.text)
        for element in self._iter_properties("docProps/app.xml"):
            count = parse_count((element.text or "").strip(), 0)
            if count and local_name(element) in PAGE_COUNTS:
                properties["pages"] = count
        return properties

    def _iter_properties(self, name: str) -> Iterator[_Element]:
        with suppress(ReadError):
            root = self.part(name)
            yield from root if root is not None else ()


@contextmanager
def open_package(source: Source, what: str) -> Iterator[OfficePackage]:
    """The package in a file; ``what`` names its format in errors.

    Raises ReadError for what is not an archive and for parts that are nested too deeply.
    """
    data = source.read_bytes()
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except UNPACK_ERRORS as error:
        raise ReadError(f"the document is broken or not {what}: it cannot be unpacked") from error
    with archive:
        try:
            yield OfficePackage(archive, source)
        except RecursionError as error:
            raise ReadError("the document is broken: its elements are nested too deeply") from error
