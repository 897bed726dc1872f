"""A process for the libraries of torch, which take much memory and six seconds to import, and encoders in it.

All tests that need these libraries share it. It holds one encoder at a time, whichever was asked last. The hub that it
knows is one of the tests.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, lru_cache
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hidden import hide
from hub_server import Hub

from retriever.models import load_encoder
from retriever.models.interface import Encoder, ModelDescription, TokenVectors
from retriever.system import give_back_memory

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from retriever.types import Vectors


@cache
def apart() -> ProcessPoolExecutor:
    """The process."""
    home, hub = hub_apart()
    return ProcessPoolExecutor(1, get_context("spawn"), _begin, (hub.environment(home.name),))


def end_apart() -> None:
    """End the process, which keeps half a gigabyte, if it was started."""
    if apart.cache_info().currsize:
        apart().shutdown()
        apart.cache_clear()


@cache
def hub_apart() -> tuple[tempfile.TemporaryDirectory[str], Hub]:
    """Where the process keeps what it has fetched, and the hub that it asks."""
    return tempfile.TemporaryDirectory(), Hub()


class EncoderApart:
    """The encoder of a model's folder, asked from here."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> EncoderApart:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        apart().submit(_release).result()

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
        return apart().submit(_answer, self._folder, what, arguments).result()


# What follows runs in the other process.


def _begin(environment: dict[str, str]) -> None:
    # The libraries look at it when they are imported, and import pandas where it is.
    os.environ.update(environment)
    hide("pandas")


@lru_cache(maxsize=1)
def _loaded(folder: Path) -> Encoder:
    # The one before goes first.
    _release()
    if not (folder / "onnx").exists():
        import torch

        # Where others use the CPUs, the threads of torch wait for each other far longer than they compute.
        torch.set_num_threads(1)
    return load_encoder(folder)


def _release() -> None:
    _loaded.cache_clear()
    gc.collect()
    give_back_memory()


def _answer(folder: Path, what: Callable[..., Any], arguments: tuple[object, ...]) -> Any:
    return what(_loaded(folder), *arguments)


def _kind(encoder: Encoder) -> type[Encoder]:
    return type(encoder)


def _call(encoder: Encoder, method: str, argument: object) -> Any:
    return getattr(encoder, method)(argument)
