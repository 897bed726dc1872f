"""What the processes that a server starts get to know of it."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from server_process import build_index, start
from small_index import paragraph, write

WRITER = "w" * 32


def _read(process: object, name: str) -> bytes:
    """A file of a process below /proc; nothing of one that has ended meanwhile."""
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except OSError:
        return b""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="environments are in /proc on Linux only")
def test_the_processes_that_read_documents_do_not_get_the_token(tmp_path: Path) -> None:
    build_index(tmp_path / "indexes" / "port", write(tmp_path / "docs", {"page.html": "<p>The lamp is lit.</p>"}))
    with start(tmp_path, "--index", "port", "--writable", RETRIEVER_TOKEN=WRITER) as server:
        write(tmp_path / "docs", {f"{number}.html": f"<p>{paragraph(number)}</p>" for number in range(16)})
        pid = server.process.pid
        found: set[bytes] = set()
        ended = threading.Event()

        def watch() -> None:  # all the time: a child may live for less than is between two events
            while not ended.wait(0.002):
                threads = os.listdir(f"/proc/{pid}/task")
                children = b" ".join(_read(pid, f"task/{thread}/children") for thread in threads).decode().split()
                # Until it has become another program, a child shows the memory of its parent.
                begun = [child for child in children if _read(child, "cmdline") != _read(pid, "cmdline")]
                found.update(_read(child, "environ") for child in begun)

        with ThreadPoolExecutor(1) as pool:
            watching = pool.submit(watch)
            headers = {"Authorization": f"Bearer {WRITER}"}
            httpx.post(f"{server.url}/v1/sync", json={}, headers=headers, timeout=60)
            ended.set()
            watching.result()
    assert any(found)
    assert not any(WRITER.encode() in environ for environ in found)
