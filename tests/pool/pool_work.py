"""What tests let a process of a pool do. At the top of a module, so that it can be named to another process."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from retriever import Retriever, RetrieverError


def find_process(_: Sequence[Retriever]) -> int:
    return os.getpid()


def die(_: Sequence[Retriever], note: str = os.devnull) -> None:
    """Note that it was called, and end."""
    with open(note, "a", encoding="utf-8") as file:
        file.write("called\n")
    os._exit(1)


def fail(_: Sequence[Retriever]) -> None:
    raise OSError("no such page")


def refuse(_: Sequence[Retriever]) -> None:
    raise RetrieverError("not today", hint="ask tomorrow")


def wait(_: Sequence[Retriever], note: str, end: str) -> int:
    """Note that it was called, and wait until there is a file ``end``."""
    with open(note, "a", encoding="utf-8") as file:
        file.write("called\n")
    while not os.path.exists(end):
        time.sleep(0.01)
    return os.getpid()


def give_back(_: Sequence[Retriever], value: object) -> object:
    return value


def give_function(_: Sequence[Retriever]) -> object:
    return lambda: None


def print_much(_: Sequence[Retriever]) -> str:
    """As a library that prints to standard output."""
    os.write(1, b"x" * 100_000)
    print("y" * 100_000, flush=True)
    return "printed"


class AtHome:
    """A value that only the process which made it can unpickle."""

    def __reduce__(self) -> tuple[object, ...]:
        return _make_at_home, (os.getpid(),)


def _make_at_home(process: int) -> AtHome:
    if process != os.getpid():
        raise LookupError("not made here")
    return AtHome()


def give_what_stays(_: Sequence[Retriever]) -> object:
    return AtHome()
