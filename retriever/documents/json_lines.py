"""JSON Lines: one JSON object and one document per line, in files of any size."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from retriever.documents.interface import Source
from retriever.documents.lines import Line, read_lines
from retriever.documents.rows import Row, row_documents
from retriever.types import Document


def _parse_finite(number: str) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None


# NaN and infinities, which are not JSON, count as missing; so does a number too large for a float.
DECODER = json.JSONDecoder(parse_constant=lambda _: None, parse_float=_parse_finite)


def read_json_lines(source: Source) -> Iterator[Document]:
    """The rows of ``source`` as documents; blank lines are ignored."""
    lines = (line for line in read_lines(source) if line.text is None or line.text.strip())
    return row_documents(source, map(_parse_row, lines))


def _parse_row(line: Line) -> Row:
    if line.text is None:
        return Row(line.number, problem="the line exceeds the limit of --max-file-size (in Python: max_file_size)")
    try:
        value = DECODER.decode(line.text)
    except json.JSONDecodeError as error:
        return Row(line.number, problem=f"invalid JSON: {error.msg} at character {error.pos + 1}")
    except (ValueError, RecursionError):
        return Row(line.number, problem="invalid JSON: a number is too long, or values are nested too deeply")
    if not isinstance(value, dict):
        return Row(line.number, problem="not a JSON object")
    return Row(line.number, value)
