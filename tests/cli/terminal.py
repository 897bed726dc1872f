"""The command on a pseudo-terminal: its output, and its response to keys."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
from pathlib import Path
from types import TracebackType

from cli_kit import COMMAND, environment
from fork_server import ForkedPopen

CTRL_C = "\x03"
CTRL_D = "\x04"
PATIENCE = 120
PRESS_AGAIN = 5
# A terminal sends Ctrl-C to the processes that it controls: take it, then be the command.
_SHIM = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
del sys.argv[0]
from retriever_cli.__main__ import main
main()
"""


class Terminal:
    """A ``retriever`` whose standard streams are one terminal of 80 columns."""

    def __init__(self, *arguments: str | Path, cwd: Path, env: dict[str, str] | None = None) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._process = ForkedPopen(
            [sys.executable, "-c", _SHIM, COMMAND, *map(str, arguments)],
            cwd=cwd,
            env=environment(**(env or {})),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._raw = b""
        self._seen = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    @property
    def raw(self) -> str:
        """All output so far, escape sequences included."""
        return self._raw.decode(errors="replace")

    @property
    def output(self) -> str:
        """All output so far as plain lines."""
        return re.sub(r"\x1b(\[[0-9;?]*[a-zA-Z]|[()].|[=>])", "", self.raw).replace("\r", "")

    def expect(self, text: str) -> str:
        """Wait for ``text`` in new output, and return the output up to its end."""
        while (found := self.output.find(text, self._seen)) < 0:
            assert self._read(), f"{text!r} did not come; there is {self.output[self._seen :]!r}"
        before, self._seen = self._seen, found + len(text)
        return self.output[before : self._seen]

    def send(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def interrupt(self, text: str) -> str:
        """Press Ctrl-C until ``text`` comes: line editing in Python misses a Ctrl-C in the instant after a key."""
        for _ in range(PATIENCE // PRESS_AGAIN):
            self.send(CTRL_C)
            if select.select([self._master], [], [], PRESS_AGAIN)[0]:
                break
        return self.expect(text)

    def end(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        return self._process.wait(PATIENCE)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], PATIENCE)
        assert ready, f"nothing came for {PATIENCE} s after {self.output[self._seen :]!r}"
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux: the other side has been closed.
            return False
        self._raw += data
        return bool(data)
