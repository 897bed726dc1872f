"""``list_documents``: what the indexes hold, a page at a time."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from retriever import IndexedDocument
from retriever.serving.mcp import schemas
from retriever.serving.mcp.arguments import MAX_TEXT, Indexed
from retriever.serving.mcp.budget import count_tokens, cut_text, take
from retriever.serving.mcp.fitting import fit
from retriever.serving.mcp.indexes import ServedIndexes
from retriever.serving.mcp.render import shorten
from retriever.serving.mcp.tool import Answer, Tool

_RESERVE = 60
_MAX_FIELD = 300


class DocumentsArguments(Indexed):
    """What ``list_documents`` takes."""

    matching: str | None = Field(
        None, max_length=MAX_TEXT, description="Only documents with these letters in their title, id or source."
    )
    language: str | None = Field(None, max_length=20, description="Only documents in this language, such as zh or en.")
    first: int = Field(0, ge=0, description="Where to begin: `next` of the page before.")
    limit: int = Field(50, ge=1, le=1000, description="How many documents at most.")


def run(indexes: ServedIndexes, arguments: DocumentsArguments) -> Answer:
    """List a page of the documents: as many as the limit and the budget allow, at least one."""
    found = [
        (name, document)
        for name, retriever in indexes.each(arguments.index)
        for document in retriever.documents()
        if _is_wanted(document, arguments)
    ]
    page = found[arguments.first : arguments.first + arguments.limit]
    lines = [_render(document, name if len(indexes.names) > 1 else "") for name, document in page]
    values = [_to_values(document, name) for name, document in page]
    room = arguments.max_tokens - _RESERVE
    kept = fit(values, room)
    count = min(len(kept), max(1, take((count_tokens(line) + 1 for line in lines), room)))
    end = arguments.first + count
    following = end if end < len(found) else None
    shown = f"documents {arguments.first + 1} to {end} of {len(found)}" if count else f"no documents of {len(found)}"
    more = f"more: first={following}" if following is not None else ""
    return Answer(
        "\n".join(part for part in (shown, *(cut_text(line, room) for line in lines[:count]), more) if part),
        {"documents": kept[:count], "total": len(found), "next": following},
    )


def _is_wanted(document: IndexedDocument, arguments: DocumentsArguments) -> bool:
    if arguments.language and document.language != arguments.language:
        return False
    wanted = (arguments.matching or "").casefold()
    return any(wanted in text.casefold() for text in (document.title, document.document, document.source))


def _render(document: IndexedDocument, index: str) -> str:
    passages = f"{document.passages} passage{'' if document.passages == 1 else 's'}"
    title = f"“{shorten(document.title, _MAX_FIELD)}”" if document.title else ""
    name = shorten(document.document, _MAX_FIELD)
    source = shorten(document.source, _MAX_FIELD) if document.source != document.document else ""
    parts = (name, title, source, document.language, document.date, passages, f"index {index}" if index else "")
    return " · ".join(part for part in parts if part)


def _to_values(document: IndexedDocument, index: str) -> dict[str, Any]:
    return {"index": index, **document.to_dict()}


LIST_DOCUMENTS = Tool(
    name="list_documents",
    title="List documents",
    description=(
        "List the documents that can be searched, with id, title, source, language, date and number of passages. "
        "To find what a document says, use search or context."
    ),
    arguments=DocumentsArguments,
    schema=schemas.DOCUMENTS,
    run=run,
)
