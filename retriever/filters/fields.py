"""The fields of a document that a filter can use: its metadata, path and date, each as a list of values."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeAlias

from retriever.lazy import lazy
from retriever.reports import IndexedDocument
from retriever.text import dates
from retriever.text.readings import hide_readings
from retriever.types import MEMBER

if TYPE_CHECKING:
    from retriever.filters.values import Value
    from retriever.types import StoredDocument

    Values: TypeAlias = Sequence[Value]

# Metadata fields with the date of a document; the first one that contains a date counts.
DATE_NAMES = ("date", "published", "publication_date", "pubdate", "issued", "日期", "发布日期", "发布时间")
# The date of creation. In these files a program notes it on its own, often that of a template or of an export, so that
# a date in the name or title is more reliable.
CREATED = "created"
NOTED_BY_PROGRAMS = frozenset(
    (
        *(".pdf", ".ofd", ".epub", ".rtf", ".wps", ".doc", ".dot", ".docx", ".docm", ".dotx", ".dotm", ".odt", ".ott"),
        *(".xls", ".xlt", ".xlsx", ".xlsm", ".xltx", ".xltm", ".ods", ".ots"),
        *(".ppt", ".pps", ".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".odp", ".otp"),
    )
)
METADATA = "metadata."
# The id of the document, which is compared exactly: it names one document and no other.
ID = "document"
# Fields in which passages of one document may differ.
OF_PASSAGES = ("language", "page", "heading")


def fold_name(name: str) -> str:
    """The name of a field as names are compared: in lower case, with accents in one form (some systems part them)."""
    return unicodedata.normalize("NFC", name.lower())


class Fields:
    """The fields of one document, computed on demand; names are folded.

    ``source``, ``document``, ``title``, ``language``, ``name``, ``folder``, ``extension``, ``date`` and ``year``
    are described in docs/filters.md; every other name is a field of the metadata. ``metadata.date`` is the unprocessed
    field.
    """

    def __init__(self, document: StoredDocument) -> None:
        self.document = document
        self._cache: dict[str, Values] = {}

    def values(self, name: str) -> Values:
        """The values of a field; empty if the document has none."""
        found = self._cache.get(name)
        if found is None:
            found = self._cache[name] = self._values(name)
        return found

    def _values(self, name: str) -> Values:
        if known := _KNOWN.get(name):
            return known(self)
        return self.metadata.get(name) or self.metadata.get(name.removeprefix(METADATA), ())

    @lazy
    def metadata(self) -> Mapping[str, Values]:
        """The values of the metadata by folded name."""
        found: dict[str, list[Value]] = {}
        for name, value in self.document.metadata.items():
            found.setdefault(fold_name(name), []).extend(value if isinstance(value, list) else [value])
        return found

    @property
    def date(self) -> dates.Interval | None:
        """The date from the metadata, else from the name of the file, else from the title."""
        source = self.path
        by_program = source.suffix.lower() in NOTED_BY_PROGRAMS
        for name in DATE_NAMES if by_program else (*DATE_NAMES, CREATED):
            if known := self._date_in(name):
                return known
        for value in self.metadata.get("year", ()):
            if known := dates.parse_iso(str(value)):
                return known
        return dates.find_date(source.name) or dates.find_date(self.document.title) or self._date_in(CREATED)

    def _date_in(self, name: str) -> dates.Interval | None:
        """The date in a metadata field; None without one."""
        for value in self.metadata.get(name, ()):
            if isinstance(value, str) and (known := dates.parse_iso(value) or dates.find_date(value)):
                return known
            if isinstance(value, int) and (known := dates.find_date(str(value))):
                return known
        return None

    @property
    def years(self) -> Values:
        """The years of the document: its field ``year``, else the year of its date."""
        numbers = [value for value in self.metadata.get("year", ()) if type(value) is int]
        date = None if numbers else self.date
        return numbers or ([date.first.year] if date else ())

    @property
    def folders(self) -> Values:
        """The names of the folders in the path of its source."""
        return [part for part in self.path.parts[:-1] if part not in ("/", ".", "..")]

    @lazy
    def path(self) -> PurePath:
        """The path of the source; the name of a container counts as a folder in that of its members."""
        document = self.document
        return PurePath(document.file_source, *document.member.replace(MEMBER, "/").split("/"))


def find_date(document: StoredDocument) -> str:
    """The date of a document in ISO 8601, as precise as it is known: a day, a month or a year; "" without one."""
    date = Fields(document).date
    return date.iso if date else ""


def describe(document: StoredDocument) -> IndexedDocument:
    """The public view of a document, which a function that is a filter gets."""
    return IndexedDocument(
        document.id,
        document.source,
        document.title,
        document.language,
        document.passages,
        document.file or None,
        find_date(document),
        hide_readings(document.metadata),
    )


_KNOWN: Mapping[str, Callable[[Fields], Values]] = {
    "source": lambda fields: [fields.document.source],
    ID: lambda fields: [fields.document.id],
    "title": lambda fields: [fields.document.title],
    "language": lambda fields: [fields.document.language],
    "name": lambda fields: [fields.path.name],
    "folder": lambda fields: fields.folders,
    "extension": lambda fields: [fields.path.suffix.removeprefix(".")],
    "date": lambda fields: [date] if (date := fields.date) else (),
    "year": lambda fields: fields.years,
}
NAMES = frozenset((*_KNOWN, *OF_PASSAGES))
"""Fields that exist for every document, though perhaps without a value."""
