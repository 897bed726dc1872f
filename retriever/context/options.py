"""``ContextOptions``: declares and validates how a context is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol, TypeAlias, get_args

from retriever.arguments import quote, require_count, require_one_of
from retriever.errors import UsageError
from retriever.frozen import dataclass
from retriever.options import SearchOptions, Where
from retriever.types import Mode

Order = Literal["rank", "document"]


class HasEncode(Protocol):
    """An object whose ``encode`` makes tokens of a text, such as an encoding of tiktoken or a tokenizer of a hub."""

    def encode(self, text: str) -> Any:
        """The tokens: a list, or an object with ``ids``."""


TokenizerLike: TypeAlias = "str | Callable[[str], int] | HasEncode"
"""The name of an encoding of tiktoken, a function that counts the tokens of a text, or an object with ``encode``."""

# More than any model reads; a limit for what a request may ask for.
MOST_TOKENS = 10_000_000


@dataclass(frozen=True, slots=True)
class ContextOptions:
    """How to build a context.

    - ``max_tokens``: the most tokens of the rendered context, numbers and headings included, at least 1
    - ``order``: excerpts by ``rank``, the best first, or in the order of the ``document`` that each is from
    - ``tokenizer``: counts tokens: None for the tokenizer of the index's model, the name of an encoding of tiktoken
      (``"o200k_base"``), a function of a text, or an object with ``encode``
    - ``min_score``: the least ``Context.score`` of an answerable question, 0 to 1; None for the default, 0 for a
      context that is never refused
    - ``mode``, ``where``: of the search, as in ``SearchOptions``

    Raises UsageError for a value of the wrong type or out of range.
    """

    max_tokens: int = 1500
    order: Order = "rank"
    tokenizer: TokenizerLike | None = None
    min_score: float | None = None
    mode: Mode = "hybrid"
    where: Where | None = None

    def __post_init__(self) -> None:
        require_count("max_tokens", self.max_tokens, at_least=1)
        if self.max_tokens > MOST_TOKENS:
            raise UsageError(f"max_tokens must be at most {MOST_TOKENS:,}", hint="give a smaller number")
        require_one_of("order", self.order, get_args(Order))
        # They check what they share with a search.
        SearchOptions(mode=self.mode, where=self.where, min_score=0.0 if self.min_score is None else self.min_score)
        known = self.tokenizer is None or isinstance(self.tokenizer, str) or callable(self.tokenizer)
        if not known and not callable(getattr(self.tokenizer, "encode", None)):
            raise UsageError(
                f"tokenizer must be a name, a function or an object with encode, not {quote(self.tokenizer)}",
                hint='such as tokenizer="o200k_base"',
            )
