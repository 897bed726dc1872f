"""The process that reads files for another one: takes requests, gives documents or bytes, and keeps to limits.

It holds nothing but its two pipes, writes nothing, and ends when they close.
"""

from __future__ import annotations

import base64
import gc
import os
import signal
import time
from pathlib import Path
from typing import IO, Any

from retriever.documents.interface import Report
from retriever.documents.limits import MB, Enforcer, ReadLimits, die_with_parent, memory_in_use
from retriever.documents.protocol import CODE, read_frame, write_document, write_frame
from retriever.documents.read import describe_failure, read_file, unpack_member
from retriever.errors import EmptyFileError, ReadError, UnfinishedReadError
from retriever.reports import Notice, SkippedSource, WaitingPages

# The address space that the process may have gained by a file before a fresh one takes its place, and in all beyond
# what it was allowed for recognition, whose models stay.
MOST_GROWTH = 256 * MB


def main() -> None:
    """Serve requests until the parent closes the pipe."""
    # Ctrl-C goes to all processes of a terminal; the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A file becomes hundreds of thousands of values without circles, which are looked through again and again by
    # default: a quarter of the time of a large spreadsheet.
    gc.set_threshold(50_000, 20, 100)
    die_with_parent()
    requests, replies = take_pipe(0, "rb"), take_pipe(1, "wb")
    host = _Host(requests, replies, Enforcer())
    write_frame(replies, {"kind": "ready", "code": CODE})
    replies.flush()
    while (frame := read_frame(requests)) is not None:
        _serve(frame[0], host)
        replies.flush()


class _Host:
    """A ``RecognitionHost`` that asks the parent, and keeps to what this process may take."""

    def __init__(self, requests: IO[bytes], replies: IO[bytes], enforcer: Enforcer) -> None:
        self.replies = replies
        self.enforcer = enforcer
        self.allowed = 0
        self.passed_over: frozenset[str] = frozenset()
        self.began = 0.0
        self._requests = requests
        self._idle = memory_in_use()

    def enter(self, name: str) -> bool:
        """See ``RecognitionHost.enter``. What was read before is sent, since this member may end the process."""
        if name in self.passed_over:
            return False
        taken = int(1000 * (time.process_time() - self.began))
        write_frame(self.replies, {"kind": "at", "source": name, "milliseconds": taken})
        self.replies.flush()
        return True

    def recall(self, key: bytes) -> bytes | None:
        """See ``PageStore.recall``."""
        write_frame(self.replies, {"kind": "recall", "key": key.hex()})
        self.replies.flush()
        frame = read_frame(self._requests)
        if frame is None:
            raise SystemExit  # the parent is gone
        return frame[1].encode() if frame[0].get("known") is True else None

    def remember(self, key: bytes, value: bytes) -> None:
        """See ``PageStore.remember``."""
        write_frame(self.replies, {"kind": "remember", "key": key.hex()}, value.decode())
        self.replies.flush()

    def count(self, source: str, done: int, total: int) -> None:
        """See ``PageStore.count``."""
        write_frame(self.replies, {"kind": "count", "source": source, "done": done, "total": total})
        self.replies.flush()

    def allow(self, *, memory: int = 0, seconds: int = 0) -> None:
        """See ``RecognitionHost.allow``."""
        self.allowed = max(self.allowed, memory)
        self.enforcer.extend(memory=memory, seconds=seconds)

    def has_grown(self, before: int) -> bool:
        """Whether a fresh process should take the place of this one, which had ``before`` bytes at its last file."""
        now = memory_in_use()
        return now - before > MOST_GROWTH + self.allowed or now - self._idle > 2 * MOST_GROWTH + self.allowed


def take_pipe(descriptor: int, mode: str) -> IO[Any]:
    """The pipe on a standard stream, in whose place nothing remains: no library reads or writes there by mistake."""
    pipe = os.fdopen(os.dup(descriptor), mode)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, descriptor)
    os.close(nothing)
    return pipe


def _serve(request: dict[str, Any], host: _Host) -> None:
    """Read one file: a frame for each document and report, then one for the end."""
    replies = host.replies
    before = memory_in_use()
    host.began = time.process_time()
    host.passed_over = frozenset(request["passed_over"])
    host.enforcer.begin(ReadLimits(request["memory"], request["seconds"], request["output"]))

    def report(item: Notice | SkippedSource | WaitingPages) -> None:
        if isinstance(item, Notice):
            write_frame(replies, {"kind": "notice", "source": item.source}, item.message)
        elif isinstance(item, WaitingPages):
            values = {"kind": "waiting", "source": item.source, "pages": item.pages, "images": item.images}
            write_frame(replies, values)
        else:
            write_frame(replies, {"kind": "skipped", "source": item.source, "unfinished": item.unfinished}, item.reason)

    end: dict[str, Any] = {"kind": "end", "error": "", "hint": ""}
    try:
        _answer(request, host, report)
    except ReadError as error:
        end["error"], message, end["hint"] = _kind_of(error), str(error), error.hint
    except BaseException as error:
        end["error"], message = "unfinished", f"the file cannot be read: {describe_failure(error)}"
    else:
        message = ""
    # Memory that was once needed is seldom given back.
    end["last"] = end["error"] == "unfinished" or host.has_grown(before)
    write_frame(replies, end, message.encode("utf-8", "replace").decode())


def _answer(request: dict[str, Any], host: _Host, report: Report) -> None:
    """Read the documents of a file, or unpack a member of it."""
    path, name, largest = Path(request["path"]), request["source"], request["max_file_size"]
    if request["member"]:
        data = unpack_member(path, request["member"], source=name, max_file_size=largest)
        write_frame(host.replies, {"kind": "member"}, base64.b64encode(data).decode())
        return
    for document in read_file(
        path, source=name, report=report, encoding=request["encoding"], max_file_size=largest, host=host
    ):
        write_document(host.replies, document)


def _kind_of(error: ReadError) -> str:
    if isinstance(error, UnfinishedReadError):
        return "unfinished"
    return "empty" if isinstance(error, EmptyFileError) else "refused"


if __name__ == "__main__":
    main()
