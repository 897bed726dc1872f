"""``retriever serve`` as a process: started, asked through its port, and stopped by a signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fork_server import COMMAND, ForkedPopen, run

from retriever import Retriever

FILES = {
    "harbour.md": "# The harbour\n\n## Permits\n\nBoats longer than nine metres need a permit, which costs forty "
    "crowns a year.\n\n## Tides\n\nAt low tide the north quay is closed to all boats.\n",
    "lifts/电梯.txt": "老旧小区改造方案\n\n一、加装电梯\n每部电梯由县财政补贴十五万元，其余费用由各楼层业主分摊。\n",
    "library 2021-06-01.md": "# The library\n\nThe reading room stays open until ten during the examination "
    "weeks in June.\n",
}


def list_children(process: int) -> list[int]:
    """The processes that a process of Linux has started."""
    threads = Path(f"/proc/{process}/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]


@dataclass
class ServerProcess:
    """A running server, where it answers, and the file of what it writes to standard error."""

    process: subprocess.Popen[bytes]
    url: str
    errors: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def log(self) -> list[dict[str, Any]]:
        """The log so far, without a line that is being written."""
        lines = self.errors.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    def stop(self) -> int:
        """Ask it to end as an operator does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def build_index(location: Path, *sources: Path) -> None:
    with Retriever.open(location, create=True) as retriever:
        retriever.sync(*sources)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    own = {"RETRIEVER_HOME": "indexes", "RETRIEVER_CONFIG": "", "RETRIEVER_LANG": "en"}
    return {**os.environ, **own, **variables}


@contextmanager
def start(folder: Path, *arguments: str, **variables: str) -> Iterator[ServerProcess]:
    """A server on a free port; its home of indexes is ``indexes`` in ``folder``, which is its working folder."""
    command = [COMMAND, "serve", "--port", "0", *arguments]
    with tempfile.NamedTemporaryFile(prefix="retriever-server-", suffix=".log") as errors:
        process = ForkedPopen(command, cwd=folder, env=environment(variables), stderr=errors)
        try:
            path = Path(errors.name)
            yield ServerProcess(process, _wait_until_ready(process, path), path)
        finally:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], errors: Path) -> str:
    """The URL, once the server has written it."""
    while True:
        ended = process.poll() is not None
        written = errors.read_text(encoding="utf-8")
        ready = [line for line in written.splitlines(keepends=True) if line.startswith("serving ")]
        if ready and ready[0].endswith("\n"):
            return ready[0].split()[-1]
        assert not ended, f"the server did not start: {written}"
        time.sleep(0.02)


def run_until_end(folder: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """The exit code and the errors of a server that is expected not to start."""
    command = [COMMAND, "serve", "--port", "0", *arguments]
    code, _, errors = run(command, b"", cwd=folder, env=environment(variables), timeout=60)
    return code, errors.decode()
