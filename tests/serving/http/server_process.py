"""``retriever serve`` as a process: started, asked through its port, and stopped by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retriever import Retriever

COMMAND = str(Path(sys.executable).with_name("retriever"))
FILES = {
    "harbour.md": "# The harbour\n\n## Permits\n\nBoats longer than nine metres need a permit, which costs forty "
    "crowns a year.\n\n## Tides\n\nAt low tide the north quay is closed to all boats.\n",
    "lifts/电梯.txt": "老旧小区改造方案\n\n一、加装电梯\n每部电梯由县财政补贴十五万元，其余费用由各楼层业主分摊。\n",
    "library 2021-06-01.md": "# The library\n\nThe reading room stays open until ten during the examination "
    "weeks in June.\n",
}


@dataclass
class ServerProcess:
    """A running server and where it answers."""

    process: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def stop(self) -> tuple[int, str]:
        """Ask it to end as an operator does; its exit code, and what it wrote to standard error meanwhile."""
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


def build_index(location: Path, *sources: Path) -> None:
    with Retriever.open(location, create=True) as retriever:
        retriever.sync(*sources)


@contextmanager
def start(folder: Path, *arguments: str, **variables: str) -> Iterator[ServerProcess]:
    """A server on a free port; its home of indexes is ``indexes`` in ``folder``, which is its working folder."""
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", *arguments],
        cwd=folder,
        env={**os.environ, "RETRIEVER_HOME": "indexes", "RETRIEVER_CONFIG": "", "RETRIEVER_LANG": "en", **variables},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield ServerProcess(process, _wait_until_ready(process))
    finally:
        process.kill()
        process.communicate()


def _wait_until_ready(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith("serving "):
            return line.split()[-1]
    raise AssertionError(f"the server did not start: {''.join(lines)}")
