"""JSON Lines: a JSON object a line, a document a row, in files of any size."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from retriever.documents.interface import Source
from retriever.documents.lines import Line, read_lines
from retriever.documents.rows import Row, row_documents
from retriever.types import Document


def read_json_lines(source: Source) -> Iterator[Document]:
    """The rows of ``source`` as documents; empty lines are passed over."""
    lines = (line for line in read_lines(source) if line.text is None or line.text.strip())
    return row_documents(source, map(_parse_row, lines))


def _parse_row(line: Line) -> Row:
    if line.text is None:
        return Row(line.number, problem="the line is longer than the limit of --max-file-size")
    try:
        # NaN and the infinities, which JSON does not know, count as missing; so does a number too large for a float.
        value = json.loads(line.text, parse_constant=lambda _: None, parse_float=_parse_finite)
    except json.JSONDecodeError as error:
        return Row(line.number, problem=f"not valid JSON: {error.msg} at character {error.pos + 1}")
    except (ValueError, RecursionError):
        return Row(line.number, problem="not valid JSON: a number too long or values nested too deep")
    if not isinstance(value, dict):
        return Row(line.number, problem="not a JSON object")
    return Row(line.number, value)


def _parse_finite(number: str) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None
