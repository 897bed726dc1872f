"""An agent that looks things up with the tools of `retriever mcp`: search, open what was found, answer with a citation.

    retriever index examples/corpus --index demo
    python examples/agent.py "什么情况下启动防汛Ⅰ级响应？" --index indexes/demo

The arguments after the question are those of `retriever mcp`, which runs as a child and is spoken to by the official
SDK of the Model Context Protocol (the extra `mcp`). Put your language model into `decide`.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters, types

MOST_STEPS = 8


@dataclass(frozen=True)
class Call:
    """A step of the agent: a tool to call."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Result:
    """What a call gave: text for the model, and the same as values, which are empty if it failed."""

    call: Call
    text: str
    values: dict[str, Any]


def decide(instructions: str, tools: list[types.Tool], question: str, results: list[Result]) -> Call | str:
    """Stands for a language model: the next call, or the answer.

    A real one is given the instructions of the server as its system prompt, the tools by their names, descriptions and
    schemas, then the question and the results as messages; every client library of a model has a place for each.
    """
    if not results:
        return Call("search", {"query": question, "k": 3, "max_tokens": 2000})
    last = results[-1]
    if not last.values:
        return f"{last.call.tool} failed: {last.text}"
    if last.call.tool == "search":
        hits = last.values.get("hits", [])
        if not hits or hits[0]["score"] < 0.3:  # what the instructions call a passage that answers
            return "The documents do not answer this."
        return Call("open_passage", {"id": hits[0]["id"], "context": 1, "max_tokens": 2000})
    [best, *_] = results[0].values["hits"]
    start, end = best["sentence"]
    return f"{last.values['text'][start:end].strip()} [{last.values['citation']}]"


async def run_agent(question: str, server: StdioServerParameters) -> tuple[str, list[Result]]:
    """The answer to a question, and what was looked up for it."""
    results: list[Result] = []
    async with Client(server) as client:
        tools = (await client.list_tools()).tools
        while len(results) < MOST_STEPS:
            step = decide(client.instructions or "", tools, question, results)
            if isinstance(step, str):
                return step, results
            done = await client.call_tool(step.tool, step.arguments)
            text = "\n".join(part.text for part in done.content if isinstance(part, types.TextContent))
            results.append(Result(step, text, done.structured_content or {}))
    return "There is no answer after many steps.", results


def find_server(arguments: list[str]) -> StdioServerParameters:
    """`retriever mcp` of this installation."""
    command = Path(sys.executable).with_name("retriever")
    return StdioServerParameters(command=str(command), args=["mcp", *arguments])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    answer, looked_up = asyncio.run(run_agent(sys.argv[1], find_server(sys.argv[2:])))
    for result in looked_up:
        print(f"{result.call.tool} {result.call.arguments}", file=sys.stderr)
    print(answer)
