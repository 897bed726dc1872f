"""Reads exports in Parquet in a child process with limits, since a page of a few bytes may unpack to gigabytes.

The child gives the export in JSON Lines, and at the end either ``END`` or why it cannot be read.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import IO, Any

from retriever.documents.interface import format_bytes
from retriever.documents.limits import MB, Enforcer, ReadLimits, die_with_parent
from retriever.documents.process import StartError, UpgradedError, module_paths, start_child
from retriever.documents.protocol import digest_code
from retriever.documents.worker import take_pipe
from retriever.errors import MissingExtraError, ReadError
from retriever.index.files.json_values import parse_json
from retriever.maintenance import parquet
from retriever.maintenance.exchange import Exported, Header, damage_error
from retriever.maintenance.json_lines import format_line, parse_item, to_fields

START = (
    "import json, sys; sys.path[:], asked = json.loads(sys.stdin.buffer.readline()); "
    "from retriever.maintenance.parquet_process import main; main(asked)"
)
END: Mapping[str, Any] = {"end": True}
# What a file may take beyond an idle process, and for each of its bytes or megabytes. A group of rows is unpacked at
# once, and one document with all its passages.
MEMORY, MEMORY_A_BYTE = 1024 * MB, 8
SECONDS, SECONDS_A_MB = 60, 15
# Bytes of JSON Lines that it may become.
OUTPUT, OUTPUT_A_BYTE = 128 * MB, 64


def _digest_code() -> int:
    return digest_code(__file__, "parquet.py", "json_lines.py", "exchange.py")


# Of the code that this process runs; a child runs what is on the disk.
CODE = _digest_code()


def limits_of(size: int) -> ReadLimits:
    """The limits for a file of ``size`` bytes."""
    return ReadLimits(
        MEMORY + MEMORY_A_BYTE * size, SECONDS + SECONDS_A_MB * (size // MB), OUTPUT + OUTPUT_A_BYTE * size
    )


def read(path: Path) -> tuple[Header, Iterator[Exported]]:
    """As ``parquet.read``, in a child process; in this one where none can be started.

    Raises ReadError also for a file that goes beyond its limits, and where this process was upgraded as it ran.
    """
    if _digest_code() != CODE:
        raise UpgradedError
    try:
        child = start_child(START)
    except StartError:
        return parquet.read(path)
    limits = limits_of(os.stat(path).st_size)
    values = _receive(child, path, limits)
    try:
        header = Header.from_dict(next(values), path)
    except BaseException:
        values.close()
        raise
    return header, (parse_item(value, header, path) for value in values)


def _receive(child: subprocess.Popen[bytes], path: Path, limits: ReadLimits) -> Generator[dict[str, Any], None, None]:
    """The values that the child gives. It is ended when nobody wants more of them."""
    asked = {"path": str(path), "limits": astuple(limits)}
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        with suppress(OSError):
            child.stdin.write(f"{json.dumps([module_paths(), asked])}\n".encode())
            child.stdin.close()
        for line in child.stdout:
            value = _parse(line, path)
            if value == END:
                return
            if "failed" in value:
                raise _restore_error(value)
            yield value
        allowed = f"{format_bytes(limits.memory)} of memory or {limits.seconds} seconds"
        raise parquet.unpacking_error(path, f"it takes more than {allowed}, or fails")
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def _parse(line: bytes, path: Path) -> dict[str, Any]:
    try:
        value = parse_json(line)
    except ValueError as error:
        raise damage_error(path, str(error)) from error
    return value if isinstance(value, dict) else {}


def _restore_error(value: Mapping[str, Any]) -> ReadError | MissingExtraError:
    kind = MissingExtraError if value["failed"] == "extra" else ReadError
    return kind(str(value.get("message")), hint=str(value.get("hint")))


def main(asked: Mapping[str, Any]) -> None:
    """Give an export, by its path and limits, on standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()
    # The pools of the others reserve room that they do not use.
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    replies = take_pipe(1, "wb")
    with suppress(BrokenPipeError):
        _give(Path(asked["path"]), ReadLimits(*asked["limits"]), replies)
        replies.flush()
    # Whoever has read what it wanted has closed the pipe; there is nothing to clean up.
    os._exit(0)


def _give(path: Path, limits: ReadLimits, output: IO[bytes]) -> None:
    try:
        parquet.require()
        Enforcer().begin(limits)
        header, documents = parquet.read(path)
        output.write(format_line(header.to_dict()))
        given = 0
        for item in documents:
            line = format_line(to_fields(item))
            given += len(line)
            if given > limits.output:
                raise parquet.unpacking_error(path, f"it becomes more than {format_bytes(limits.output)}")
            output.write(line)
        output.write(format_line(END))
    except (ReadError, MissingExtraError) as error:
        kind = "extra" if isinstance(error, MissingExtraError) else "file"
        output.write(format_line({"failed": kind, "message": str(error), "hint": error.hint}))
