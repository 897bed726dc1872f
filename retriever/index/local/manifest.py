"""The manifest, which lists the files of one generation, and CURRENT, which names the newest generation.

Both are canonical JSON: the same contents give the same bytes. A manifest contains its own checksum, so that damage is
found in one that CURRENT does not name, too. A checksum is not a signature: what a manifest says is checked
(``entries``), and only what is known is carried on. Nothing here opens the listed files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from retriever.errors import IndexCorruptError, IndexVersionError, IndexWriteError
from retriever.frozen import dataclass
from retriever.index.files.access import list_folder, read_regular
from retriever.index.files.durable import digest_bytes, write_durably
from retriever.index.files.json_values import parse_json, read_integer, read_list, read_string
from retriever.index.files.read_errors import REBUILD, classify_read_error
from retriever.index.local.absent import explain_absence
from retriever.index.local.entries import GENERATION_NAME, GENERATIONS, VECTORS, FileEntry, SegmentEntry
from retriever.index.local.migrations import FORMAT, migrate
from retriever.index.settings import IndexSettings
from retriever.index.values import parse_source
from retriever.types import Source

CURRENT = "CURRENT"
# Bytes that CURRENT and a manifest have at most: a manifest takes about 3 kB for each segment.
POINTER_SIZE = 4096
MANIFEST_SIZE = 16 << 20
# The highest number of a generation that is read: what follows it still has a name of 15 digits.
_LAST = 10**14
_DIMENSIONS = 1 << 16
# How deep a manifest nests at most.
_DEPTH = 16
# Objects and lists of a manifest: a source, a segment and a file each are one.
_MOST_VALUES = 300_000
# Bytes of a manifest that is kept as it was read.
_SMALL = 1 << 16


@dataclass(frozen=True, slots=True)
class Manifest:
    """One generation.

    ``created`` is ISO 8601 in UTC. ``dimension`` is 0 without vectors. ``settings`` are None in the empty generation
    that every index starts with.
    """

    generation: int
    parent: int
    created: str
    dimension: int = 0
    settings: IndexSettings | None = None
    segments: tuple[SegmentEntry, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def path(self) -> str:
        """The manifest's path below the index folder."""
        return manifest_path(self.generation)

    @property
    def passages(self) -> int:
        """The number of live passages."""
        return sum(segment.live_rows for segment in self.segments)

    @property
    def pending(self) -> int:
        """The number of live passages whose vectors are still to come."""
        return sum(segment.live_rows for segment in self.segments if segment.pending)

    @property
    def documents(self) -> int:
        """The number of live documents."""
        return sum(segment.documents - segment.deleted_documents for segment in self.segments)

    @property
    def terms(self) -> int:
        """The total length of the live passages in terms."""
        return sum(segment.terms - segment.deleted_terms for segment in self.segments)

    @property
    def size(self) -> int:
        """The size on disk of all listed files, in bytes."""
        return sum(segment.size for segment in self.segments)

    @property
    def files(self) -> tuple[FileEntry, ...]:
        """All files that it lists."""
        return tuple(file for segment in self.segments for file in segment.all_files)

    def to_bytes(self) -> bytes:
        """The file as canonical JSON."""
        bare = _to_canonical({"format": FORMAT, **_to_values(self)})
        return bare.replace(b"{", b"{" + _to_checksum(digest_bytes(bare)), 1)

    @classmethod
    def from_bytes(cls, data: bytes, path: Path) -> Manifest:
        """Raises IndexVersionError for a newer format, IndexCorruptError for anything else unexpected."""
        return _read(data, path) if len(data) > _SMALL else _read_small(data, path)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Manifest:
        """The manifest from its JSON values. Raises KeyError, TypeError, ValueError, IndexCorruptError."""
        manifest = cls(
            generation=read_integer(value, "generation", _LAST),
            parent=read_integer(value, "parent", _LAST),
            created=read_string(value, "created", "[0-9T:.+Z-]{0,40}"),
            dimension=read_integer(value, "dimension", _DIMENSIONS),
            settings=None if value["settings"] is None else IndexSettings.from_dict(value["settings"]),
            segments=tuple(map(SegmentEntry.from_dict, read_list(value, "segments"))),
            sources=tuple(map(parse_source, read_list(value, "sources"))),
        )
        if len({segment.id for segment in manifest.segments}) != len(manifest.segments):
            raise ValueError("a segment is listed twice")
        for segment in manifest.segments:
            vectors = segment.find(VECTORS)
            if vectors is None or (not segment.pending and vectors.size < segment.rows * manifest.dimension * 2):
                raise ValueError(f"segment {segment.id} has no room for its vectors")
        return manifest


@dataclass(frozen=True, slots=True)
class Pointer:
    """The contents of CURRENT: the newest generation and the digest of its manifest."""

    generation: int
    digest: str

    def to_bytes(self) -> bytes:
        """The file as canonical JSON."""
        return _to_canonical({"format": FORMAT, "manifest": manifest_path(self.generation), **_to_values(self)})

    @classmethod
    def read(cls, root: Path) -> Pointer:
        """Raises IndexNotFoundError, IndexVersionError, IndexCorruptError or IndexReadError."""
        path = root / CURRENT
        try:
            data = read_regular(path, POINTER_SIZE)
        except OSError as error:
            raise explain_absence(path, error) from error
        return cls.from_bytes(data, path)

    @classmethod
    def from_bytes(cls, data: bytes, path: Path) -> Pointer:
        """Raises IndexVersionError for a newer format, IndexCorruptError for anything else unexpected."""
        value = _parse(data, path)
        try:
            number = read_integer(value, "generation", _LAST)
            pointer = cls(generation=number, digest=read_string(value, "digest", "[0-9a-f]{32}"))
        except ValueError as error:
            raise _damage_error(path, error) from error
        if value.get("manifest") != manifest_path(pointer.generation):
            raise _damage_error(path)
        return pointer


def manifest_path(generation: int) -> str:
    """The path of a generation's manifest below the index folder."""
    return f"{GENERATIONS}/{generation:08d}.json"


def tombstones_path(generation: int, segment: str) -> str:
    """The path, below the index folder, of the tombstones that a generation writes for a segment."""
    return f"{GENERATIONS}/{generation:08d}-{segment}.deleted"


def read_manifest(root: Path, generation: int, digest: str | None = None) -> Manifest:
    """The manifest of a generation, checked against ``digest`` if that is given.

    Raises FileNotFoundError if it has been removed in the meantime, IndexCorruptError, IndexReadError or
    IndexVersionError.
    """
    path = root / manifest_path(generation)
    try:
        data = read_regular(path, MANIFEST_SIZE, root)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise classify_read_error(path, error) from error
    if digest is not None and digest_bytes(data) != digest:
        raise _damage_error(path)
    manifest = Manifest.from_bytes(data, path)
    if manifest.generation != generation:
        raise _damage_error(path)
    return manifest


def write_manifest(root: Path, manifest: Manifest) -> Pointer:
    """Write the manifest and return the pointer to it for CURRENT. Raises OSError."""
    data = manifest.to_bytes()
    write_durably(root / manifest.path, data)
    return Pointer(manifest.generation, digest_bytes(data))


def require_readable(root: Path, manifest: Manifest) -> None:
    """Raise IndexWriteError for a manifest that no reader would accept."""
    data = manifest.to_bytes()
    if len(data) > MANIFEST_SIZE or data.count(b"{") + data.count(b"[") > _MOST_VALUES:
        raise IndexWriteError(
            f"{root} would list more than a manifest may hold: {len(data)} bytes",
            hint="name folders as sources instead of single files",
        )
    try:
        Manifest.from_bytes(data, root / manifest.path)
    except IndexCorruptError as error:
        raise IndexWriteError(
            f"cannot commit to {root}: {error.__cause__ or error}",
            hint="see that no other program writes into the index folder, and run the same command again",
        ) from error


def generations_on_disk(root: Path) -> list[int]:
    """The numbers of all generations with a manifest, oldest first. Raises IndexCorruptError, IndexReadError."""
    folder = root / GENERATIONS
    try:
        names = set(filter(GENERATION_NAME.fullmatch, list_folder(folder)))
    except OSError as error:
        raise classify_read_error(folder, error) from error
    numbers = sorted({int(name.partition(".")[0]) for name in names})
    # A number has one name: another one with more zeros is not that of a generation.
    return [number for number in numbers if manifest_path(number).removeprefix(f"{GENERATIONS}/") in names]


def _read(data: bytes, path: Path) -> Manifest:
    value = _parse(data, path)
    try:
        if value["format"] > 1:
            checksum = value["checksum"]
            if checksum != digest_bytes(data.replace(_to_checksum(checksum), b"", 1)):
                raise _damage_error(path)
        return Manifest.from_dict(migrate(value))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damage_error(path, error) from error


# A commit reads each manifest that it keeps, and the one that it writes, several times over.
_read_small = lru_cache(maxsize=16)(_read)


def _to_checksum(digest: str) -> bytes:
    """How a canonical manifest begins: no other key comes before this one."""
    return f'"checksum":"{digest}",'.encode()


def _to_values(part: Any) -> dict[str, Any]:
    """The values of one dataclass. ``asdict`` would copy all that these hold, which takes longer than to write it."""
    return {field.name: getattr(part, field.name) for field in fields(part)}


def _to_canonical(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_to_values)
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _parse(data: bytes, path: Path) -> Mapping[str, Any]:
    try:
        value = parse_json(data, depth=_DEPTH, most=_MOST_VALUES)
    except ValueError as error:
        raise _damage_error(path, error) from error
    if not isinstance(value, dict) or type(value.get("format")) is not int or not 0 < value["format"] < 10**6:
        raise _damage_error(path)
    if value["format"] > FORMAT:
        raise IndexVersionError(
            f"{path} has format {value['format']}; this version reads formats up to {FORMAT}",
            hint="upgrade retriever to the version that wrote it, or name another index",
        )
    if _to_canonical(value) != data:
        raise _damage_error(path)
    return value


def _damage_error(path: Path, reason: Exception | None = None) -> IndexCorruptError:
    told = f" ({reason})" if isinstance(reason, ValueError) and not isinstance(reason, UnicodeError) else ""
    return IndexCorruptError(f"{path} is damaged: its contents are not what was written{told}", hint=REBUILD)
