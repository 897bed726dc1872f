"""Reads the excerpts that an answer is checked against, from whatever form a caller has them in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retriever.arguments import quote
from retriever.errors import UsageError

_HINT = "give a Context, its to_dict(), or a list of excerpts or texts"


@dataclass(frozen=True, slots=True)
class Evidence:
    """An excerpt: its number, its text, and what stands above it or names it (``labels``: title, headings, source)."""

    number: int
    text: str
    labels: str = ""
    language: str = ""
    sources: tuple[str, ...] = ()


def read_evidence(context: object) -> tuple[Evidence, ...]:
    """The excerpts of a ``Context``, of its ``to_dict()``, or of a sequence of excerpts or texts.

    Texts are numbered from 1. Raises UsageError for anything else, and where two excerpts have one number.
    """
    excerpts = context.get("excerpts") if isinstance(context, Mapping) else getattr(context, "excerpts", context)
    if isinstance(excerpts, str) or not isinstance(excerpts, Sequence):
        raise UsageError(f"not a context: {quote(context)}", hint=_HINT)
    evidence = tuple(_read_excerpt(excerpt, position) for position, excerpt in enumerate(excerpts, start=1))
    repeated = [number for number, count in Counter(each.number for each in evidence).items() if count > 1]
    if repeated:
        raise UsageError(f"two excerpts of the context have the number {repeated[0]}", hint="number them from 1")
    return evidence


def _read_excerpt(excerpt: object, position: int) -> Evidence:
    if isinstance(excerpt, str):
        return Evidence(position, excerpt)
    number, text = _field(excerpt, "number", position), _field(excerpt, "text", None)
    if isinstance(number, bool) or not isinstance(number, int) or not isinstance(text, str):
        raise UsageError(f"excerpt {position} of the context has no number or text: {quote(excerpt)}", hint=_HINT)
    heading = _field(excerpt, "heading", ())
    trail = heading if isinstance(heading, list | tuple) else (heading,)
    sources = tuple(_words(_field(excerpt, name, "")) for name in ("source", "path", "citation", "title", "document"))
    return Evidence(
        number,
        text,
        "\n".join(filter(None, (_words(_field(excerpt, "title", "")), *map(_words, trail)))),
        _words(_field(excerpt, "language", "")),
        tuple(filter(None, sources)),
    )


def _field(excerpt: object, name: str, otherwise: Any) -> Any:
    return excerpt.get(name, otherwise) if isinstance(excerpt, Mapping) else getattr(excerpt, name, otherwise)


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""
