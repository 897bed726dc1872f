"""A context, in the schema that the command line and the API share. Nothing here searches."""

from __future__ import annotations

from typing import Any

from retriever.context.excerpt import Excerpt
from retriever.context.render import render_markdown, render_messages, render_text
from retriever.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation: ``role`` is ``user``, who asks, or ``assistant``, who answers."""

    role: str
    content: str

    def to_dict(self) -> dict[str, str]:
        """A chat message."""
        return {"role": self.role, "content": self.content}


@dataclass(frozen=True, slots=True)
class Context:
    """Excerpts for a question, for the prompt of a language model or for a reader.

    ``query`` is what found the best passage: the question, alone or behind what it refers to in ``history``.
    ``answerable`` is False if nothing here answers the question; then there are no excerpts, as where not one sentence
    fits into ``max_tokens``. ``score``, 0 to 1, is how likely it is answered, judged more strictly than a hit is
    scored. ``tokens`` is the length of ``text``, at most ``max_tokens``; ``generation`` is that of the index at
    ``location``.
    """

    question: str
    query: str
    answerable: bool
    score: float
    excerpts: tuple[Excerpt, ...]
    tokens: int
    max_tokens: int
    history: tuple[Turn, ...] = ()
    location: str = ""
    generation: int = 0

    @property
    def text(self) -> str:
        """The excerpts as plain text, each below its number, headings and citation; "" without any."""
        return render_text(self.excerpts)

    @property
    def markdown(self) -> str:
        """The excerpts as Markdown, each a quotation below its number, headings and citation; "" without any."""
        return render_markdown(self.excerpts)

    def messages(self) -> list[dict[str, str]]:
        """Chat messages that ask a language model to answer from the excerpts and to cite them by number.

        They are instructions (``system``), the turns of ``history``, and the excerpts with the question (``user``).
        ``max_tokens`` bounds the excerpts in them, not the rest.
        """
        return render_messages(self.question, self.excerpts, [turn.to_dict() for turn in self.history])

    def to_dict(self) -> dict[str, Any]:
        """The context as JSON-ready values."""
        return {
            "question": self.question,
            "query": self.query,
            "answerable": self.answerable,
            "score": self.score,
            "tokens": self.tokens,
            "max_tokens": self.max_tokens,
            "index": self.location,
            "generation": self.generation,
            "history": [turn.to_dict() for turn in self.history],
            "excerpts": [excerpt.to_dict() for excerpt in self.excerpts],
            "text": self.text,
        }
