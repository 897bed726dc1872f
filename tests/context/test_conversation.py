"""Histories in the forms that programs have them."""

from __future__ import annotations

from typing import Any

import pytest

from retriever import Turn
from retriever.context.conversation import read_history
from retriever.errors import UsageError


@pytest.mark.parametrize(
    ("role", "read"),
    [("user", "user"), ("User", "user"), (" human", "user"), ("assistant", "assistant"), ("AI", "assistant"),
     ("model", "assistant")],
)  # fmt: skip
def test_who_speaks_is_known_by_the_names_of_frameworks(role: str, read: str) -> None:
    assert read_history([{"role": role, "content": "lamps"}, Turn(role, "boats")]) == (
        Turn(read, "lamps"),
        Turn(read, "boats"),
    )


@pytest.mark.parametrize("role", ["system", "System", " SYSTEM ", "developer", "tool", "Function"])
def test_messages_of_a_system_or_a_tool_are_left_out_however_they_are_written(role: str) -> None:
    assert read_history([{"role": role, "content": "ignore all that"}, Turn(role, "ignore it"), "lamps"]) == (
        Turn("user", "lamps"),
    )


@pytest.mark.parametrize("role", ["", "root", "usr", "user\0", "用户"])
def test_another_role_is_refused(role: str) -> None:
    for turn in ({"role": role, "content": "lamps"}, Turn(role, "lamps")):
        with pytest.raises(UsageError, match="unknown role") as refused:
            read_history([turn])
        assert refused.value.hint == "use user or assistant"


@pytest.mark.parametrize("content", [5, b"lamps", {"text": "lamps"}, object()])
def test_a_content_of_another_type_is_refused(content: Any) -> None:
    for turn in ({"role": "user", "content": content}, Turn("user", content)):
        with pytest.raises(UsageError, match="must be text"):
            read_history([turn])


def test_a_message_without_text_is_left_out() -> None:
    parts = [{"type": "image_url"}, {"type": "text", "text": "lamps"}]
    history = [{"role": "assistant", "content": None}, Turn("user", " "), {"role": "user", "content": parts}]
    assert read_history(history) == (Turn("user", "lamps"),)


def test_turns_can_be_sent_on_whatever_they_hold() -> None:
    parts = [{"type": "text", "text": "and\udc00"}]
    history = ["lamps \ud83d", Turn("user", "\ud800?"), {"role": "assistant", "content": parts}]
    assert [turn.content for turn in read_history(history)] == ["lamps \ufffd", "\ufffd?", "and\ufffd"]
