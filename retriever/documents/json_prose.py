"""JSON (.json) as far as it holds prose: a list of objects as rows, of anything else the values that are prose.

Keys lead to the values: those above a value are its headings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from retriever.documents.blocks import Blocks
from retriever.documents.encodings import decode_source, replace_unstorable
from retriever.documents.interface import Source
from retriever.documents.json_lines import DECODER
from retriever.documents.prose import is_prose
from retriever.documents.rows import TEXT_FIELDS, TITLE_FIELDS, Row, row_documents
from retriever.errors import EmptyFileError, ReadError
from retriever.types import Document

DEEPEST = 6
# Objects deeper than this are not looked at.
DEEPEST_VALUE = 100
SPACES = " \t\r\n"


def read_json(source: Source) -> Iterator[Document]:
    """A document for each object of a list of objects with text, else one."""
    text = decode_source(source)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError("the file is not valid JSON") from error
    if _is_table(value):
        yield from row_documents(source, _iter_rows(text))
    else:
        yield _read_values(source, value)


def _is_table(value: object) -> bool:
    """Whether a value is a list of objects of which most have a field of text."""
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        return False
    with_text = sum(any(str(key).strip().lower() in TEXT_FIELDS for key in item) for item in value)
    return 2 * with_text > len(value)


def _iter_rows(text: str) -> Iterator[Row]:
    """The objects of a list, each with the line on which it begins."""
    at, line, counted = text.index("[") + 1, 1, 0
    while True:
        while at < len(text) and text[at] in f"{SPACES},":
            at += 1
        if at >= len(text) or text[at] == "]":
            return
        line += text.count("\n", counted, at)
        counted = at
        value, at = DECODER.raw_decode(text, at)
        yield Row(line, value) if isinstance(value, dict) else Row(line, problem="not a JSON object")


def _read_values(source: Source, value: object) -> Document:
    blocks = Blocks()
    _add(blocks, value, (), set(), 0)
    if not any(part.strip() for part in blocks.parts):
        raise EmptyFileError("the file holds no prose")
    title = ""
    if isinstance(value, Mapping):
        names = {str(key).lower(): item for key, item in value.items()}
        found = next((names[name] for name in (*TITLE_FIELDS, "name") if isinstance(names.get(name), str)), "")
        title = replace_unstorable(str(found))[0].strip()
    headings = tuple(blocks.headings)
    return Document(id=source.name, source=source.name, text=blocks.text, title=title, headings=headings or None)


def _add(blocks: Blocks, value: Any, trail: tuple[str, ...], shown: set[tuple[str, ...]], depth: int) -> None:
    """Append the prose in a value, below the keys that lead there."""
    if depth > DEEPEST_VALUE:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            _add(blocks, item, (*trail, str(key)), shown, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _add(blocks, item, trail, shown, depth + 1)
    elif isinstance(value, str) and is_prose(value):
        for level in range(1, min(len(trail), DEEPEST) + 1):
            if trail[:level] not in shown:
                shown.add(trail[:level])
                blocks.add(" ".join(replace_unstorable(trail[level - 1])[0].split()), level=level)
        blocks.add(replace_unstorable(value)[0])
