"""Reads files in a process of their own, so that no file can harm the others: the parent's side.

One process reads many files, one after the other, and the next one while the documents of the last are used. It is
replaced when it dies or has grown. A small text file is read here, because nothing is parsed in it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from retriever.documents.attempts import Attempts, DeathError
from retriever.documents.encodings import check_encoding
from retriever.documents.formats import find_reader
from retriever.documents.interface import NoHost, PageStore, Report, Source, format_bytes
from retriever.documents.limits import MB, OUT_OF_MEMORY, OUT_OF_TIME, PATIENCE, ReadLimits
from retriever.documents.plain import read_plain
from retriever.documents.process import ReaderProcess, StartError, UpgradedError
from retriever.documents.protocol import ProtocolError, ReadRequest, parse_document, take_count, take_key, take_string
from retriever.documents.read import read_file
from retriever.documents.sniff import OLE, ZIP
from retriever.errors import EmptyFileError, ReadError, UnfinishedReadError
from retriever.reports import Notice, SkippedSource, WaitingPages
from retriever.types import Document

# The largest text file that is read in this process.
SMALL = MB
REPORT_KINDS = frozenset({"notice", "skipped", "waiting"})
PAGE_KINDS = frozenset({"recall", "remember", "count"})
KINDS = {"refused": ReadError, "empty": EmptyFileError, "unfinished": UnfinishedReadError}


class IsolatedReader:
    """Reads files in a child process, which is started for the first file that needs it and ended by ``close``.

    ``pages`` keeps the pages that are recognised; by default they are not kept. Not for several threads at once.
    """

    def __init__(self, pages: PageStore | None = None) -> None:
        self._pages = pages or NoHost()
        self._process: ReaderProcess | None = None
        self._ahead: ReadRequest | None = None
        self._unable = ""
        self._is_outdated = False

    @property
    def is_isolated(self) -> bool:
        """Whether files are read in a process of their own, as far as is known."""
        return not self._unable

    def __enter__(self) -> IsolatedReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child process."""
        self._ahead = None
        if self._process is not None:
            self._process.end()
            self._process = None

    def read(self, request: ReadRequest, *, report: Report, following: ReadRequest | None = None) -> Iterator[Document]:
        """The documents of a file, as ``read_file`` gives them; ``following`` is the file that will be read next.

        The iterator also raises UnfinishedReadError for a file by which the child dies or exceeds its limits. Where no
        child can be started, the file is read in this process, with a notice.
        """
        if request.encoding is not None:
            check_encoding(request.encoding)
        return self._read(request, report, following)

    def _read(self, request: ReadRequest, report: Report, following: ReadRequest | None) -> Iterator[Document]:
        process = None if _is_harmless(request) else self._ready_process(request, report)
        if process is None:
            yield from _read_here(request, report, self._pages)
            return
        attempts = Attempts(request.source, limits_of(request), report)
        while not attempts.complete:
            if process is None:
                raise UnfinishedReadError(f"the file cannot be read: no process for it can be started ({self._unable})")
            yield from self._attempt(process, request, attempts, following)
            process = None if attempts.complete else self._ready_process(request, report)

    def _attempt(
        self, process: ReaderProcess, request: ReadRequest, attempts: Attempts, following: ReadRequest | None
    ) -> Iterator[Document]:
        """The documents of a file up to its end, or up to a member at which the child dies."""
        try:
            with self._exchange(following):
                if self._ahead is None:
                    process.send(request, attempts.limits, attempts.passed_over)
                self._ahead = None
                yield from _receive(process, request, attempts, self._pages)
        except DeathError as error:
            attempts.blame(error)
        else:
            attempts.complete = True

    @contextmanager
    def _exchange(self, following: ReadRequest | None) -> Iterator[None]:
        """Have the next file read in advance once this one has been; end a child of which an answer is left over."""
        complete = False
        try:
            yield
            complete = True
        except RefusedError as refused:
            complete = True
            raise refused.error from None
        finally:
            process = self._process
            if process is not None and (not complete or process.is_spent):
                self.close()
            elif process is not None and following is not None and not _is_harmless(following):
                process.send(following, limits_of(following))
                self._ahead = following

    def _ready_process(self, request: ReadRequest, report: Report) -> ReaderProcess | None:
        """The child, started if need be; None where that is not possible. Raises UpgradedError."""
        if self._is_outdated:
            raise UpgradedError
        if self._ahead not in (None, request):
            self.close()
        if self._process is None and not self._unable:
            try:
                self._process = ReaderProcess()
            except UpgradedError:
                self._is_outdated = True
                raise
            except StartError as error:
                self._unable = str(error)
                message = f"read without limits of memory and time: no process for it can be started ({error})"
                report(Notice(request.source, message))
        return self._process


class RefusedError(Exception):
    """The child has told why a file cannot be read, and can go on."""

    def __init__(self, error: ReadError) -> None:
        super().__init__()
        self.error = error


def _receive(process: ReaderProcess, request: ReadRequest, attempts: Attempts, pages: PageStore) -> Iterator[Document]:
    """The documents that the child gives of a file, but for those that it gave in earlier attempts."""
    for values, text in receive_results(process, attempts, pages):
        try:
            document = parse_document(values, text, request.source)
        except ProtocolError as error:
            raise _invalid_answer() from error
        if attempts.is_new(document):
            yield document


def receive_results(
    process: ReaderProcess, attempts: Attempts, pages: PageStore | None = None
) -> Iterator[tuple[dict[str, Any], str]]:
    """The frames that hold what was asked for, up to the end of the answer; reports are passed on.

    ``pages`` answers what the child asks about pages that it recognises; by default nothing is known.

    Raises RefusedError for what the child tells, DeathError where it dies or takes too much, and UnfinishedReadError
    where it gives too much.
    """
    limits = attempts.limits
    left = limits.output

    def accept(size: int) -> None:
        nonlocal left
        left -= size
        if left < 0:
            size_of_text = format_bytes(limits.output)
            raise UnfinishedReadError(f"the file cannot be read: it unpacks to more than {size_of_text} of text")

    while True:
        try:
            frame = process.receive(accept, patience=PATIENCE * limits.seconds)
            if frame is None:
                raise DeathError(f"the file cannot be read: {_explain_death(process, limits)}")
            values, text = frame
            kind = take_string(values, "kind")
            if kind == "end":
                process.is_spent = values.get("last") is not False
                _check_end(values, text)
                return
            if kind in PAGE_KINDS:
                _serve_pages(process, kind, values, text, pages or NoHost())
                continue
            if kind in REPORT_KINDS:
                _pass_on(kind, values, text, attempts)
                continue
            if kind == "at":
                attempts.enter(take_string(values, "source"), take_count(values, "milliseconds") / 1000)
                continue
        except ProtocolError as error:
            raise _invalid_answer() from error
        yield values, text


def _invalid_answer() -> DeathError:
    return DeathError("the file cannot be read: its reader gave an invalid answer")


def _check_end(values: dict[str, Any], text: str) -> None:
    """Raise the error that the child tells at the end of a file, if there is one."""
    kind = take_string(values, "error")
    if kind:
        raise RefusedError(KINDS.get(kind, UnfinishedReadError)(text, hint=take_string(values, "hint")))


def _serve_pages(process: ReaderProcess, kind: str, values: dict[str, Any], text: str, pages: PageStore) -> None:
    """Answer what the child asks or tells about pages that are recognised. Raises ProtocolError."""
    if kind == "recall":
        value = pages.recall(take_key(values))
        process.reply({"known": value is not None}, "" if value is None else value.decode("utf-8", "replace"))
    elif kind == "remember":
        pages.remember(take_key(values), text.encode())
    else:
        pages.count(take_string(values, "source"), take_count(values, "done"), take_count(values, "total"))


def _pass_on(kind: str, values: dict[str, Any], text: str, attempts: Attempts) -> None:
    source = take_string(values, "source")
    if kind == "waiting":
        attempts.pass_on(WaitingPages(source, pages=take_count(values, "pages"), images=take_count(values, "images")))
    elif kind == "notice":
        attempts.pass_on(Notice(source, text))
    else:
        attempts.pass_on(SkippedSource(source, text, unfinished=values.get("unfinished") is not False))


def _explain_death(process: ReaderProcess, limits: ReadLimits) -> str:
    """Why the child is dead, as far as its end tells."""
    code = process.wait()
    if process.is_overdue:
        return f"its reader has not answered for {PATIENCE * limits.seconds} s"
    if code == OUT_OF_TIME or code == -getattr(signal, "SIGXCPU", 0) != 0:
        return f"it takes more than {limits.seconds} s"
    memory = format_bytes(limits.memory)
    if code == OUT_OF_MEMORY:
        return f"it takes more than {memory} of memory"
    if code == -getattr(signal, "SIGKILL", 0) != 0:
        return "its reader was killed by the system, perhaps for lack of memory"
    name = signal.Signals(-code).name if code is not None and -code in set(signal.Signals) else f"exit code {code}"
    return f"its reader crashed ({name}), perhaps because it may take no more than {memory} of memory"


def _is_harmless(request: ReadRequest) -> bool:
    """Whether a file is read in this process: small plain text, and what the system does not give."""
    source = Source(request.path, request.source, request.encoding, request.max_file_size, lambda _: None)
    try:
        with request.path.open("rb") as file:
            # What a container is, only a look into it tells.
            if os.fstat(file.fileno()).st_size > SMALL or file.read(len(OLE)).startswith((ZIP, OLE)):
                return False
        return find_reader(source) is read_plain
    except (OSError, ReadError):
        return True


class _Here:
    """A ``RecognitionHost`` for files that are read in this process, which has no limits."""

    def __init__(self, pages: PageStore) -> None:
        self.recall, self.remember, self.count = pages.recall, pages.remember, pages.count

    def enter(self, name: str) -> bool:
        """Pass nothing over."""
        return True

    def allow(self, *, memory: int = 0, seconds: int = 0) -> None:
        """Change nothing."""


def _read_here(request: ReadRequest, report: Report, pages: PageStore) -> Iterator[Document]:
    return read_file(
        request.path,
        source=request.source,
        report=report,
        encoding=request.encoding,
        max_file_size=request.max_file_size,
        host=_Here(pages),
    )


def limits_of(request: ReadRequest) -> ReadLimits:
    """The limits within which a file is read."""
    try:
        size = os.stat(request.path).st_size
    except OSError:
        size = 0
    return ReadLimits.of(size, request.max_file_size)
