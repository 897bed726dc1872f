"""Reads the history of a conversation: strings, chat messages or turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from retriever.arguments import quote
from retriever.context.values import Turn
from retriever.errors import UsageError
from retriever.surrogates import replace_surrogates

HistoryLike: TypeAlias = "str | Mapping[str, Any] | Turn"
"""A turn: a question of the user as text, a chat message with ``role`` and ``content``, or a ``Turn``."""

# Roles of chat messages that are not part of the conversation.
_SILENT = ("system", "developer", "tool", "function")
# What frameworks and models call those who take part in it.
_ROLES = {"user": "user", "human": "user", "assistant": "assistant", "ai": "assistant", "model": "assistant"}


def read_history(history: Iterable[HistoryLike]) -> tuple[Turn, ...]:
    """The turns of a conversation, oldest first; a text is a question of the user.

    Messages of a system or a tool, and those without text, are left out, and U+FFFD stands for halves of characters, as
    in questions. Raises UsageError for anything else.
    """
    if isinstance(history, str | Mapping) or not isinstance(history, Iterable):
        raise UsageError(
            f"history must be a list of turns, not {quote(history)}", hint='such as history=["the question before"]'
        )
    turns = (_read_turn(item) for item in history)
    return tuple(turn for turn in turns if turn is not None and turn.content.strip())


def _read_turn(item: object) -> Turn | None:
    """The turn of the user or the assistant that an item is; None for a message of a system or a tool."""
    if isinstance(item, str):
        return Turn("user", replace_surrogates(item))
    message = item.to_dict() if isinstance(item, Turn) else item
    if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
        raise UsageError(
            f"a turn must be text or a chat message, not {quote(item)}",
            hint='such as {"role": "user", "content": "the question before"}',
        )
    role = message["role"].strip().lower()
    if role in _SILENT:
        return None
    # Another one would be taken for answers, which are not searched, and given on to a language model.
    if role not in _ROLES:
        raise UsageError(f"unknown role of a chat message: {quote(message['role'])}", hint="use user or assistant")
    return Turn(_ROLES[role], replace_surrogates(_read_content(message.get("content"))))


def _read_content(content: object) -> str:
    """The text of a message, which is a text or a list of parts of which some have text."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list | tuple):
        texts = [part.get("text") if isinstance(part, Mapping) else part for part in content]
        return "\n".join(text for text in texts if isinstance(text, str))
    raise UsageError(f"the content of a chat message must be text, not {quote(content)}", hint="convert it with str()")
