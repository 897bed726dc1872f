"""Contexts and checks of answers as answers hold them."""

from __future__ import annotations

from typing import Any, Literal

from retriever.serving.http.schemas.common import Closed
from retriever.serving.http.schemas.hits import DuplicateAnswer


class ExcerptAnswer(Closed):
    """A numbered piece of a document; see docs/api.md."""

    number: int
    text: str
    document: str
    source: str
    path: str | None
    title: str
    heading: list[str]
    start: int
    end: int
    line: int
    page: int | None
    end_page: int | None
    language: str
    score: float
    passages: list[str]
    tokens: int
    index: str
    metadata: dict[str, Any]
    duplicates: list[DuplicateAnswer]
    place: str
    citation: str


class TurnAnswer(Closed):
    """A turn of the conversation, as it was understood."""

    role: str
    content: str


class ContextAnswer(Closed):
    """Excerpts for a question, packed into a budget; `answerable` is false if nothing here answers it."""

    question: str
    query: str
    answerable: bool
    score: float
    tokens: int
    max_tokens: int
    index: str
    generation: int
    history: list[TurnAnswer]
    excerpts: list[ExcerptAnswer]
    text: str
    markdown: str
    messages: list[TurnAnswer]


class SupportAnswer(Closed):
    """A place in an excerpt that supports a claim."""

    excerpt: int
    start: int
    end: int
    kind: Literal["quotation", "figures and names", "similarity"]
    score: float


class ClaimAnswer(Closed):
    """A sentence of the answer, and what supports it."""

    text: str
    start: int
    end: int
    cited: list[int]
    supported: bool
    by: list[SupportAnswer]
    reasons: list[str]


class AsideAnswer(Closed):
    """A part of the answer that claims nothing."""

    kind: Literal["heading", "lead-in", "question", "remark", "reference", "code"]
    start: int
    end: int


class CheckAnswer(Closed):
    """The claims of an answer, and how many of them the excerpts support."""

    supported: int
    unsupported: int
    by_meaning: bool
    claims: list[ClaimAnswer]
    asides: list[AsideAnswer]
