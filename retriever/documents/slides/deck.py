"""The text of a presentation, the same for all formats: slides are pages, their titles headings, notes come last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from retriever.documents.blocks import Blocks, collapse_whitespace
from retriever.documents.encodings import replace_unstorable
from retriever.documents.interface import Source
from retriever.documents.metadata import parse_language
from retriever.documents.tables import Cell, lay_out
from retriever.errors import EmptyFileError
from retriever.types import Document

# What programs write as the title of a presentation that has none.
GENERATED_TITLE = re.compile(
    r"(?:Microsoft )?PowerPoint (?:Presentation|演示文稿|簡報|プレゼンテーション|프레젠테이션|-Präsentation)"
    r"|(?:Slide|Folie|Diapositive|幻灯片|投影片|スライド) ?(?:\d+|编号 \d+)|(?:演示文稿|Presentation)\d*",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Deck:
    """A presentation that is built slide by slide."""

    blocks: Blocks = field(default_factory=Blocks)
    pages: list[int] = field(default_factory=list)

    def add_slide(self, title: str, parts: Iterable[str | Sequence[Sequence[Cell]]], notes: Iterable[str] = ()) -> None:
        """Append a slide: its title, then paragraphs and tables in order, then the paragraphs of its notes."""
        before = len(self.blocks.parts)
        place = len(self.pages)
        self.pages.append(self.blocks.length)
        self.blocks.add(collapse_whitespace(title), level=1)
        for part in parts:
            if isinstance(part, str):
                self.blocks.add(part)
            else:
                for number, line in enumerate(lay_out(part)):
                    self.blocks.add(line, run_on=number > 0)
        for note in notes:
            self.blocks.add(note)
        if before and len(self.blocks.parts) > before:
            # Behind the empty line that parts it from the slide before.
            self.pages[place] += 2

    def document(self, source: Source, properties: dict[str, Any]) -> Document:
        """The document; its title is that of the properties, else that of the first slide. Raises EmptyFileError."""
        if not self.blocks.parts:
            raise EmptyFileError("the presentation contains no text")
        title = properties.pop("title", "")
        headings = self.blocks.headings
        first = headings[0].text if headings else ""
        properties["pages"] = len(self.pages)
        return Document(
            id=source.name,
            source=source.name,
            text=replace_unstorable(self.blocks.text)[0],
            title=first if not title or GENERATED_TITLE.fullmatch(title) else title,
            language=parse_language(properties.pop("language", "")),
            headings=tuple(headings) or None,
            pages=tuple(self.pages),
            metadata=properties,
        )
