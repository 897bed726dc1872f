"""Counts the tokens of a text with the tokenizer of choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sized
from contextlib import suppress
from functools import cache
from math import prod
from operator import index
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from retriever.arguments import quote
from retriever.errors import MissingExtraError, ModelError, UsageError, install_command

if TYPE_CHECKING:
    from retriever.context.options import TokenizerLike

CountTokens: TypeAlias = Callable[[str], int]


def make_counter(tokenizer: TokenizerLike | None, default: Callable[[], CountTokens]) -> CountTokens:
    """A function that counts tokens; what ``default`` returns at the first text, without a ``tokenizer``.

    What it raises for a text is what the tokenizer raises. Raises MissingExtraError for a name where tiktoken is not
    installed, UsageError for a name that it does not know.
    """
    if tokenizer is None:
        make = cache(default)

        def count(text: str) -> int:
            return make()(text)

        return count
    if isinstance(tokenizer, str):
        return load_tokenizer(tokenizer)
    # tiktoken's ``encode`` refuses a text in which a special token is written out, as any document may have one.
    for name in ("encode_ordinary", "encode"):
        if callable(encode := getattr(tokenizer, name, None)):
            return _count_with(encode)
    return _count_with(cast(Callable[[str], Any], tokenizer))


def _count_with(tokenise: Callable[[str], Any]) -> CountTokens:
    def count(text: str) -> int:
        tokens = tokenise(text)
        number = _count(tokens)
        if number < 0:
            raise UsageError(
                f"the tokenizer gave {quote(tokens)} for a text", hint="it must return a number of tokens, or a list"
            )
        return number

    return count


def _count(tokens: Any) -> int:
    """The number that a tokenizer has returned, or how many tokens; -1 for neither.

    Of what tokenizers of the hub return, ``ids`` or ``input_ids`` are the tokens, also as an array with a row a text.
    """
    if isinstance(tokens, Mapping):
        tokens = tokens.get("input_ids")
    tokens = getattr(tokens, "ids", tokens)
    # Before the number: a tensor of PyTorch with one token counts as an integer, which is that token.
    if shape := getattr(tokens, "shape", None):
        return prod(shape)
    with suppress(TypeError):
        return -1 if isinstance(tokens, bool) else index(tokens)
    return len(tokens) if isinstance(tokens, Sized) else -1


def load_tokenizer(name: str) -> CountTokens:
    """A function that counts the tokens of a text in an encoding of tiktoken, such as ``o200k_base``.

    tiktoken fetches a vocabulary that it has not cached. Raises MissingExtraError where it is not installed,
    UsageError for a name that it does not know, ModelError where it cannot load the vocabulary.
    """
    if not isinstance(name, str):
        raise UsageError(
            f"the name of a tokenizer must be text, not {quote(name)}", hint="give o200k_base, for example"
        )
    try:
        import tiktoken
    except ImportError as error:
        raise MissingExtraError(
            f"counting tokens as {name!r} needs tiktoken, which is not installed", hint=install_command("tiktoken")
        ) from error
    known = tiktoken.list_encoding_names()
    if name not in known:
        raise UsageError(f"unknown tokenizer: {quote(name)}", hint=f"use one of {', '.join(known)}")
    try:
        encoding = tiktoken.get_encoding(name)
    except Exception as error:  # Whatever its HTTP client raises: it fetches a vocabulary that it has not cached.
        raise ModelError(
            f"tiktoken cannot load the encoding {name!r}: {error}",
            hint="its vocabulary is fetched once; without a network, point TIKTOKEN_CACHE_DIR at a folder that has it",
        ) from error
    return lambda text: len(encoding.encode_ordinary(text))
