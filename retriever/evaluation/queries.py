"""Query sets: questions, each with its relevant items. Nothing here reads a file."""

from __future__ import annotations

from dataclasses import dataclass

from retriever.arguments import quote
from retriever.errors import UsageError
from retriever.text.normalise import fold
from retriever.types import Span

# trec_eval counts documents by grade, in an array as long as the highest grade; beyond 2^31 it ends the process.
HIGHEST_GRADE = 1_000_000


@dataclass(frozen=True, slots=True)
class Relevant:
    """One item that answers a question.

    With neither ``span`` nor ``text`` it is a whole document. With ``span`` it is that span of the document's text as
    read. With ``text`` it is any passage that contains this text, in ``document`` or, if that is empty, anywhere.
    ``document`` is the id or the source of a document, or the last components of a source, such as its file name.
    ``grade`` is at least 1 and at most ``HIGHEST_GRADE``; larger is more relevant. Raises UsageError for any beyond.
    """

    document: str = ""
    span: Span | None = None
    text: str = ""
    grade: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.grade, int) or abs(self.grade) > HIGHEST_GRADE:
            message = f"the grade {quote(self.grade)} is not an integer within ±{HIGHEST_GRADE:,}"
            raise UsageError(message, hint="grades are small integers, such as 1 and 2")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its ``relevant`` items (none if nothing answers it), and its ``language`` ("" if unknown)."""

    id: str
    query: str
    relevant: tuple[Relevant, ...]
    language: str = ""

    @property
    def answerable(self) -> bool:
        """Whether something in the corpus answers the question."""
        return bool(self.relevant)

    @property
    def by_document(self) -> bool:
        """Whether whole documents are judged, rather than passages."""
        return all(item.span is None and not item.text for item in self.relevant)


@dataclass(frozen=True, slots=True)
class QuerySet:
    """Questions with distinct ids. ``notices`` lists what was left out when they were read."""

    questions: tuple[Question, ...]
    notices: tuple[str, ...] = ()


def fold_for_matching(text: str) -> str:
    """The form in which relevant text is matched: folded, without white space.

    Line breaks from a PDF, full-width digits and traditional characters then make no difference.
    """
    return "".join(fold(text).split())
