"""``status``: which indexes are served, and what each contains."""

from __future__ import annotations

from typing import Any

from retriever import IndexStatistics
from retriever.errors import RetrieverError
from retriever.serving.mcp import schemas
from retriever.serving.mcp.arguments import Indexed
from retriever.serving.mcp.budget import cut_text
from retriever.serving.mcp.errors import describe_error
from retriever.serving.mcp.fitting import fit
from retriever.serving.mcp.indexes import ServedIndexes
from retriever.serving.mcp.tool import Answer, Tool

_RESERVE = 40


class StatusArguments(Indexed):
    """What ``status`` takes."""


def run(indexes: ServedIndexes, arguments: StatusArguments) -> Answer:
    """Describe each index, or say why it cannot be used."""
    names = indexes.names if arguments.index is None else (arguments.index,)
    described = [_describe(indexes, name) for name in names]
    lines, values = [text for text, _ in described], [value for _, value in described]
    ready = indexes.is_warm
    lines.append("the model is loaded" if ready else "the model is still being loaded: the first search takes longer")
    return Answer(
        cut_text("\n".join(lines), arguments.max_tokens),
        {"ready": ready, "indexes": fit(values, arguments.max_tokens - _RESERVE)},
    )


def _describe(indexes: ServedIndexes, name: str) -> tuple[str, dict[str, Any]]:
    """An index as text and as values; one that cannot be used with the reason. Raises UsageError for an unknown one."""
    try:
        found = indexes.get(name).status()
    except RetrieverError as error:
        if name not in indexes.names:
            raise
        values = {"name": name, "error": str(error), "hint": error.hint}
        return f"index {name}: cannot be used\n{describe_error(error)}\n", values
    return _render(name, found), {"name": name, **found.to_dict()}


def _render(name: str, found: IndexStatistics) -> str:
    languages = ", ".join(
        f"{code or 'unknown'} {count}" for code, count in sorted(found.languages.items(), key=lambda item: -item[1])
    )
    sources = ", ".join(item.source.name + ("" if item.exists else " (missing)") for item in found.sources)
    lines = [
        f"index {name}: {found.documents} documents, {found.passages} passages",
        f"languages, by passages: {languages or 'none'}",
        f"sources: {sources or 'none'}",
        f"updated: {found.created or 'never'} (generation {found.generation})",
        f"model: {found.model or 'none yet'}",
    ]
    return "\n".join(lines) + "\n"


STATUS = Tool(
    name="status",
    title="Status of the indexes",
    description="Which indexes can be searched, how many documents and passages they have, in which languages, "
    "from which sources, how fresh they are, and whether the model is loaded.",
    arguments=StatusArguments,
    schema=schemas.STATUS,
    run=run,
)
