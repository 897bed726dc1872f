"""What a manifest lists: segments and their files. A manifest may come from anybody, so every value is checked here.

A name is one that the writer makes, in the place where it makes it, and counts fit the sizes of the files that hold
what is counted. Nothing here touches files.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from retriever.frozen import dataclass
from retriever.index.files.json_values import read_integer, read_list, read_number, read_string

GENERATIONS = "generations"
SEGMENTS = "segments"
PASSAGES = "passages.sqlite"
VECTORS = "dense.faiss"
LISTS = "approximate.faiss"
IDS = "ids.npy"
LANGUAGES = "languages.npz"
TOKENS = "tokens.bin"
ENDS = "tokens.npy"
POSTINGS = "lexical"

GENERATION_NAME = re.compile(r"(\d{8,15})\.json", re.ASCII)
SEGMENT_NAME = re.compile(r"\d{8,15}-[0-9a-f]{8}", re.ASCII)
TOMBSTONES_NAME = re.compile(rf"\d{{8,15}}-{SEGMENT_NAME.pattern}\.deleted", re.ASCII)
# The files below the folder of a segment; tantivy names its own by a number and what they hold.
FILE_NAME = re.compile(
    rf"(?:{'|'.join(map(re.escape, (PASSAGES, VECTORS, LISTS, IDS, LANGUAGES, TOKENS, ENDS)))}"
    rf"|{POSTINGS}/meta\.json|{POSTINGS}/[0-9a-f]{{32}}\.[a-z]{{1,16}})",
    re.ASCII,
)
_REQUIRED = (PASSAGES, VECTORS, IDS, f"{POSTINGS}/meta.json")
# Bytes that a file of NumPy has beside its values, at most.
_HEADER = 1024
# Bytes of the file of vectors before the first vector.
VECTORS_HEADER = 81
# Operating points of an inverted file, at most.
_POINTS = 16


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of the index: its path below the index folder, its size in bytes, its XXH3-128 digest."""

    path: str
    size: int
    digest: str

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> FileEntry:
        """The entry from its JSON values; its path is not checked. Raises ValueError."""
        return cls(
            read_string(value, "path"), read_integer(value, "size"), read_string(value, "digest", "[0-9a-f]{32}")
        )


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A measured setting of an inverted file: for ``results`` results, ``probes`` lists give this ``recall``."""

    results: int
    probes: int
    recall: float

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> OperatingPoint:
        """The point from its JSON values. Raises ValueError."""
        results, probes = (read_integer(value, name, 1 << 20, 1) for name in ("results", "probes"))
        return cls(results, probes, read_number(value, "recall", 1.0))


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
    def pending(self) -> bool:
        """Whether the vectors of its documents are still to come: their file then has a header only."""
        vectors = self.find(VECTORS)
        return self.rows > 0 and vectors is not None and vectors.size <= VECTORS_HEADER

    @property
    def all_files(self) -> tuple[FileEntry, ...]:
        """Its files, including its tombstones."""
        return self.files if self.tombstones is None else (*self.files, self.tombstones)

    @property
    def size(self) -> int:
        """The size on disk in bytes."""
        return sum(file.size for file in self.all_files)

    def find(self, name: str) -> FileEntry | None:
        """Its file with this name in the folder of the segment."""
        path = f"{SEGMENTS}/{self.id}/{name}"
        return next((file for file in self.files if file.path == path), None)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> SegmentEntry:
        """The entry from its JSON values. Raises ValueError, KeyError."""
        counts = {name: read_integer(value, name) for name in ("rows", "documents", "terms")}
        deleted = {f"deleted_{name}": read_integer(value, f"deleted_{name}", most) for name, most in counts.items()}
        tombstones = value["tombstones"]
        if tombstones is not None and type(tombstones) is not dict:
            raise ValueError("'tombstones' are not a file")
        entry = cls(
            id=read_string(value, "id", SEGMENT_NAME.pattern),
            files=tuple(map(FileEntry.from_dict, read_list(value, "files"))),
            tombstones=None if tombstones is None else FileEntry.from_dict(tombstones),
            operating_points=tuple(map(OperatingPoint.from_dict, read_list(value, "operating_points"))),
            **counts,
            **deleted,
        )
        entry._check_names()
        entry._check_counts()
        return entry

    def _check_names(self) -> None:
        """Raise ValueError for a file elsewhere than the writer puts it, or a missing one."""
        folder = f"{SEGMENTS}/{self.id}/"
        names = [file.path.removeprefix(folder) for file in self.files if file.path.startswith(folder)]
        if len(names) != len(self.files) or len(set(names)) != len(names):
            raise ValueError(f"segment {self.id} lists files that are not its own")
        if unknown := [name for name in names if not FILE_NAME.fullmatch(name)]:
            raise ValueError(f"segment {self.id} lists the file {unknown[0]!r:.80}")
        if missing := [name for name in _REQUIRED if name not in names]:
            raise ValueError(f"segment {self.id} does not list {missing[0]}")
        if (TOKENS in names) != (ENDS in names):
            raise ValueError(f"segment {self.id} lists only one of {TOKENS} and {ENDS}")
        if self.tombstones is not None:
            place, _, name = self.tombstones.path.partition("/")
            if place != GENERATIONS or not TOMBSTONES_NAME.fullmatch(name) or not name.endswith(f"-{self.id}.deleted"):
                raise ValueError(f"segment {self.id} lists the file {self.tombstones.path!r:.80}")

    def _check_counts(self) -> None:
        """Raise ValueError for counts that the files have no room for, or that contradict each other."""
        sizes = {file.path.rpartition("/")[2]: file.size for file in self.files}
        if not self.rows * 8 <= sizes[IDS] <= self.rows * 8 + _HEADER or self.documents > sizes[PASSAGES]:
            raise ValueError(
                f"segment {self.id} does not have the size of {self.rows} passages of {self.documents} documents"
            )
        if self.tombstones is None and (self.deleted_rows or self.deleted_documents):
            raise ValueError(f"segment {self.id} has deletions that no file lists")
        if self.tombstones is not None and self.tombstones.size < 8 * (self.deleted_rows + self.deleted_documents):
            raise ValueError(f"segment {self.id} has more deletions than its file lists")
        points = self.operating_points
        if len(points) > _POINTS or any(one.results >= two.results for one, two in itertools.pairwise(points)):
            raise ValueError(f"segment {self.id} has operating points out of order")
        if len(points) == 1:
            raise ValueError(f"segment {self.id} has one operating point")
