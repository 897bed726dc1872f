"""Jupyter notebooks (.ipynb): the cells in order, headings of the Markdown, code with the text that it gave."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from retriever.documents.encodings import decode_source, replace_unstorable
from retriever.documents.interface import Source
from retriever.documents.markdown import show_text
from retriever.errors import EmptyFileError, ReadError
from retriever.types import Document, Heading, Place

# Characters that are kept of one output.
LONGEST_OUTPUT = 4000
DEEPEST = 6
COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def read_notebook(source: Source) -> Iterator[Document]:
    """One document. Its title is that of the metadata, else the first heading of level 1."""
    try:
        notebook = json.loads(decode_source(source))
    except (ValueError, RecursionError) as error:
        raise ReadError("the notebook is broken: it is not valid JSON") from error
    cells = _find_cells(notebook)
    text = _Text()
    for number, cell in enumerate(cells, 1):
        text.places.append(Place(text.length, f"cell={number}"))
        text.add_cell(cell)
    if not text.length:
        raise EmptyFileError("the notebook contains no text")
    metadata = notebook.get("metadata")
    properties = _read_properties(metadata if isinstance(metadata, dict) else {})
    headings = tuple(text.headings)
    if text.cut:
        source.notice(f"long outputs were cut to {LONGEST_OUTPUT:,} characters")
    yield Document(
        id=source.name,
        source=source.name,
        text="".join(text.parts),
        title=properties.pop("title", "") or next((item.text for item in headings if item.level == 1), ""),
        headings=headings or None,
        places=tuple(text.places),
        metadata=properties,
    )


def _find_cells(notebook: object) -> list[Mapping[str, Any]]:
    """The cells; those of version 3 lie in worksheets."""
    if not isinstance(notebook, dict):
        raise ReadError("the notebook is broken: it has no cells")
    cells = notebook.get("cells")
    sheets = notebook.get("worksheets")
    if cells is None and isinstance(sheets, list):
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        cells = [cell for found in lists if isinstance(found, list) for cell in found]
    if not isinstance(cells, list):
        raise ReadError("the notebook is broken: it has no cells")
    return [cell for cell in cells if isinstance(cell, dict)]


def _read_properties(metadata: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    if isinstance(title := metadata.get("title"), str) and title.strip():
        properties["title"] = title.strip()
    authors = metadata.get("authors")
    names = [author.get("name") for author in authors if isinstance(author, dict)] if isinstance(authors, list) else []
    if names := [name for name in names if isinstance(name, str) and name]:
        properties["author"] = names if len(names) > 1 else names[0]
    for name in ("language_info", "kernelspec"):
        found = metadata.get(name)
        language = (
            (found.get("name") if name == "language_info" else found.get("language")) if isinstance(found, dict) else 0
        )
        if isinstance(language, str) and language:
            properties.setdefault("code", language)
    return properties


@dataclass(slots=True)
class _Text:
    """The text as it is built from cells."""

    parts: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    length: int = 0
    cut: bool = False

    def add_cell(self, cell: Mapping[str, Any]) -> None:
        """Append a cell with its outputs."""
        kind = cell.get("cell_type")
        words = _join(cell.get("source", cell.get("input")))
        if kind == "markdown":
            self._add(*show_text(words))
        elif kind == "heading":
            text = " ".join(words.split())
            mark = Heading(text, _read_level(cell.get("level")), 0, len(text))
            self._add(text, (mark,) if text else ())
        else:
            self._add(words)
            outputs = cell.get("outputs")
            for output in outputs if isinstance(outputs, list) else []:
                if isinstance(output, dict):
                    self._add(self._show(output))

    def _show(self, output: Mapping[str, Any]) -> str:
        """The plain text of an output."""
        data = output.get("data")
        plain = data.get("text/plain") if isinstance(data, dict) else None
        if output.get("output_type") in ("error", "pyerr"):  # no set: JSON has values that have no hash
            text = f"{output.get('ename', '')}: {output.get('evalue', '')}"
        else:
            text = COLOUR.sub("", _join(plain if plain is not None else output.get("text")))
        self.cut = self.cut or len(text) > LONGEST_OUTPUT
        return text[:LONGEST_OUTPUT]

    def _add(self, text: str, headings: tuple[Heading, ...] = ()) -> None:
        text = replace_unstorable(text)[0]
        text = text.rstrip()
        if not text.strip():
            return
        gap = "\n\n" if self.parts else ""
        self.length += len(gap)
        for heading in headings:
            end = min(heading.end, len(text))
            self.headings.append(replace(heading, start=heading.start + self.length, end=end + self.length))
        self.parts += (gap, text)
        self.length += len(text)


def _read_level(value: object) -> int:
    """The level of a heading; 1 for what is none, ``true`` among it, which counts as a number."""
    return value if type(value) is int and 1 <= value <= DEEPEST else 1


def _join(value: object) -> str:
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""
