"""An encoder in a process of its own: a model of half a gigabyte goes with it, and so does the library that runs it.

One such process lives at a time, whichever was asked last.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar

from retriever.models import load_encoder
from retriever.models.interface import Encoder, ModelDescription, TokenVectors

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from retriever.types import Vectors


class EncoderApart:
    """The encoder of a model's folder, asked from here."""

    _running: ClassVar[EncoderApart | None] = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: ProcessPoolExecutor | None = None

    def __enter__(self) -> EncoderApart:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def kind(self) -> type[Encoder]:
        return self._ask(_kind)

    @property
    def description(self) -> ModelDescription:
        return self._ask(getattr, "description")

    @property
    def passage_limit(self) -> int:
        return self._ask(getattr, "passage_limit")

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._ask(_call, "encode_queries", texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._ask(_call, "encode_passages", texts)

    def encode_query_tokens(self, text: str) -> TokenVectors:
        return self._ask(_call, "encode_query_tokens", text)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return self._ask(_call, "encode_passage_tokens", texts)

    def token_spans(self, text: str) -> npt.NDArray[np.int32]:
        return self._ask(_call, "token_spans", text)

    def _ask(self, what: Callable[..., Any], *arguments: object) -> Any:
        if EncoderApart._running is not self:
            if EncoderApart._running is not None:
                EncoderApart._running._end()
            EncoderApart._running = self
        self._process = self._process or ProcessPoolExecutor(1, get_context("spawn"))
        return self._process.submit(_answer, self._folder, what, arguments).result()

    def _end(self) -> None:
        if self._process is not None:
            self._process.shutdown()
            self._process = None


# What follows runs in the other process.


@cache
def _loaded(folder: Path) -> Encoder:
    # One thread: where others use the CPUs, the threads of torch wait for each other far longer than they compute.
    os.environ["OMP_NUM_THREADS"] = "1"
    return load_encoder(folder)


def _answer(folder: Path, what: Callable[..., Any], arguments: tuple[object, ...]) -> Any:
    return what(_loaded(folder), *arguments)


def _kind(encoder: Encoder) -> type[Encoder]:
    return type(encoder)


def _call(encoder: Encoder, method: str, argument: object) -> Any:
    return getattr(encoder, method)(argument)
