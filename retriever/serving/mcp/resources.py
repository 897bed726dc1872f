"""Documents as resources: listed a page at a time, read as text with the citation of each passage, in parts that fit.

``retriever://reports/document?id=a.txt&source=…`` is a document, with ``first=`` from a passage on;
``retriever://reports/passage?id=…`` is a passage. The names of indexes and the ids are percent-encoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from retriever import CitedDocument, CitedPassage, IndexedDocument
from retriever.errors import UsageError
from retriever.serving.mcp.budget import count_tokens, cut_text
from retriever.serving.mcp.indexes import ServedIndexes
from retriever.serving.mcp.render import shorten

SCHEME = "retriever"
PAGE = 100
_MAX_NAME = 200
_MAX_URI = 4096
_RESERVE = 60
DOCUMENT_TEMPLATE = SCHEME + "://{index}/document{?id,source,first}"
PASSAGE_TEMPLATE = SCHEME + "://{index}/passage{?id}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A document in a listing of resources."""

    uri: str
    name: str
    title: str
    description: str

    def describe(self) -> dict[str, str]:
        """What clients show of it."""
        return {"name": self.name, "title": self.title, "description": self.description}


def write_uri(index: str, document: str, source: str, first: int = 0) -> str:
    """The URI of a document, from a passage on."""
    query = {"id": document, "source": source, **({"first": first} if first else {})}
    written = urlencode(query, quote_via=quote, errors="surrogatepass")
    return f"{SCHEME}://{quote(index, safe='')}/document?{written}"


def list_documents(indexes: ServedIndexes, cursor: str | None) -> tuple[list[Listed], str | None]:
    """A page of the documents, and the cursor of the next page. Raises UsageError for a cursor of somebody else."""
    start = _parse_count("cursor", cursor or "0")
    found = [(name, document) for name, retriever in indexes.each(None) for document in retriever.documents()]
    page = [_describe(name, document) for name, document in found[start : start + PAGE]]
    end = start + len(page)
    return page, str(end) if end < len(found) else None


def _describe(index: str, document: IndexedDocument) -> Listed:
    key = document.path or f"program:{document.document}"
    facts = (document.source, document.language, document.date, f"{document.passages} passages")
    return Listed(
        write_uri(index, document.document, key),
        shorten(document.document, _MAX_NAME),
        shorten(document.title or document.document, _MAX_NAME),
        " · ".join(shorten(fact, _MAX_NAME) for fact in facts if fact),
    )


def read_resource(indexes: ServedIndexes, uri: str, budget: int) -> str:
    """The text of a document or passage, within a budget. Raises UsageError for any other URI."""
    index, kind, query = _parse_uri(uri)
    retriever = indexes.get(index)
    if kind == "passage":
        passage = retriever.passage(query.get("id", ""))
        return cut_text(_render_passage(passage, ()), budget)
    document = retriever.document(query.get("id", ""), source=query.get("source"))
    first = _parse_count("first", query.get("first", "0"))
    return _render(index, document, first, budget)


def _parse_uri(uri: str) -> tuple[str, str, dict[str, str]]:
    hint = f"resources are {DOCUMENT_TEMPLATE} and {PASSAGE_TEMPLATE}"
    if len(uri) > _MAX_URI:
        raise UsageError(f"the URI has more than {_MAX_URI} characters", hint=hint)
    try:
        parts = urlsplit(uri)
        # Ids may hold halves of characters; other bytes that are not text are ValueErrors, too.
        fields = parse_qs(parts.query, max_num_fields=10, errors="surrogatepass")
        query = {name: values[-1] for name, values in fields.items()}
    except ValueError as error:
        raise UsageError(f"invalid URI {uri[:_MAX_NAME]!r}", hint=hint) from error
    kind = parts.path.strip("/")
    if parts.scheme != SCHEME or kind not in ("document", "passage") or not parts.netloc:
        raise UsageError(f"no such resource: {uri[:_MAX_NAME]!r}", hint=hint)
    return unquote(parts.netloc), kind, query


def _parse_count(name: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 12:
        raise UsageError(f"invalid {name} {text[:_MAX_NAME]!r}", hint="use the one that the page before gives")
    return int(text)


def _render(index: str, document: CitedDocument, first: int, budget: int) -> str:
    """The passages from ``first`` on that fit, at least the start of one, and where it goes on."""
    head = f"# {shorten(document.title or document.id, _MAX_NAME)}\n"
    key = document.path or f"program:{document.id}"
    room = budget - _RESERVE - count_tokens(head) - count_tokens(write_uri(index, document.id, key, first))
    parts = [head]
    end = first
    for passage, block in _render_passages(document, first):
        cost = count_tokens(block)
        if cost > room:
            if end > first:
                break
            parts.append(cut_text(passage.text, room))
            end += 1
            break
        parts.append(block)
        room -= cost
        end += 1
    if end < len(document.passages):
        parts.append(
            f"(passages {first + 1} to {end} of {len(document.passages)}; continues at "
            f"{write_uri(index, document.id, key, end)})"
        )
    return "\n".join(parts)


def _render_passages(document: CitedDocument, first: int) -> Iterator[tuple[CitedPassage, str]]:
    trail: tuple[str, ...] = ()
    for passage in document.passages[first:]:
        yield passage, _render_passage(passage, trail)
        trail = passage.heading


def _render_passage(passage: CitedPassage, trail: tuple[str, ...]) -> str:
    """A passage with its citation, and its headings where they differ from those of the passage before."""
    heading = "" if passage.heading == trail else f"## {shorten(' › '.join(passage.heading), _MAX_NAME)}\n"
    return f"{heading}[{shorten(passage.citation, _MAX_NAME)}]\n{passage.text}\n"
