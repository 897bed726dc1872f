"""Formats that are ZIP archives of parts, most of them XML: opens them and reads their parts within bounds."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from retriever.documents.interface import Source, too_large_error
from retriever.documents.zip import ENCRYPTED, UNPACK_ERRORS
from retriever.errors import ReadError

if TYPE_CHECKING:
    from lxml.etree import _Element


@dataclass(slots=True)
class Package:
    """The parts of one document, by name; ``what`` names the format in errors."""

    source: Source
    archive: zipfile.ZipFile
    what: str
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Names are compared without regard to case, as the programs that write them do.
        self._names = {name.lower(): name for name in reversed(self.archive.namelist())}

    @property
    def names(self) -> list[str]:
        """The names of the parts, in the order of the archive."""
        return self.archive.namelist()

    def find(self, name: str) -> str | None:
        """The name in the archive of a part that is called ``name``; None if there is none."""
        return self._names.get(name.lower()) or self._names.get(unquote(name).lower())

    def read(self, name: str) -> bytes | None:
        """A part; None if there is none. Raises ReadError if it cannot be read."""
        found = self.find(name)
        if found is None:
            return None
        info = self.archive.getinfo(found)
        if info.flag_bits & ENCRYPTED:
            raise ReadError(f"{self.what} is encrypted", hint="save it without a password")
        self._allow(info)
        try:
            with self.archive.open(info) as part:
                # Never more than the entry states, whatever it unpacks to.
                return part.read(info.file_size)
        except UNPACK_ERRORS as error:
            raise ReadError(f"{self.what} is broken: {found} cannot be read") from error

    def _allow(self, info: zipfile.ZipInfo) -> None:
        """Raise ReadError if a part may not be unpacked."""
        limit = self.source.max_size
        if limit is not None and info.file_size > limit:
            raise too_large_error(info.file_size, limit)
        self.source.room.take(info.file_size)

    def parse(self, name: str) -> _Element | None:
        """A part as XML, of which no entity is expanded; None if there is none. Raises ReadError."""
        data = self.read(name)
        return None if data is None else parse_part(data, name, self.what)


@contextmanager
def open_package(source: Source, what: str) -> Iterator[Package]:
    """The parts of a document. Raises ReadError if it is not an archive."""
    with source.open() as file:
        try:
            archive = zipfile.ZipFile(file)
        except UNPACK_ERRORS as error:
            raise ReadError(f"{what} is broken: it cannot be unpacked") from error
        with archive:
            yield Package(source, archive, what)


def parse_part(data: bytes, name: str, what: str) -> _Element:
    """The root of a part called ``name`` of a document, which ``what`` names in errors; no entity is expanded.

    Raises ReadError.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ReadError(f"{what} is broken: {name} cannot be read") from error


def local_name(element: _Element) -> str:
    """The name of an element without its namespace, in which versions of a format differ."""
    return str(element.tag).rpartition("}")[2]


def iter_local(root: _Element | None, *names: str) -> Iterator[_Element]:
    """The elements below ``root`` with one of these names, in any namespace, in document order."""
    if root is not None:
        yield from root.iter(*(f"{{*}}{name}" for name in names))
