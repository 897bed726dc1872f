"""The server of this user that runs: ``retriever serve`` announces itself, and commands ask it instead of searching.

It has the model and the index in memory, so an answer takes a third of the time. What it announces, and the socket at
which it answers, are in a folder of the user's state that nobody else can enter. Whatever is wrong with it, the command
searches by itself.
"""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retriever import Context, ContextOptions, SearchOptions, SearchResponse, __version__
from retriever.errors import RetrieverError
from retriever_cli.config import current_config
from retriever_cli.served_answers import read_context, read_response

FOLDER = "servers"
# Bytes of an announcement and of an answer; what is longer was written by something else.
LARGEST_RECORD, LARGEST_ANSWER = 1 << 20, 256 << 20
# Then the command searches by itself, which takes less in most indexes.
SECONDS = 3.0
# What an invalid answer, or one of another form, may raise.
_FAILURES = (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that has the index at a location: the path of its socket, and what it calls the index."""

    socket: str
    index: str
    location: str

    def search(self, query: str, options: SearchOptions) -> SearchResponse | None:
        """What it finds; None if it does not answer."""
        with suppress(*_FAILURES):
            return read_response(self._ask("/v1/search", {"query": query, **asdict(options)}), self.location)
        return None

    def build_context(self, question: str, options: ContextOptions, turns: Sequence[Any]) -> Context | None:
        """The context that it builds, as ``search``."""
        with suppress(*_FAILURES):
            request = {"question": question, "history": turns, **asdict(options)}
            return read_context(self._ask("/v1/context", request), self.location)
        return None

    def _ask(self, path: str, request: Mapping[str, Any]) -> Any:
        """The JSON of an answer. Raises OSError where there is none, ValueError where it is a refusal."""
        body = json.dumps({**request, "index": self.index}).encode("ascii")
        # By hand: to import http.client takes a fifth of the time that asking saves.
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SECONDS)
            connection.connect(self.socket)
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body)
            with connection.makefile("rb") as answer:
                received = answer.read(LARGEST_ANSWER)
        headers, _, content = received.partition(b"\r\n\r\n")
        if not headers.startswith(b"HTTP/1.1 200 "):
            raise ValueError("no answer")
        return json.loads(content)


@contextmanager
def announce() -> Iterator[str | None]:
    """The path of a socket at which a server may answer commands; they find it once ``publish`` was called.

    None where there can be no such socket: on Windows, where the folder belongs to others or cannot be made, where its
    path is too long, or where a service or a file system has no such sockets.
    """
    path = _folder() / f"{os.getpid()}.socket"
    if not _can_serve(path):
        yield None
        return
    try:
        yield str(path)
    finally:
        with suppress(OSError):
            path.with_suffix(".json").unlink()


def _can_serve(path: Path) -> bool:
    """Whether a server can listen at a path, in a folder that is made for it and tidied."""
    folder = path.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_private(folder):
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            _tidy(folder)
            probe.bind(str(path))
        path.unlink()
    except (OSError, AttributeError):
        return False
    return True


def publish(path: str, indexes: Mapping[str, str]) -> None:
    """Let commands find the server that answers at a socket, by the locations of its ``indexes``, which have names."""
    target = Path(path).with_suffix(".json")
    with suppress(OSError):
        folders = {name: _identify(location) for name, location in indexes.items() if "://" not in location}
        record = {"version": __version__, "indexes": folders}
        aside = target.with_suffix(".tmp")
        aside.write_text(json.dumps(record), "utf-8")
        os.replace(aside, target)


def find_server(location: str | Path) -> RunningServer | None:
    """A server of this user that has the index at a location, unless the settings forbid to ask it."""
    if "://" in str(location) or not current_config().setting("server").value:
        return None
    try:
        folder = _folder()
        if not _is_private(folder):
            return None
        identity = _identify(str(location))
        for record in sorted(folder.glob("*.json")):
            if name := _find_name(record, identity):
                return RunningServer(str(record.with_suffix(".socket")), name, os.path.abspath(location))
    except (OSError, RetrieverError):
        pass
    return None


def _find_name(record: Path, identity: list[int]) -> str | None:
    try:
        with record.open("rb") as file:
            known = json.loads(file.read(LARGEST_RECORD))
        if known["version"] != __version__:
            return None
        return next((name for name, folder in known["indexes"].items() if folder == identity), None)
    except _FAILURES:
        return None


def _tidy(folder: Path) -> None:
    """Remove what servers left that were killed."""
    for path in folder.iterdir():
        with suppress(OSError, ValueError):
            if not _is_alive(int(path.name.partition(".")[0])):
                path.unlink()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return process != os.getpid()


def _is_private(folder: Path) -> bool:
    """Whether a folder is the user's own, and nobody else can enter it."""
    status = os.lstat(folder)
    mine = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    return mine and stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077


def _identify(location: str) -> list[int]:
    """What tells a folder from all others of this machine: in a container its path may be that of another one."""
    status = os.stat(location)
    return [status.st_dev, status.st_ino]


def _folder() -> Path:
    from platformdirs import user_state_path

    return user_state_path("retriever").absolute() / FOLDER
