"""The command in this process on a pseudo-terminal of any size: what it prints, as lines and their widths."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
import threading
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from cli_kit import environment
from rich.cells import cell_len

from retriever_cli.main import main

_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|\]8;[^\x1b]*\x1b\\|[()].|[=>])")


@dataclass(frozen=True)
class Screen:
    """The exit code of a command and what it printed, standard error included."""

    code: int
    raw: str

    @property
    def text(self) -> str:
        return _ESCAPES.sub("", self.raw).replace("\r\n", "\n")

    @property
    def lines(self) -> list[str]:
        """All lines; a line that was drawn again counts each time."""
        return re.split(r"[\r\n]", self.text)

    def too_wide(self, columns: int) -> list[str]:
        return [line for line in self.lines if cell_len(line) > columns]


def run_on_screen(
    *arguments: str | Path, columns: int, cwd: Path, stdin: str = "", env: dict[str, str] | None = None, rows: int = 24
) -> Screen:
    """Run ``retriever`` to its end with standard output and error on one terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    parts: list[bytes] = []
    reader = threading.Thread(target=_read, args=(master, parts))
    reader.start()
    out, err = os.fdopen(slave, "w", encoding="utf-8"), os.fdopen(os.dup(slave), "w", encoding="utf-8")
    before = Path.cwd()
    os.chdir(cwd)
    try:
        with (
            patch.dict(os.environ, environment(**(env or {})), clear=True),
            patch.multiple(
                sys,
                argv=["retriever", *map(str, arguments)],
                stdin=io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"),
                stdout=out,
                stderr=err,
            ),
            pytest.raises(SystemExit) as exit,
        ):
            main()
    finally:
        os.chdir(before)
        out.close()
        err.close()
        reader.join()
        os.close(master)
    code = exit.value.code
    return Screen(code if isinstance(code, int) else 0, b"".join(parts).decode())


def _read(master: int, parts: list[bytes]) -> None:
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # Linux: the other side has been closed.
            return
        if not data:
            return
        parts.append(data)
