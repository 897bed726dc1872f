"""Checks the columns of a segment of tantivy before it reads them: it believes the sizes and numbers in their file.

Of the two columns, a number for every passage, all but the numbers themselves follows from their lengths and from how
many passages there are. tantivy ends the process where it is to take more memory than there is.
"""

from __future__ import annotations

import mmap
import struct
from functools import lru_cache
from pathlib import Path

from retriever.index.files.access import opened

# What tantivy says of itself where it writes this form.
_FORM = "index_format v7"
# Behind the file stands a note of so many bytes, its length and a mark.
_NOTE = struct.Struct("<II")
# At the end: the length of the dictionary of names, the number of passages, the version and a mark.
_ENDING = struct.Struct("<QII4s")
_VERSION, _MARK = 2, b"\x02qwB"
# The names and types of the columns, each behind how much of the name before it is kept.
_NAMES = b"\x70owner\0\1\x50row\0\1"
# Where the dictionary has the length of the first column.
_FIRST = 7
# The number of bytes before a column that says which passages have one: all.
_ALL = (1).to_bytes(4, "little")
# Ways to pack numbers.
_CODECS = 3


@lru_cache(maxsize=1)
def is_form_known() -> bool:
    """Whether the tantivy that is installed writes and reads the form that is checked here."""
    import tantivy

    return _FORM in str(getattr(tantivy, "__version__", ""))


def check_columns(path: Path, rows: int) -> None:
    """Raise ValueError unless the file has the two columns of so many passages, as tantivy writes them; OSError."""
    with opened(path) as handle, mmap.mmap(handle, 0, access=mmap.ACCESS_READ) as data:
        try:
            _check(data, rows)
        except (struct.error, IndexError) as error:
            raise ValueError("columns that are cut off") from error


def _check(data: mmap.mmap, rows: int) -> None:
    note, _ = _NOTE.unpack(data[-_NOTE.size :])
    end = len(data) - _NOTE.size - note - _ENDING.size
    if end <= 0:
        raise ValueError("columns that are cut off")
    length, count, version, mark = _ENDING.unpack(data[end : end + _ENDING.size])
    if (count, version, mark) != (rows, _VERSION, _MARK) or length > end:
        raise ValueError("columns of another index")
    columns = end - length
    first = _read_number(data, columns + _FIRST)
    if not 0 < first < columns or data[columns:end] != _make_dictionary(first, columns - first):
        raise ValueError("columns that no index has")
    for start, stop in ((0, first), (first, columns)):
        if data[start] != 0 or data[start + 1] >= _CODECS or data[stop - len(_ALL) : stop] != _ALL:
            raise ValueError("a column that no index has")
        if _read_count(data, start + 2, stop) != rows:
            raise ValueError("a column of another length")


def _make_dictionary(first: int, second: int) -> bytes:
    """The names of both columns, with their lengths, as tantivy writes them."""
    block = b"\0\3\0" + _write_number(first) + _write_number(second) + _NAMES
    index = struct.pack("<QQQI", 0, len(block) + 8, 2, 3)
    return struct.pack("<I", len(block)) + block + bytes(4) + index


def _write_number(number: int) -> bytes:
    """A number in groups of seven bits, each but the last marked by a high bit."""
    groups = [number & 127]
    while number := number >> 7:
        groups[-1] |= 128
        groups.append(number & 127)
    return bytes(groups)


def _read_number(data: mmap.mmap, start: int) -> int:
    number = shift = 0
    for at in range(start, start + 9):
        number |= (data[at] & 127) << shift
        shift += 7
        if data[at] < 128:
            break
    return number


def _read_count(data: mmap.mmap, start: int, stop: int) -> int:
    """The last of the four numbers that a column begins with; of such a number the last byte has the high bit."""
    before = number = shift = 0
    for at in range(start, min(stop, start + 40)):
        number |= (data[at] & 127) << shift
        shift += 7
        if data[at] >= 128:
            if before == 3:
                return number
            before, number, shift = before + 1, 0, 0
    return -1
