"""``open_passage``: a passage by its id, with what stands around it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pydantic import Field

from retriever import CitedPassage, Neighbour
from retriever.errors import NotFoundError
from retriever.serving.mcp import schemas
from retriever.serving.mcp.arguments import MAX_TEXT, Indexed
from retriever.serving.mcp.budget import count_json_tokens, count_tokens, cut_text, round_numbers
from retriever.serving.mcp.fitting import fit
from retriever.serving.mcp.indexes import ServedIndexes
from retriever.serving.mcp.render import describe_place
from retriever.serving.mcp.tool import Answer, Tool

if TYPE_CHECKING:
    from retriever import Retriever

_RESERVE = 60


class PassageArguments(Indexed):
    """What ``open_passage`` takes."""

    id: str = Field(
        min_length=1, max_length=MAX_TEXT, description="The id of a passage, as search and context give it."
    )
    context: int = Field(1, ge=0, le=20, description="How many neighbouring passages on either side.")


def run(indexes: ServedIndexes, arguments: PassageArguments) -> Answer:
    """Read the passage, and keep of its neighbours what fits into the budget."""
    name, retriever, passage = _find_passage(indexes, arguments)
    previous, following = _find_neighbours(retriever, passage)
    return Answer(
        _render(passage, previous, following, arguments.max_tokens),
        _to_values(passage, name, previous, following, arguments.max_tokens),
    )


def _find_passage(indexes: ServedIndexes, arguments: PassageArguments) -> tuple[str, Retriever, CitedPassage]:
    """The passage with its index. Without an index all are tried. Raises UsageError for an unknown id."""
    *others, (last, fallback) = indexes.each(arguments.index)
    for name, retriever in others:
        with suppress(NotFoundError):
            return name, retriever, retriever.passage(arguments.id, context=arguments.context)
    return last, fallback, fallback.passage(arguments.id, context=arguments.context)


def _find_neighbours(retriever: Retriever, passage: CitedPassage) -> tuple[str | None, str | None]:
    """The ids of the passages before and after one in its document."""
    document = retriever.document(passage.document, source=passage.path or f"program:{passage.document}")
    ids = [None, *(other.id for other in document.passages), None]
    place = ids.index(passage.id)
    return ids[place - 1], ids[place + 1]


def _render(passage: CitedPassage, previous: str | None, following: str | None, budget: int) -> str:
    head = f"{cut_text(describe_place(passage), budget // 2)} · id {passage.id}"
    foot = " · ".join(
        f"{word} passage: {id}" for word, id in (("previous", previous), ("next", following)) if id is not None
    )
    room = budget - _RESERVE - count_tokens(head) - count_tokens(foot)
    text = cut_text(passage.text, room)
    room -= count_tokens(text)
    before, after = _choose(passage, [count_tokens(item.text) + 2 for item in (*passage.before, *passage.after)], room)
    parts = [
        head,
        *(f"{item.text}\n" for item in before),
        f">>> {text} <<<" if before or after else text,
        *(f"\n{item.text}" for item in after),
        *([f"\n{foot}"] if foot else []),
    ]
    return "\n".join(parts)


def _to_values(
    passage: CitedPassage, index: str, previous: str | None, following: str | None, budget: int
) -> dict[str, Any]:
    values: dict[str, Any] = round_numbers(passage.to_dict())
    neighbours = [*values["before"], *values["after"]]
    values |= {"index": index, "previous": previous, "next": following, "before": [], "after": []}
    room = budget - _RESERVE - count_json_tokens(values)
    if room < 0:
        return fit([values], budget - _RESERVE)[0]
    before, after = _choose(passage, [count_json_tokens(item) + 1 for item in neighbours], room)
    return {
        **values,
        "before": [item.to_dict() for item in before],
        "after": [item.to_dict() for item in after],
    }


def _choose(passage: CitedPassage, costs: list[int], room: int) -> tuple[list[Neighbour], list[Neighbour]]:
    """The neighbours that fit, nearest first, from both sides in turn. ``costs`` are of those before, then after."""
    before, after = list(passage.before), list(passage.after)
    ahead, behind = costs[: len(before)][::-1], costs[len(before) :]
    taken = [0, 0]
    for distance in range(max(len(ahead), len(behind))):
        for side, prices in enumerate((behind, ahead)):
            # A neighbour further away without the nearer one would leave a gap.
            if distance < len(prices) and taken[side] == distance and prices[distance] <= room:
                room -= prices[distance]
                taken[side] += 1
    return before[len(before) - taken[1] :], after[: taken[0]]


OPEN_PASSAGE = Tool(
    name="open_passage",
    title="Open a passage",
    description=(
        "Read a passage by its id, with the passages around it in its document, to see what comes before and after. "
        "Returns the ids of the previous and the next passage, to read on."
    ),
    arguments=PassageArguments,
    schema=schemas.PASSAGE,
    run=run,
)
