"""Unpacks one file of a container, such as an archive or a message, in a process with limits, as it was read."""

from __future__ import annotations

import base64
from dataclasses import replace

from retriever.arguments import require_text
from retriever.documents.attempts import Attempts
from retriever.documents.isolated import RefusedError, limits_of, receive_results
from retriever.documents.process import ReaderProcess, StartError
from retriever.documents.protocol import ReadRequest
from retriever.errors import ReadError, UnfinishedReadError, UsageError
from retriever.paths import split_member, user_path
from retriever.types import MEMBER


def read_member(source: str, path: str) -> bytes:
    """The bytes of a file in an archive, a mailbox or a message, as ``source`` and ``path`` of a hit name it.

    It is unpacked in memory, by a process of its own, within the limits that hold for an index.

    - ``source``: the source of the document, such as ``reports.zip!2021/plan.pdf``
    - ``path``: the path of the container

    Raises UsageError for a source that is not a member of the file at ``path``, ReadError if it cannot be unpacked.
    """
    require_text("source", source)
    require_text("path", path)
    name, member = split_member(source, path)
    if not member:
        raise UsageError(f"not a file in a container: {source!r}", hint="read the file at its path")
    request = ReadRequest(user_path(path), name, member=member.removeprefix(MEMBER))
    limits = limits_of(request)
    # The bytes are passed on as text, which takes a third more.
    limits = replace(limits, output=2 * limits.output)
    try:
        process = ReaderProcess()
    except StartError as error:
        raise UnfinishedReadError(f"the file cannot be unpacked: no process for it can be started ({error})") from error
    try:
        process.send(request, limits)
        attempts = Attempts(name, limits, lambda _: None)
        answers = [text for _, text in receive_results(process, attempts)]
    except RefusedError as refused:
        raise refused.error from None
    finally:
        process.end()
    if len(answers) != 1:
        raise ReadError(f"the file has no member {request.member!r}")
    return base64.b64decode(answers[0])
