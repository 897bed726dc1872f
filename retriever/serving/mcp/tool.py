"""What a tool is: its name and text for models, its arguments, and the function that answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from retriever.serving.mcp.arguments import Budgeted
from retriever.serving.mcp.indexes import ServedIndexes

A = TypeVar("A", bound=Budgeted)


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a tool: text for the model, and the same as JSON-ready values. Each stays within the budget."""

    text: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    """A tool of the server.

    - ``description``: when to use it and what it returns, for the model
    - ``arguments``: the class of its arguments
    - ``schema``: the JSON schema of the values it returns
    - ``run``: answers a call; it blocks, and raises RetrieverError
    - ``needs_model``: whether it waits for the model to be loaded
    """

    name: str
    title: str
    description: str
    arguments: type[A]
    schema: dict[str, Any]
    run: Callable[[ServedIndexes, A], Answer]
    needs_model: bool = False
