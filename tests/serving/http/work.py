"""What tests let a process that searches do. At the top of a module, so that it can be named to another process."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from retriever import Retriever
from retriever.serving.http.served import ServedIndexes


def find_process(_: ServedIndexes) -> int:
    return os.getpid()


def die(_: Sequence[Retriever]) -> None:
    """End, called as what warms."""
    os._exit(1)


def fail(_: Sequence[Retriever]) -> None:
    """Fail, called as what warms."""
    raise LookupError("no such page")


def wait(_: ServedIndexes, note: str) -> None:
    """Note that it was called, and do not end."""
    with open(note, "a", encoding="utf-8") as file:
        file.write("called\n")
    time.sleep(600)


def wait_for(_: ServedIndexes, note: str, end: str) -> int:
    """Note that it was called, and wait until there is a file ``end``."""
    with open(note, "a", encoding="utf-8") as file:
        file.write("called\n")
    while not os.path.exists(end):
        time.sleep(0.01)
    return os.getpid()
