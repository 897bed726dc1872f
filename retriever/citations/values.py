"""What a check of citations returns: claims, what supports each, and the report of a whole answer.

Nothing here checks anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from retriever.types import Span

SupportKind = Literal["quotation", "figures and names", "similarity"]
AsideKind = Literal["heading", "lead-in", "question", "remark", "reference", "code"]


@dataclass(frozen=True, slots=True)
class Support:
    """A place in an excerpt that supports a claim.

    ``start`` and ``end`` are offsets in the text of the excerpt with the number ``excerpt``. ``score``, 0 to 1, is the
    share of the claim that is quoted, the similarity of its meaning, or 1 for a figure or name.
    """

    excerpt: int
    start: int
    end: int
    kind: SupportKind
    score: float

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer that says something of the world: ``text == answer[start:end]``.

    ``cited`` has the numbers of the excerpts that it cites. ``supported`` is whether what it cites supports it, or if
    it cites nothing, any excerpt. ``by`` has what supports it, the best first, of every excerpt: where it is not empty
    and ``supported`` is false, another excerpt than a cited one supports the claim. ``reasons`` say what is missing.
    """

    text: str
    start: int
    end: int
    cited: tuple[int, ...]
    supported: bool
    by: tuple[Support, ...] = ()
    reasons: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The claim as JSON-ready values."""
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "cited": list(self.cited),
            "supported": self.supported,
            "by": [support.to_dict() for support in self.by],
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True)
class Aside:
    """A part of an answer that claims nothing: a heading, "Here is what I found:", a question, code."""

    kind: AsideKind
    start: int
    end: int

    @property
    def span(self) -> Span:
        """The characters of the answer."""
        return Span(self.start, self.end)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {"kind": self.kind, "start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True)
class CitationReport:
    """The check of an answer: its claims and its asides, each in the order of the answer.

    ``by_meaning`` is whether a model compared meanings; without one only quotations, figures and names count.
    """

    claims: tuple[Claim, ...]
    asides: tuple[Aside, ...] = ()
    by_meaning: bool = False

    @property
    def unsupported(self) -> tuple[Claim, ...]:
        """The claims that are not supported."""
        return tuple(claim for claim in self.claims if not claim.supported)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        return {
            "supported": len(self.claims) - len(self.unsupported),
            "unsupported": len(self.unsupported),
            "by_meaning": self.by_meaning,
            "claims": [claim.to_dict() for claim in self.claims],
            "asides": [aside.to_dict() for aside in self.asides],
        }
