"""An excerpt of a context, in the schema that the command line and the API share. Nothing here searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from retriever.frozen import dataclass
from retriever.hits import Duplicate, cite


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A numbered piece of a document: ``document.text[start:end] == text``.

    - ``number``: what an answer cites, ``[1]``, from 1
    - ``heading``: the trail of headings where it begins
    - ``passages``: the ids of the passages that it is made of, in order; ``score``: the best of their scores, 0 to 1
    - ``page``, ``place``: of the sentence that answers; None and "" in formats without
    - ``tokens``: its length as rendered
    - ``duplicates``: what says nearly the same and was left out

    The other fields are those of a ``Hit``.
    """

    number: int
    text: str
    document: str
    source: str
    path: str | None
    title: str
    heading: tuple[str, ...]
    start: int
    end: int
    line: int
    page: int | None
    end_page: int | None
    language: str
    score: float
    passages: tuple[str, ...]
    tokens: int
    index: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    duplicates: tuple[Duplicate, ...] = ()
    place: str = ""

    @property
    def citation(self) -> str:
        """Where the excerpt is; see ``cite``."""
        return cite(self.source, self.path, self.line, self.page, self.place)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        result = {name: getattr(self, name) for name in self.__slots__} | {"citation": self.citation}
        result |= {"heading": list(self.heading), "passages": list(self.passages), "metadata": dict(self.metadata)}
        return result | {"duplicates": [duplicate.to_dict() for duplicate in self.duplicates]}
