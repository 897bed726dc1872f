"""The sums of one segment's vectors by language, in a NumPy archive.

Vectors in half precision are whole multiples of 2**-24, so their sums in double precision are exact: they can be
added and subtracted in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.index.files.arrays import read_archive, take
from retriever.index.files.create import create_writable
from retriever.index.files.durable import writing
from retriever.index.files.read_errors import REBUILD
from retriever.index.statistics import LanguageSums

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors


def sum_by_language(languages: Sequence[str], vectors: Vectors) -> dict[str, LanguageSums]:
    """The sums of ``vectors``, float32 [n, dimension], by language; row i is in ``languages[i]``."""
    codes = np.array(languages, np.str_)
    return {
        str(code): LanguageSums(
            int(np.count_nonzero(codes == code)), vectors[codes == code].sum(axis=0, dtype=np.float64)
        )
        for code in dict.fromkeys(languages)
    }


def add(first: Mapping[str, LanguageSums], second: Mapping[str, LanguageSums]) -> dict[str, LanguageSums]:
    """The sums over both. Raises IndexCorruptError for sums of another dimension."""
    result = dict(first)
    for code, sums in second.items():
        known = result.get(code)
        if known is not None and known.vectors.shape != sums.vectors.shape:
            raise IndexCorruptError("sums by language have different dimensions", hint=REBUILD)
        result[code] = (
            LanguageSums(known.passages + sums.passages, known.vectors + sums.vectors, known.pending + sums.pending)
            if known is not None
            else sums
        )
    return result


def subtract(first: Mapping[str, LanguageSums], second: Mapping[str, LanguageSums]) -> dict[str, LanguageSums]:
    """The first minus the second, without languages that have no passages left.

    Raises IndexCorruptError if the second is not part of the first.
    """
    result = dict(first)
    for code, sums in second.items():
        known = result.get(code)
        if known is None or known.passages < sums.passages or known.vectors.shape != sums.vectors.shape:
            raise IndexCorruptError(f"more passages in {code!r} are deleted than there are", hint=REBUILD)
        left = LanguageSums(known.passages - sums.passages, known.vectors - sums.vectors)
        if left.passages:
            result[code] = left
        else:
            del result[code]
    return result


def equal(first: Mapping[str, LanguageSums], second: Mapping[str, LanguageSums]) -> bool:
    """Whether both have the same languages, counts and sums."""
    return first.keys() == second.keys() and all(
        sums.passages == second[code].passages and np.array_equal(sums.vectors, second[code].vectors)
        for code, sums in first.items()
    )


def write_sums(path: Path, sums: Mapping[str, LanguageSums]) -> None:
    """Write the sums to an archive. Raises IndexWriteError."""
    save: Any = np.savez
    with writing(path), create_writable(path) as file:
        save(file, **to_arrays(sums))


def to_arrays(sums: Mapping[str, LanguageSums]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of an archive: codes, numbers of passages and sums, one language per row."""
    codes = sorted(sums)
    return {
        "language_codes": np.array(codes, np.str_),
        "language_passages": np.array([sums[code].passages for code in codes], np.int64),
        "language_sums": np.array([sums[code].vectors for code in codes], np.float64),
    }


def read_sums(path: Path) -> dict[str, LanguageSums] | None:
    """The sums in an archive, None if it has none. Raises IndexCorruptError, IndexReadError."""
    return parse_sums(read_archive(path), path)


def parse_sums(arrays: dict[str, npt.NDArray[Any]], path: Path) -> dict[str, LanguageSums] | None:
    """The sums in the arrays of an archive, None if it has none. Raises IndexCorruptError."""
    if "language_codes" not in arrays:
        return None
    codes = take(arrays, "language_codes", np.str_, path)
    counts = take(arrays, "language_passages", np.int64, path)
    if not len(codes):
        return {}
    sums = take(arrays, "language_sums", np.float64, path, matrix=True)
    if not len(codes) == len(counts) == len(sums) or (counts < 0).any() or not np.isfinite(sums).all():
        raise IndexCorruptError(f"{path} does not contain sums by language", hint=REBUILD)
    try:
        return {str(code): LanguageSums(int(count), row) for code, count, row in zip(codes, counts, sums, strict=True)}
    except ValueError as error:  # A character that there is not.
        raise IndexCorruptError(f"{path} does not contain sums by language", hint=REBUILD) from error
