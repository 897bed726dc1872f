"""A process of a pool beside the program that started it: its signals, its streams, its end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from retriever import Document, Retriever, RetrieverPool

SCRIPT = """
import sys
from retriever import Retriever, RetrieverPool

pool = RetrieverPool([Retriever.open(sys.argv[1])], 2)
print(len(pool.search("quay")), *(process.number for process in pool._processes.running), flush=True)
"""
on_linux = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="processes are listed in /proc on Linux only"
)


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("pooled") / "index"
    with Retriever.open(place, create=True) as retriever:
        retriever.add([Document("quay", "At low tide the north quay is closed.")])
    return place


def wait_until_gone(process: str) -> None:
    while Path(f"/proc/{process}").exists():
        time.sleep(0.01)


@on_linux
def test_a_program_needs_no_guard_and_its_processes_end_with_it(location: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    ended = subprocess.run([sys.executable, str(script), str(location)], check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    hits, process = ended.stdout.split()
    assert hits == "1"
    wait_until_gone(process)


@on_linux
def test_they_end_where_the_program_is_killed(location: Path) -> None:
    code = f"{SCRIPT}import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, str(location)], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        _, process = program.stdout.readline().split()
        program.kill()
    wait_until_gone(process)


def test_one_that_starts_notices_neither_ctrl_c_nor_the_end_of_a_service(
    location: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            # The interpreter has just been executed, and imports for half a second.
            self.send_signal(signal.SIGINT)
            self.send_signal(signal.SIGTERM)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with RetrieverPool([Retriever.open(location)], 2) as pool:
        pool.start()
        assert len(pool.search("quay")) == 1
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & {signal.SIGINT, signal.SIGTERM}
    assert capfd.readouterr().err == ""
