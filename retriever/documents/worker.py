"""The process that reads files for another one: takes requests, gives documents or bytes, and keeps to limits.

It holds nothing but its two pipes, writes nothing, and ends when they close.
"""

from __future__ import annotations

import base64
import os
import signal
from pathlib import Path
from typing import IO, Any

from retriever.documents.interface import Report
from retriever.documents.limits import MB, Enforcer, ReadLimits, die_with_parent, memory_in_use
from retriever.documents.protocol import read_frame, write_document, write_frame
from retriever.documents.read import describe_failure, read_file, unpack_member
from retriever.errors import EmptyFileError, ReadError, UnfinishedReadError
from retriever.reports import Notice, SkippedSource

# The address space that the process may have gained before a fresh one takes its place.
MOST_GROWTH = 256 * MB


def main() -> None:
    """Serve requests until the parent closes the pipe."""
    # Ctrl-C goes to all processes of a terminal; the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()
    requests, replies = take_pipe(0, "rb"), take_pipe(1, "wb")
    enforcer = Enforcer()
    write_frame(replies, {"kind": "ready"})
    replies.flush()
    while (frame := read_frame(requests)) is not None:
        _serve(frame[0], replies, enforcer)
        replies.flush()


def take_pipe(descriptor: int, mode: str) -> IO[Any]:
    """The pipe on a standard stream, in whose place nothing remains: no library reads or writes there by mistake."""
    pipe = os.fdopen(os.dup(descriptor), mode)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, descriptor)
    os.close(nothing)
    return pipe


def _serve(request: dict[str, Any], replies: IO[bytes], enforcer: Enforcer) -> None:
    """Read one file: a frame for each document and report, then one for the end."""
    before = memory_in_use()
    enforcer.begin(ReadLimits(request["memory"], request["seconds"], request["output"]))

    def report(item: Notice | SkippedSource) -> None:
        if isinstance(item, Notice):
            write_frame(replies, {"kind": "notice", "source": item.source}, item.message)
        else:
            write_frame(replies, {"kind": "skipped", "source": item.source}, item.reason)

    end: dict[str, Any] = {"kind": "end", "error": "", "hint": ""}
    try:
        _answer(request, replies, report)
    except ReadError as error:
        end["error"], message, end["hint"] = _kind_of(error), str(error), error.hint
    except BaseException as error:
        end["error"], message = "unfinished", f"the file cannot be read: {describe_failure(error)}"
    else:
        message = ""
    # Memory that was once needed is seldom given back.
    end["last"] = end["error"] == "unfinished" or memory_in_use() - before > MOST_GROWTH
    write_frame(replies, end, message.encode("utf-8", "replace").decode())


def _answer(request: dict[str, Any], replies: IO[bytes], report: Report) -> None:
    """Read the documents of a file, or unpack a member of it."""
    path, name, largest = Path(request["path"]), request["source"], request["max_file_size"]
    if request["member"]:
        data = unpack_member(path, request["member"], source=name, max_file_size=largest)
        write_frame(replies, {"kind": "member"}, base64.b64encode(data).decode())
        return
    for document in read_file(path, source=name, report=report, encoding=request["encoding"], max_file_size=largest):
        write_document(replies, document)


def _kind_of(error: ReadError) -> str:
    if isinstance(error, UnfinishedReadError):
        return "unfinished"
    return "empty" if isinstance(error, EmptyFileError) else "refused"


if __name__ == "__main__":
    main()
