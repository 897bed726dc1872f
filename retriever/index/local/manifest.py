"""The manifest, which lists the files of one generation, and CURRENT, which names the newest generation.

Both are canonical JSON: the same contents give the same bytes. A manifest contains its own checksum, so that one that
CURRENT does not name can be trusted, too. Nothing here opens the listed files.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retriever.errors import IndexCorruptError, IndexNotFoundError, IndexVersionError, StorageError
from retriever.index.files.durable import digest_bytes, write_durably
from retriever.index.files.read_errors import REBUILD, classify_read_error
from retriever.index.local.migrations import FORMAT, migrate
from retriever.index.settings import IndexSettings
from retriever.types import Source

CURRENT = "CURRENT"
GENERATIONS = "generations"
SEGMENTS = "segments"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of the index: its path below the index folder, its size in bytes, its XXH3-128 digest."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A measured setting of an inverted file: for ``results`` results, ``probes`` lists give this ``recall``."""

    results: int
    probes: int
    recall: float


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment in one generation.

    ``rows``, ``documents`` and ``terms`` count what was written, ``deleted_rows`` and so on what has been deleted of
    it since; ``tombstones`` is the file that lists the deletions. ``operating_points`` were measured with the inverted
    file; they are empty for a segment without one.
    """

    id: str
    rows: int
    documents: int
    terms: int
    files: tuple[FileEntry, ...]
    deleted_rows: int = 0
    deleted_documents: int = 0
    deleted_terms: int = 0
    tombstones: FileEntry | None = None
    operating_points: tuple[OperatingPoint, ...] = ()

    @property
    def live_rows(self) -> int:
        """The number of rows that are not deleted."""
        return self.rows - self.deleted_rows

    @property
    def all_files(self) -> tuple[FileEntry, ...]:
        """Its files, including its tombstones."""
        return self.files if self.tombstones is None else (*self.files, self.tombstones)

    @property
    def size(self) -> int:
        """The size on disk in bytes."""
        return sum(file.size for file in self.all_files)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> SegmentEntry:
        """The entry from its JSON values. Raises KeyError, TypeError."""
        tombstones = value["tombstones"]
        return cls(
            id=value["id"],
            rows=value["rows"],
            documents=value["documents"],
            terms=value["terms"],
            files=tuple(FileEntry(**file) for file in value["files"]),
            deleted_rows=value["deleted_rows"],
            deleted_documents=value["deleted_documents"],
            deleted_terms=value["deleted_terms"],
            tombstones=None if tombstones is None else FileEntry(**tombstones),
            operating_points=tuple(OperatingPoint(**point) for point in value["operating_points"]),
        )


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

    def to_bytes(self) -> bytes:
        """The file as canonical JSON."""
        value = {"format": FORMAT, **asdict(self)}
        return _to_canonical({**value, "checksum": digest_bytes(_to_canonical(value))})

    @classmethod
    def from_bytes(cls, data: bytes, path: Path) -> Manifest:
        """Raises IndexVersionError for a newer format, IndexCorruptError for anything else unexpected."""
        value = _parse(data, path)
        try:
            if value["format"] > 1:
                rest = {key: part for key, part in value.items() if key != "checksum"}
                if value["checksum"] != digest_bytes(_to_canonical(rest)):
                    raise _damage_error(path)
            value = migrate(value)
            return cls(
                generation=value["generation"],
                parent=value["parent"],
                created=value["created"],
                dimension=value["dimension"],
                settings=None if value["settings"] is None else IndexSettings.from_dict(value["settings"]),
                segments=tuple(SegmentEntry.from_dict(segment) for segment in value["segments"]),
                sources=tuple(Source(**source) for source in value["sources"]),
            )
        except (KeyError, TypeError) as error:
            raise _damage_error(path) from error


@dataclass(frozen=True, slots=True)
class Pointer:
    """The contents of CURRENT: the newest generation and the digest of its manifest."""

    generation: int
    digest: str

    def to_bytes(self) -> bytes:
        """The file as canonical JSON."""
        return _to_canonical({"format": FORMAT, "manifest": manifest_path(self.generation), **asdict(self)})

    @classmethod
    def read(cls, root: Path) -> Pointer:
        """Raises IndexNotFoundError, IndexVersionError, IndexCorruptError or IndexReadError."""
        path = root / CURRENT
        try:
            data = path.read_bytes()
        except OSError as error:
            raise _missing_error(root, error) from error
        value = _parse(data, path)
        try:
            pointer = cls(generation=int(value["generation"]), digest=str(value["digest"]))
            if value["manifest"] != manifest_path(pointer.generation):
                raise _damage_error(path)
        except (KeyError, TypeError, ValueError) as error:
            raise _damage_error(path) from error
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
        data = path.read_bytes()
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


def generations_on_disk(root: Path) -> list[int]:
    """The numbers of all generations with a manifest, oldest first."""
    return sorted(
        int(path.stem) for path in (root / GENERATIONS).glob("*.json") if path.stem.isascii() and path.stem.isdigit()
    )


def _to_canonical(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _parse(data: bytes, path: Path) -> Mapping[str, Any]:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise _damage_error(path) from error
    if not isinstance(value, dict) or not isinstance(value.get("format"), int) or value["format"] < 1:
        raise _damage_error(path)
    if value["format"] > FORMAT:
        raise IndexVersionError(
            f"{path} has format {value['format']}; this version reads formats up to {FORMAT}",
            hint="upgrade with `pip install --upgrade retriever-engine`, or name another index with --index",
        )
    if _to_canonical(value) != data:
        raise _damage_error(path)
    return value


def _damage_error(path: Path) -> IndexCorruptError:
    return IndexCorruptError(f"{path} is damaged: its contents are not what was written", hint=REBUILD)


def _missing_error(root: Path, error: OSError) -> StorageError:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        return classify_read_error(root / CURRENT, error)
    if root.is_file():
        return IndexNotFoundError(f"{root} is not an index: it is a file", hint="name the folder of an index")
    make = f"create one with `retriever index SOURCE... --index {shlex.quote(str(root))}`"
    if not root.exists():
        return IndexNotFoundError(f"there is no index at {root}", hint=make)
    if (root / GENERATIONS).is_dir():
        return IndexCorruptError(f"{root / CURRENT} is missing", hint=REBUILD)
    return IndexNotFoundError(f"{root} is not an index", hint=make)
