"""PPT, the presentations of PowerPoint 97 to 2003: the slides in order, with their notes.

The file is a tree of records. Where the current version of each slide lies is said by a chain of edits, newest first.
Numbers in comments are those of the published format [MS-PPT].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from retriever.documents.interface import Source
from retriever.documents.ole import ENCRYPTED, NO_PASSWORD, open_compound
from retriever.documents.slides.deck import Deck
from retriever.errors import ReadError
from retriever.types import Document

HEADER = struct.Struct("<HHI")
DOCUMENT, SLIDE, NOTES = 1000, 1006, 1008
NOTES_ATOM, PERSIST_ATOM = 1009, 1011
EDIT, DIRECTORY = 4085, 6002
TEXT_HEADER, TEXT_CHARS, TEXT_BYTES, OUTLINE_REF = 3999, 4000, 4008, 3998
LIST_WITH_TEXT = 4080
TEXT_BOX = 0xF00D
# Instances of a list with text: of the slides, and of their notes.
SLIDES_LIST, NOTES_LIST = 0, 2
# Kinds of text: a title, and one in the middle of a slide.
TITLES = frozenset({0, 6})
# What marks a presentation that is encrypted.
ENCRYPTED_MARK = 0xF3D1C4DF
# More are looked at in no file.
MAX_EDITS, MAX_DEPTH, MAX_RECORDS = 10_000, 40, 2_000_000
# A vertical tab breaks a line within a paragraph; an asterisk stands for a number or date that is filled in.
CHARACTERS = str.maketrans({"\v": "\n", "\r": "\n", "\0": None})


@dataclass(frozen=True, slots=True)
class _Record:
    """A record: its version and instance, its type, and where its contents lie."""

    version: int
    instance: int
    kind: int
    start: int
    end: int

    @property
    def is_container(self) -> bool:
        return self.version == 0xF


@dataclass(slots=True)
class _Text:
    """A text of a slide: its kind, and its words."""

    kind: int
    words: str = ""


@dataclass(slots=True)
class _Entry:
    """What the document says of a slide or of notes: where they lie, their id, and the texts kept for the outline."""

    persist: int
    id: int
    texts: list[_Text] = field(default_factory=list)


def read_ppt(source: Source) -> Iterator[Document]:
    """One document with a page for each slide. Its title is that of its properties, else that of the first slide."""
    with open_compound(source, "a PPT") as file:
        data = file.read("PowerPoint Document")
        user = file.read("Current User")
        if not data:
            raise ReadError("the presentation is older than PowerPoint 97", hint="save it as .pptx")
        properties = file.properties()
    try:
        deck = _Reading(data, user).deck()
    except (struct.error, IndexError) as error:
        raise ReadError("the presentation is broken: its records cannot be read") from error
    yield deck.document(source, properties)


class _Reading:
    """Reads the stream of records."""

    def __init__(self, data: bytes, user: bytes) -> None:
        self.data = data
        self.left = MAX_RECORDS
        self.places: dict[int, int] = {}
        self.document = -1
        if len(user) >= 20:
            mark, edit = struct.unpack_from("<II", user, 12)
            if mark == ENCRYPTED_MARK:
                raise ReadError(ENCRYPTED, hint=NO_PASSWORD)
            self._read_edits(edit)

    def deck(self) -> Deck:
        root = self._find_document()
        slides, notes = self._read_lists(root)
        if not slides:
            # Without a list, all that lies in the file is better than nothing.
            slides = []
            for record in self._children(0, len(self.data)):
                if record.kind == SLIDE:
                    slides.append(_Entry(-1, -1))
                    self.places[-1 - len(slides)] = record.start - HEADER.size
                    slides[-1] = _Entry(-1 - len(slides), -1)
        said = self._read_notes(notes)
        deck = Deck()
        for slide in slides:
            texts = self._read_slide(slide)
            title = next((text.words for text in texts if text.kind in TITLES and text.words.strip()), "")
            rest = [text.words for text in texts if not (text.kind in TITLES and text.words == title)]
            deck.add_slide(title, _split(rest), _split(said.get(slide.id, [])))
        return deck

    def _read_edits(self, edit: int) -> None:
        """Find out where each object lies, the newest version of it first."""
        seen: set[int] = set()
        while edit and edit not in seen and len(seen) < MAX_EDITS:
            seen.add(edit)
            record = self._record(edit)
            if record is None or record.kind != EDIT:
                return
            # lastSlideIdRef, version, offsetLastEdit, offsetPersistDirectory, docPersistIdRef
            _, _, before, directory, document = struct.unpack_from("<IIIII", self.data, record.start)
            self._read_directory(directory)
            if self.document < 0:
                self.document = document
            edit = before

    def _read_directory(self, place: int) -> None:
        record = self._record(place)
        if record is None or record.kind != DIRECTORY:
            return
        at = record.start
        while at + 4 <= record.end:
            (head,) = struct.unpack_from("<I", self.data, at)
            first, count = head & 0xFFFFF, head >> 20
            offsets = self.data[at + 4 : min(at + 4 + 4 * count, record.end)]
            for number in range(len(offsets) // 4):
                self.places.setdefault(first + number, struct.unpack_from("<I", offsets, 4 * number)[0])
            at += 4 + 4 * count

    def _find_document(self) -> _Record | None:
        found = self._record(self.places.get(self.document, -1))
        if found is not None and found.kind == DOCUMENT:
            return found
        records = [record for record in self._children(0, len(self.data)) if record.kind == DOCUMENT]
        return records[-1] if records else None

    def _read_lists(self, root: _Record | None) -> tuple[list[_Entry], list[_Entry]]:
        """The slides and the notes of the document, in order."""
        lists: dict[int, list[_Entry]] = {SLIDES_LIST: [], NOTES_LIST: []}
        for record in self._children(root.start, root.end) if root is not None else ():
            if record.kind == LIST_WITH_TEXT and record.instance in lists:
                lists[record.instance] += self._read_list(record)
        return lists[SLIDES_LIST], lists[NOTES_LIST]

    def _read_list(self, parent: _Record) -> Iterator[_Entry]:
        entry = None
        for record in self._children(parent.start, parent.end):
            if record.kind == PERSIST_ATOM:
                if entry is not None:
                    yield entry
                # persistIdRef, flags, cTexts, slideId
                persist, _, _, id_ = struct.unpack_from("<IIII", self.data, record.start)
                entry = _Entry(persist, id_)
            elif entry is not None:
                self._add_text(record, entry.texts)
        if entry is not None:
            yield entry

    def _read_slide(self, slide: _Entry) -> list[_Text]:
        """The texts of a slide in the order of its shapes, then those of its outline that no shape shows."""
        container = self._record(self.places.get(slide.persist, -1))
        if container is None or container.kind not in {SLIDE, NOTES}:
            return slide.texts
        shown: set[int] = set()
        texts: list[_Text] = []
        for box in self._iter_boxes(container, 0):
            own: list[_Text] = []
            for record in self._children(box.start, box.end):
                if record.kind == OUTLINE_REF:
                    (number,) = struct.unpack_from("<I", self.data, record.start)
                    if number < len(slide.texts) and number not in shown:
                        shown.add(number)
                        own.append(slide.texts[number])
                else:
                    self._add_text(record, own)
            texts += own
        return texts + [text for number, text in enumerate(slide.texts) if number not in shown]

    def _read_notes(self, notes: list[_Entry]) -> dict[int, list[str]]:
        """The words of the notes by the id of their slide."""
        said: dict[int, list[str]] = {}
        for entry in notes:
            container = self._record(self.places.get(entry.persist, -1))
            if container is None or container.kind != NOTES:
                continue
            for record in self._children(container.start, container.end):
                if record.kind == NOTES_ATOM:
                    (slide,) = struct.unpack_from("<I", self.data, record.start)
                    # Kind 2 is the text of notes; others are of the page that they are printed on.
                    said[slide] = [text.words for text in self._read_slide(entry) if text.kind == 2]
        return said

    def _iter_boxes(self, parent: _Record, depth: int) -> Iterator[_Record]:
        """The text boxes inside a record, at any depth."""
        for record in self._children(parent.start, parent.end):
            if record.kind == TEXT_BOX:
                yield record
            elif record.is_container and depth < MAX_DEPTH:
                yield from self._iter_boxes(record, depth + 1)

    def _add_text(self, record: _Record, texts: list[_Text]) -> None:
        if record.kind == TEXT_HEADER:
            (kind,) = struct.unpack_from("<I", self.data, record.start)
            texts.append(_Text(kind))
        elif record.kind in {TEXT_CHARS, TEXT_BYTES}:
            raw = self.data[record.start : record.end]
            words = raw.decode("utf-16-le", "replace") if record.kind == TEXT_CHARS else raw.decode("latin-1")
            if not texts:
                texts.append(_Text(4))
            texts[-1].words += words.translate(CHARACTERS)

    def _children(self, start: int, end: int) -> Iterator[_Record]:
        while start + HEADER.size <= end:
            record = self._record(start)
            if record is None:
                return
            yield record
            start = record.end

    def _record(self, place: int) -> _Record | None:
        if not 0 <= place <= len(self.data) - HEADER.size:
            return None
        self.left -= 1
        if self.left < 0:
            raise ReadError("the presentation is broken: its records go on without end")
        head, kind, size = HEADER.unpack_from(self.data, place)
        start = place + HEADER.size
        return _Record(head & 0xF, head >> 4, kind, start, min(start + size, len(self.data)))


def _split(texts: list[str]) -> Iterator[str]:
    """The paragraphs of texts; what stands for a number or a date is left out."""
    for text in texts:
        yield from (line for line in text.split("\n") if line.strip() not in {"", "*"})
