"""What a query set is: questions, and for each what is relevant to it. Nothing here reads a file."""

from __future__ import annotations

from dataclasses import dataclass

from retriever.text.normalise import fold
from retriever.types import Span


@dataclass(frozen=True, slots=True)
class Relevant:
    """One item that answers a question.

    With neither ``span`` nor ``text`` it is a whole document. With ``span`` it is these characters of the document's
    text as read, with ``text`` it is a passage that holds these words, in ``document`` or, where that is empty,
    anywhere. ``document`` is the id or the source of a document, or the end of a source that starts at a folder or a
    file name. ``grade`` is at least 1; a larger one is more relevant.
    """

    document: str = ""
    span: Span | None = None
    text: str = ""
    grade: int = 1


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its ``language`` ("" where it cannot be told) and what is ``relevant``, at least one item."""

    id: str
    query: str
    relevant: tuple[Relevant, ...]
    language: str = ""

    @property
    def by_document(self) -> bool:
        """Whether whole documents are relevant; else passages are."""
        return all(item.span is None and not item.text for item in self.relevant)


@dataclass(frozen=True, slots=True)
class QuerySet:
    """Questions with distinct ids. ``notices`` says what was left out while reading them."""

    questions: tuple[Question, ...]
    notices: tuple[str, ...] = ()


def fold_for_matching(text: str) -> str:
    """The form in which words of a question's answer are looked for: folded, and without white space.

    A line break of a PDF, a full-width digit or a traditional character is no reason not to find them.
    """
    return "".join(fold(text).split())
