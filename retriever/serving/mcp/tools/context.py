"""``context``: the excerpts to answer a question from, numbered and packed into a budget."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from retriever import Context, ContextOptions
from retriever.serving.mcp import schemas
from retriever.serving.mcp.arguments import LEAST_TOKENS, MAX_TEXT, MOST_TOKENS, Indexed, TextList
from retriever.serving.mcp.budget import count_json_tokens, count_tokens, cut_text, round_numbers
from retriever.serving.mcp.fitting import fit
from retriever.serving.mcp.indexes import ServedIndexes, put_names
from retriever.serving.mcp.tool import Answer, Tool

_DEFAULT_TOKENS = 3000
_MOST_TURNS = 20
_RESERVE = 60
# For the line before the excerpts.
_HEAD = 100
NOTHING = (
    "Nothing in the documents answers this. Say so, or try other words once; do not answer from your own knowledge "
    "without saying that you do."
)


class ContextArguments(Indexed):
    """What ``context`` takes."""

    question: str = Field(min_length=1, max_length=MAX_TEXT, description="The question, in any language.")
    history: TextList = Field(
        default_factory=list,
        max_length=_MOST_TURNS,
        description="Earlier questions of the conversation, oldest first, if this one refers to them.",
    )
    where: str | None = Field(
        None, max_length=MAX_TEXT, description="A filter on metadata, such as: year >= 2021 and topic = 'housing'"
    )
    max_tokens: int = Field(
        _DEFAULT_TOKENS, ge=LEAST_TOKENS, le=MOST_TOKENS, description="The most tokens that the result may have."
    )


def run(indexes: ServedIndexes, arguments: ContextArguments) -> Answer:
    """Build the context with the server's own count of tokens, since the model of the client is not known."""
    room = arguments.max_tokens - _HEAD
    options = ContextOptions(room, tokenizer=count_tokens, where=arguments.where)
    history = [turn[:MAX_TEXT] for turn in arguments.history]
    found = indexes.choose(arguments.index).context_with(arguments.question, options, history)
    searched = arguments.index or ", ".join(indexes.names)
    return Answer(_render(found), _to_values(indexes, found, searched, arguments.max_tokens))


def _render(found: Context) -> str:
    if not found.excerpts:
        return NOTHING
    return f"Excerpts, to be cited by number:\n\n{found.text}"


def _to_values(indexes: ServedIndexes, found: Context, searched: str, budget: int) -> dict[str, Any]:
    values: dict[str, Any] = round_numbers(found.to_dict())
    excerpts = put_names(values["excerpts"], indexes)
    # The text is the text of the result, and the history is what the client sent.
    values = {key: value for key, value in values.items() if key not in ("text", "history")}
    values |= {name: cut_text(values[name], budget // 8) for name in ("question", "query")}
    values |= {"max_tokens": budget, "index": searched, "excerpts": []}
    kept = fit(excerpts, budget - _RESERVE - count_json_tokens(values))
    return {**values, "excerpts": kept, "left_out": len(excerpts) - len(kept)}


CONTEXT = Tool(
    name="context",
    title="Excerpts to answer from",
    description=(
        "Get the excerpts of the user's documents that answer a question: the best passages, numbered, with citations "
        "and headings, packed into a token budget. Use it before you answer anything that the documents may say, and "
        "cite the numbers. It says so if nothing in the documents answers. Follow-ups: pass earlier questions as "
        "history."
    ),
    arguments=ContextArguments,
    schema=schemas.CONTEXT,
    run=run,
    needs_model=True,
)
