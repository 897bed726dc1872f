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
from retriever.index.files.arrays import read_archive
from retriever.index.files.durable import writing
from retriever.index.files.read_errors import REBUILD
from retriever.index.interface import LanguageSums

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

LANGUAGES = "languages.npz"


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
    """The sums over both."""
    result = dict(first)
    for code, sums in second.items():
        known = result.get(code)
        result[code] = (
            LanguageSums(known.passages + sums.passages, known.vectors + sums.vectors) if known is not None else sums
        )
    return result


def subtract(first: Mapping[str, LanguageSums], second: Mapping[str, LanguageSums]) -> dict[str, LanguageSums]:
    """The first minus the second, without languages that have no passages left."""
    result = dict(first)
    for code, sums in second.items():
        left = LanguageSums(result[code].passages - sums.passages, result[code].vectors - sums.vectors)
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
    with writing(path):
        save(path, **to_arrays(sums))


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
    arrays = read_archive(path)
    if "language_codes" not in arrays:
        return None
    try:
        codes, counts, sums = (arrays[f"language_{name}"] for name in ("codes", "passages", "sums"))
        return {str(code): LanguageSums(int(count), row) for code, count, row in zip(codes, counts, sums, strict=True)}
    except (KeyError, ValueError, TypeError) as error:
        raise IndexCorruptError(f"{path} does not contain sums by language", hint=REBUILD) from error
