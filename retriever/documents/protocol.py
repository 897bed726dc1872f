"""What the parent and the process that reads files say to each other: frames of JSON and text, never pickled objects.

The parent trusts nothing that it receives: sizes are looked at before anything is read, and every value is checked. A
frame is the length of a JSON object (4 bytes), the length of a text (8 bytes), then both in UTF-8.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from retriever.documents.limits import ReadLimits
from retriever.frozen import dataclass
from retriever.types import DEFAULT_MAX_FILE_SIZE, MEMBER, Document, Heading, Place

LENGTHS = struct.Struct(">IQ")
# Bytes of the digest of a page.
DIGEST = 16


class ProtocolError(ValueError):
    """Something that is not a frame, or one with values of wrong types."""


def digest_code(module: str, *others: str) -> int:
    """A checksum of modules of one folder by which a process and its child have to mean the same, as they are on disk.

    ``module`` is the path of one, ``others`` are names; 0 where their source is not there. A process that runs through
    an upgrade starts children of the later version.
    """
    try:
        return zlib.crc32(b"".join(Path(module).with_name(name).read_bytes() for name in (Path(module).name, *others)))
    except OSError:
        return 0


# Of the code that this process runs.
CODE = digest_code(__file__, "worker.py")


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A file to read: see ``read_file``; with ``member``, a file in it to unpack: see ``unpack_member``."""

    path: Path
    source: str
    encoding: str | None = None
    max_file_size: int | None = DEFAULT_MAX_FILE_SIZE
    member: str = ""

    def to_dict(self, limits: ReadLimits) -> dict[str, Any]:
        """The request as a frame, with the limits to keep to."""
        return {
            "path": str(self.path),
            "source": self.source,
            "encoding": self.encoding,
            "max_file_size": self.max_file_size,
            "member": self.member,
            "memory": limits.memory,
            "seconds": limits.seconds,
            "output": limits.output,
        }


def write_frame(stream: IO[bytes], values: Mapping[str, Any], text: str = "") -> None:
    """Write one frame. Raises ValueError for what is not JSON, and for characters that UTF-8 does not have."""
    head = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    body = text.encode()
    stream.write(LENGTHS.pack(len(head), len(body)))
    stream.write(head)
    stream.write(body)


def read_frame(stream: IO[bytes], accept: Callable[[int], None] | None = None) -> tuple[dict[str, Any], str] | None:
    """The next frame; None at the end of the stream, also where it ends within a frame.

    ``accept`` is called with the size of the frame in bytes before it is read, and raises what it does not accept.
    Raises ProtocolError.
    """
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    first, second = LENGTHS.unpack(lengths)
    if accept is not None:
        accept(first + second)
    head = stream.read(first)
    body = stream.read(second)
    if len(head) < first or len(body) < second:
        return None
    try:
        values = json.loads(head)
        text = body.decode()
    except (ValueError, RecursionError) as error:
        raise ProtocolError("no JSON") from error
    if not isinstance(values, dict):
        raise ProtocolError("no object")
    return values, text


def write_document(stream: IO[bytes], document: Document) -> None:
    """Write a document as one frame."""
    headings = document.headings
    values = {
        "kind": "document",
        "id": document.id,
        "source": document.source,
        "title": document.title,
        "language": document.language,
        "headings": headings and [[item.text, item.level, item.start, item.end] for item in headings],
        "pages": document.pages,
        "places": [[place.start, place.name, place.confidence] for place in document.places],
        "line": document.line,
        "metadata": dict(document.metadata),
    }
    write_frame(stream, values, document.text)


def parse_document(values: Mapping[str, Any], text: str, source: str) -> Document:
    """The document in a frame, of the file ``source`` or a member of it.

    Raises ProtocolError if any of its values cannot be right.
    """
    line = values.get("line")
    own = take_string(values, "source")
    if own != source and not own.startswith(source + MEMBER):
        raise ProtocolError("another source")
    pages = _take(values, "pages", list)
    if not (line is None or _is_count(line)) or not all(_is_count(page) for page in pages):
        raise ProtocolError("no offsets")
    return Document(
        id=_take(values, "id", str),
        source=own,
        text=text,
        title=_take(values, "title", str),
        language=_take(values, "language", str),
        headings=_parse_headings(values.get("headings"), len(text)),
        pages=tuple(pages),
        places=_parse_places(values.get("places"), len(text)),
        line=line,
        metadata=_parse_metadata(_take(values, "metadata", dict)),
    )


def take_string(values: Mapping[str, Any], name: str) -> str:
    """The string of this name. Raises ProtocolError if there is none."""
    return str(_take(values, name, str))


def take_count(values: Mapping[str, Any], name: str) -> int:
    """The number of this name. Raises ProtocolError if there is none."""
    value = values.get(name)
    if not isinstance(value, int) or not _is_count(value):
        raise ProtocolError(f"{name} is not a number")
    return value


def take_key(values: Mapping[str, Any]) -> bytes:
    """The digest of a page. Raises ProtocolError if there is none."""
    try:
        key = bytes.fromhex(take_string(values, "key"))
    except ValueError as error:
        raise ProtocolError("no digest") from error
    if len(key) != DIGEST:
        raise ProtocolError("no digest")
    return key


def _take(values: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
    value = values.get(name)
    if not isinstance(value, kind):
        raise ProtocolError(f"{name} is no {kind.__name__}")
    return value


def _parse_headings(values: object, length: int) -> tuple[Heading, ...] | None:
    if values is None:
        return None
    if not isinstance(values, list) or not values:
        raise ProtocolError("no headings")
    headings = []
    end = 0
    for value in values:
        if not isinstance(value, list) or len(value) != 4 or not isinstance(value[0], str):
            raise ProtocolError("no heading")
        if not all(_is_count(number) for number in value[1:]) or not end <= value[2] < value[3] <= length:
            raise ProtocolError("a heading outside the text")
        headings.append(Heading(*value))
        end = value[3]
    return tuple(headings)


def _parse_places(values: object, length: int) -> tuple[Place, ...]:
    places: list[Place] = []
    if not isinstance(values, list):
        raise ProtocolError("no places")
    for value in values:
        if not isinstance(value, list) or len(value) != 3 or not _is_count(value[0]) or not isinstance(value[1], str):
            raise ProtocolError("no place")
        if value[2] is not None and not (isinstance(value[2], int | float) and 0 <= value[2] <= 1):
            raise ProtocolError("no confidence")
        if not (places[-1].start if places else 0) <= value[0] <= length or not value[1] or "\n" in value[1]:
            raise ProtocolError("a place outside the text")
        places.append(Place(*value))
    return tuple(places)


def _parse_metadata(values: dict[str, Any]) -> dict[str, Any]:
    for value in values.values():
        if not all(isinstance(item, str | int | float) for item in (value if isinstance(value, list) else [value])):
            raise ProtocolError("no metadata")
    return values


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
