"""What counts tokens: functions, and tokenizers of others."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiktoken

from retriever.context.tokens import make_counter
from retriever.errors import UsageError


def refuse() -> Callable[[str], int]:
    raise AssertionError("the model's tokenizer is not asked for")


def count(tokenizer: Any, text: str = "abc") -> int:
    return make_counter(tokenizer, refuse)(text)


@pytest.mark.parametrize(
    "tokens",
    [
        3,
        np.int64(3),
        np.array(3),
        [7, 8, 9],
        (7, 8, 9),
        np.array([7, 8, 9]),
        np.array([[7, 8, 9]]),
        SimpleNamespace(ids=[7, 8, 9]),
        {"input_ids": [7, 8, 9], "attention_mask": [1, 1, 1]},
        UserDict({"input_ids": np.array([[7, 8, 9]]), "attention_mask": np.array([[1, 1, 1]])}),
    ],
)
def test_whatever_form_tokens_have_they_are_counted(tokens: Any) -> None:
    assert count(lambda text: tokens) == 3
    assert count(SimpleNamespace(encode=lambda text: tokens)) == 3


class OneToken:
    """As a tensor of PyTorch with one token."""

    shape = (1, 1)

    def __index__(self) -> int:
        return 101


def test_one_token_is_not_taken_for_a_number_of_tokens() -> None:
    assert count(lambda text: {"input_ids": OneToken()}) == 1


@pytest.mark.parametrize("tokens", [None, True, -1, np.int64(-1), 3.0, {}, {"tokens": [1]}, iter([1])])
def test_what_is_no_number_of_tokens_is_refused(tokens: Any) -> None:
    with pytest.raises(UsageError, match="the tokenizer gave"):
        count(lambda text: tokens)


def test_a_special_token_that_a_document_writes_out_is_text_to_an_encoding_of_tiktoken() -> None:
    encoding = tiktoken.Encoding(
        "bytes",
        pat_str=r"\w+|\W",
        mergeable_ranks={bytes([byte]): byte for byte in range(256)},
        special_tokens={"<|endoftext|>": 256},
    )
    assert count(encoding, "lamp <|endoftext|>") == len("lamp <|endoftext|>")
