"""Reads a file: chooses its reader and yields its documents and those of the files that it contains, or one such file.

Whatever a reader raises is turned into a ReadError here, and nowhere else in this package.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from retriever.documents.encodings import check_encoding
from retriever.documents.formats import find_reader, is_supported
from retriever.documents.interface import Member, NoHost, Reader, RecognitionHost, Report, Room, Source
from retriever.errors import EmptyFileError, ReadError, RetrieverError, UnfinishedReadError
from retriever.reports import SkippedSource
from retriever.types import DEFAULT_MAX_FILE_SIZE, MEMBER, Document

# Characters of an unexpected exception that are shown.
MAX_FAILURE = 200
# Containers within containers that are opened: a document in an archive attached to a message of a mailbox is in 3.
MAX_DEPTH = 4
# Extensions that the notice of members which are not read lists.
NAMED_EXTENSIONS = 12
TOO_MUCH_MEMORY = "it takes too much memory"
# The code of lxml's XMLSyntaxError where memory was lacking.
XML_NO_MEMORY = 2
# Exceptions behind an error that are looked at.
MAX_CAUSES = 20


def read_file(
    path: Path,
    *,
    source: str,
    report: Report,
    encoding: str | None = None,
    max_file_size: int | None = DEFAULT_MAX_FILE_SIZE,
    host: RecognitionHost | None = None,
) -> Iterator[Document]:
    """The documents of a file, as an iterator: one for most formats, one per row for JSONL and CSV.

    - ``path``: the file
    - ``source``: the path as the user knows it, which becomes ``Document.source``
    - ``report``: called while the iterator is consumed, with a Notice (a guessed encoding, replaced characters), a
      SkippedSource (a malformed row, as ``source:line``) or WaitingPages (pictures of text, without the extra)
    - ``encoding``: overrides the detection of the encoding
    - ``max_file_size``: the maximum size in bytes of the file, or of one row of JSONL and CSV; None for no limit
    - ``host``: keeps the pages that are recognised; by default they are not kept

    Raises UsageError at once if ``encoding`` is unknown. The iterator raises ReadError if the file cannot be read:
    it is binary, encrypted, broken, blank, too large or missing; UnfinishedReadError if the system refuses to read it
    or its reader fails in whatever way; and no other exception.
    """
    if encoding is not None:
        check_encoding(encoding)
    try:
        room = Room.of(path.stat().st_size)
    except OSError:
        room = Room()
    return _read(Source(path, source, encoding, max_file_size, report, room=room, host=host or NoHost()))


def unpack_member(path: Path, member: str, *, source: str, max_file_size: int | None = DEFAULT_MAX_FILE_SIZE) -> bytes:
    """The bytes of a file in a container, within the limits that hold when it is read.

    - ``path``: the container
    - ``member``: its path in the container, as in ``source!member``; through containers in it with ``!`` between them
    - ``source``: the path of the container as the user knows it
    - ``max_file_size``: the maximum size in bytes of the container, and of any file in it; None for no limit

    Raises what the iterator of ``read_file`` does, and ReadError where there is no such member.
    """
    with _read_errors():
        container = Source(path, source, None, max_file_size, _ignore, room=Room.of(path.stat().st_size))
        _require_contents(container)
        data = _find_member(container, member)
    if not data:
        raise ReadError(f"the file has no member {member!r}" if data is None else "it is not a file by itself")
    return data


def _find_member(container: Source, name: str, reader: Reader | None = None) -> bytes | None:
    """The bytes of a member; None where there is none of that name."""
    if container.depth > MAX_DEPTH:
        return None
    for item in (reader or find_reader(container))(container):
        if isinstance(item, Document):
            continue
        if item.name == name:
            return item.unpack()
        if name.startswith(item.name + MEMBER):
            inner = replace(container.enclose(item.name), data=item.unpack())
            found = _find_member(inner, name[len(item.name) + len(MEMBER) :], item.reader)
            if found is not None:
                return found
    return None


def _ignore(_: object) -> None:
    """Reports tell what is left out of an index, and one member is not."""


def _read(source: Source, reader: Reader | None = None) -> Iterator[Document]:
    with _read_errors():
        # A member with a reader of its own may be a part of its container that has no bytes by itself.
        if reader is None:
            _require_contents(source)
        yield from _expand(source, (reader or find_reader(source))(source))


@contextmanager
def _read_errors() -> Iterator[None]:
    """Turn whatever the reading of a file raises into a ReadError."""
    try:
        yield
    except FileNotFoundError as error:
        # It may be replaced in this moment, or its disk gone; the next scan tells.
        raise UnfinishedReadError("the file no longer exists") from error
    except PermissionError as error:
        hint = "check the file's permissions"
        raise UnfinishedReadError("no permission to read the file", hint=hint) from error
    except OSError as error:
        raise UnfinishedReadError(f"the file cannot be read: {error.strerror or error}") from error
    except ReadError as error:
        if passing := _tell_passing(error):
            raise passing from error
        raise
    except RetrieverError as error:
        raise UnfinishedReadError(str(error), hint=error.hint) from error
    except MemoryError as error:
        raise UnfinishedReadError(f"the file cannot be read: {TOO_MUCH_MEMORY}") from error
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # One file must not end the reading of others, and libraries that are not written in Python have exceptions
        # that are no Exception.
        raise UnfinishedReadError(f"the file cannot be read: {describe_failure(error)}") from error


def _tell_passing(error: ReadError) -> UnfinishedReadError | None:
    """The error for a file that may be read another time, if the machine lacked something; None if the file is broken.

    Readers take whatever their libraries raise for a broken file.
    """
    reason = "" if isinstance(error, UnfinishedReadError) else _find_passing(error)
    return UnfinishedReadError(f"the file cannot be read: {reason}") if reason else None


def _find_passing(error: BaseException) -> str:
    """What the machine lacked, if that led to an error."""
    cause: BaseException | None = error
    for _ in range(MAX_CAUSES):
        is_xml = isinstance(cause, SyntaxError) and getattr(cause, "code", None) == XML_NO_MEMORY
        if is_xml or isinstance(cause, MemoryError):
            return TOO_MUCH_MEMORY
        # Libraries raise OSError without a number for files of a wrong form, and the system EINVAL for places in them.
        if isinstance(cause, OSError) and cause.errno not in (None, errno.EINVAL):
            return cause.strerror or str(cause)
        cause = cause.__cause__ or cause.__context__ if cause else None
    return ""


def _require_contents(source: Source) -> None:
    if source.data is None and not stat.S_ISREG(source.path.stat().st_mode):
        raise ReadError("not a regular file")
    if not source.size:
        # Readers of containers would take it for a broken one.
        raise EmptyFileError("the file is empty")


def _expand(source: Source, items: Iterator[Document | Member]) -> Iterator[Document]:
    """The documents of a file with those of its members in their places."""
    unread: Counter[str] = Counter()
    for item in items:
        if isinstance(item, Document):
            yield item
        elif _is_read(item):
            yield from _read_member(source, item)
        else:
            unread[os.path.splitext(item.name)[1].lower()] += 1
    if unread:
        named = [f"{count:,} {extension}" for extension, count in unread.most_common(NAMED_EXTENSIONS)]
        if others := len(unread) - len(named):
            named.append(f"{others:,} other types")
        source.notice(f"not indexed (unsupported type): {', '.join(named)}")


def _is_read(member: Member) -> bool:
    """Whether a member is read, which takes its unpacking; one without an extension may be of any format."""
    extension = os.path.splitext(member.name)[1]
    return member.reader is not None or not extension or is_supported(member.name)


def _read_member(container: Source, member: Member) -> Iterator[Document]:
    """The documents of a member. What cannot be read is reported, and the others of the container still are."""
    source = container.enclose(member.name)
    if not source.host.enter(source.name):
        return
    try:
        if source.depth > MAX_DEPTH:
            raise ReadError(f"it lies in more than {MAX_DEPTH} containers")
        yield from _read(replace(source, data=member.unpack()), member.reader)
    except EmptyFileError as error:
        source.notice(str(error))
    except ReadError as error:
        source.report(describe_error(source.name, _tell_passing(error) or error))
    finally:
        container.host.enter(container.name)


def describe_error(name: str, error: ReadError) -> SkippedSource:
    """What is reported of a source that cannot be read."""
    reason = f"{error}; {error.hint}" if error.hint else str(error)
    return SkippedSource(name, reason, unfinished=isinstance(error, UnfinishedReadError))


def describe_failure(error: BaseException) -> str:
    """An unexpected exception of a reader, in one line."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    message = " ".join(str(error).split())[:MAX_FAILURE]
    return f"its reader failed with {type(error).__name__}" + (f": {message}" if message else "")
