"""What tests let a process that searches do. At the top of a module, so that it can be named to another process."""

from __future__ import annotations

import os
import time

from retriever import RetrieverError
from retriever.serving.http.served import ServedIndexes


def find_process(_: ServedIndexes) -> int:
    return os.getpid()


def search(served: ServedIndexes, query: str, where: str | None) -> list[str]:
    return [hit.id for hit in served.to_search(None).search(query, 3, where=where)]


def die(_: ServedIndexes, note: str = os.devnull) -> None:
    """Note that it was called, and end."""
    with open(note, "a", encoding="utf-8") as file:
        file.write("called\n")
    os._exit(1)


def fail(_: ServedIndexes) -> None:
    raise LookupError("no such page")


def refuse(_: ServedIndexes) -> None:
    raise RetrieverError("not today", hint="ask tomorrow")


def wait(_: ServedIndexes, note: str) -> None:
    """Note that it was called, and do not end."""
    with open(note, "a", encoding="utf-8") as file:
        file.write("called\n")
    time.sleep(600)
