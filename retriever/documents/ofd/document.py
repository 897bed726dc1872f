"""Finds the parts of an OFD document: pages with their templates and annotations, outline, attachments, properties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Any

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.ofd.glyphs import Glyph, Matrix, Shown, iter_glyphs, placement, read_numbers
from retriever.documents.ofd.pictures import PicturePage, PlacedPicture
from retriever.documents.package import Package, iter_local, local_name
from retriever.errors import ReadError

if TYPE_CHECKING:
    from lxml.etree import _Element

ROOT = "OFD.xml"
PROPERTIES = {
    "Title": "title",
    "Author": "author",
    "Subject": "subject",
    "Abstract": "description",
    "Creator": "creator",
    "CreationDate": "created",
    "ModDate": "modified",
}
# A page whose size is not told is an A4.
SIZE = (210.0, 297.0)


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """An entry of the outline: its words, its level (1 is outermost), and the id of the page that it leads to."""

    words: str
    level: int
    page: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attached file: its name, and its part."""

    name: str
    part: str


class OfdDocument:
    """One of the documents in a file, most often the only one. Raises ReadError if its main part cannot be read."""

    def __init__(self, package: Package, body: _Element) -> None:
        self.package = package
        self.body = body
        self.path = _resolve(_text(body, "DocRoot") or "Doc_0/Document.xml", ROOT)
        root = package.parse(self.path)
        if root is None:
            raise ReadError(f"{package.what} is broken: {self.path} is missing")
        self.root = root
        self.templates = {
            item.get("ID") or "": self._resolve(item.get("BaseLoc")) for item in iter_local(root, "TemplatePage")
        }
        self._loaded: dict[str, _Element | None] = {}
        self.pages = [
            (item.get("ID") or "", self._resolve(item.get("BaseLoc")))
            for pages in iter_local(root, "Pages")
            for item in iter_local(pages, "Page")
        ]
        units, self.images = self._read_resources()
        self.shown = Shown(units)
        self.annotations = self._find_annotations()

    def read_page(self, identity: str, part: str) -> tuple[list[Glyph], PicturePage]:
        """The characters of a page with those of its templates, and its pictures. Raises ReadError."""
        page = self.package.parse(part)
        if page is None:
            raise ReadError(f"{self.package.what} is broken: {part} is missing")
        below: list[Glyph | PlacedPicture] = []
        above: list[Glyph | PlacedPicture] = []
        for item in iter_local(page, "Template"):
            template = self._load_template(item.get("TemplateID") or "")
            if template is not None:
                (above if item.get("ZOrder") == "Foreground" else below).extend(self._read_content(template))
        shown = [*below, *self._read_content(page), *above]
        glyphs = [one for one in shown if isinstance(one, Glyph)]
        for annotation in self.annotations.get(identity, []):
            glyphs += self._read_annotations(annotation)
        pictures = tuple(one for one in shown if isinstance(one, PlacedPicture))
        return glyphs, PicturePage(self.package, pictures, *(_size(page) or _size(self.root) or SIZE))

    def _load_template(self, identity: str) -> _Element | None:
        """A template, which most pages share."""
        if identity not in self._loaded:
            self._loaded[identity] = self._parse(self.templates.get(identity))
        return self._loaded[identity]

    def iter_outline(self) -> Iterator[OutlineEntry]:
        """The entries of the outline, in order."""
        for entry in iter_local(self.root, "OutlineElem"):
            level = 1 + sum(local_name(above) == "OutlineElem" for above in entry.iterancestors())
            actions = [child for child in entry if local_name(child) == "Actions"]
            page = next((goal.get("PageID") for child in actions for goal in iter_local(child, "Dest")), None)
            words = collapse_whitespace(entry.get("Title") or "")
            if words:
                yield OutlineEntry(words, level, page or "")

    def iter_attachments(self) -> Iterator[Attachment]:
        """The attached files."""
        listed = next((self._resolve(item.text) for item in iter_local(self.root, "Attachments") if item.text), None)
        for item in iter_local(self._parse(listed), "Attachment"):
            place = _text(item, "FileLoc")
            if listed and place and item.get("Visible") != "false":
                part = _resolve(place, listed)
                name = collapse_whitespace(item.get("Name") or "") or part.rpartition("/")[2]
                extension = part.rpartition(".")[2] if "." in part.rpartition("/")[2] else item.get("Format") or ""
                complete = name if "." in name or not extension else f"{name}.{extension}"
                yield Attachment(complete, part)

    def read_properties(self) -> dict[str, Any]:
        """The metadata, and when the document was signed."""
        properties: dict[str, Any] = {}
        for info in iter_local(self.body, "DocInfo"):
            for element in info:
                name = PROPERTIES.get(local_name(element))
                if name and element.text and element.text.strip():
                    properties.setdefault(name, collapse_whitespace(element.text))
            keywords = [collapse_whitespace(item.text or "") for item in iter_local(info, "Keyword")]
            if any(keywords):
                properties["keywords"] = [word for word in keywords if word]
        signed = list(self._iter_signatures())
        if signed:
            properties["signed"] = signed
        return properties

    def _iter_signatures(self) -> Iterator[str]:
        place = _text(self.body, "Signatures")
        listed = _resolve(place, ROOT) if place else None
        for item in iter_local(self._parse(listed), "Signature"):
            signature = self._parse(_resolve(item.get("BaseLoc") or "", listed or ROOT))
            yield _text(signature, "SignatureDateTime") or "signed"

    def _read_content(self, page: _Element) -> Iterator[Glyph | PlacedPicture]:
        for content in page:
            if local_name(content) == "Content":
                for element, within in self.shown.find(content, Matrix()):
                    if local_name(element) == "TextObject":
                        yield from iter_glyphs(element, within)
                    elif part := self.images.get(element.get("ResourceID") or ""):
                        yield PlacedPicture(part, placement(element).then(within))

    def _read_annotations(self, part: str) -> Iterator[Glyph]:
        for annotation in iter_local(self._parse(part), "Annot"):
            if annotation.get("Type") == "Watermark" or annotation.get("Visible") == "false":
                continue
            for appearance in iter_local(annotation, "Appearance"):
                for element, within in self.shown.find(appearance, placement(appearance)):
                    # The pictures of annotations are seals.
                    if local_name(element) == "TextObject":
                        yield from iter_glyphs(element, within)

    def _find_annotations(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for item in iter_local(self.root, "Annotations"):
            listed = self._resolve(item.text)
            for page in iter_local(self._parse(listed), "Page"):
                place = _text(page, "FileLoc")
                if place:
                    found.setdefault(page.get("PageID") or "", []).append(_resolve(place, listed))
        return found

    def _read_resources(self) -> tuple[dict[str, _Element], dict[str, str]]:
        """By their ids, the graphic units that composite objects show, and the parts of images."""
        units: dict[str, _Element] = {}
        images: dict[str, str] = {}
        for item in iter_local(self.root, "PublicRes", "DocumentRes"):
            listed = self._resolve(item.text)
            root = self._parse(listed)
            for unit in iter_local(root, "CompositeGraphicUnit"):
                units.setdefault(unit.get("ID") or "", unit)
            for media in iter_local(root, "MultiMedia"):
                folder = root.get("BaseLoc") if root is not None else ""
                place = _text(media, "MediaFile")
                if place and media.get("Type") == "Image":
                    images.setdefault(media.get("ID") or "", _resolve(place, f"{_resolve(folder or '.', listed)}/-"))
        return units, images

    def _resolve(self, place: str | None) -> str:
        return _resolve(place or "", self.path)

    def _parse(self, part: str | None) -> _Element | None:
        """A part that the rest can do without; None if it is missing or, with a notice, broken."""
        try:
            return self.package.parse(part) if part else None
        except ReadError as error:
            self.package.source.notice(f"a part of {self.package.what} was left out: {error}")
            return None


def _resolve(place: str, base: str) -> str:
    """The part that a location in the part ``base`` names: from the root, or from where that part is."""
    place = place.strip().replace("\\", "/")
    return normpath(place.lstrip("/") if place.startswith("/") else join(dirname(base), place))


def _text(element: _Element | None, name: str) -> str:
    found = next(iter_local(element, name), None)
    return (found.text or "").strip() if found is not None else ""


def _size(element: _Element) -> tuple[float, float] | None:
    """The width and height of pages in millimetres; None where they are not told."""
    box = read_numbers(_text(element, "PhysicalBox"))
    return (box[2], box[3]) if len(box) == 4 and min(box[2:]) > 0 else None
