"""Many threads and few files that may be open: an index that is whole is never called damaged."""

from __future__ import annotations

import os
import threading

from index_process import run

from retriever.index.passage_store import PassageReader


def test_threads_that_have_asked_leave_few_files_open(index):
    [view] = index.snapshot().views
    store = PassageReader(view.segment.passages.path)
    together = threading.Barrier(16)
    real = store._connect

    def connect():
        # Each thread has a connection of its own before the first asks.
        connection = real()
        together.wait()
        return connection

    store._connect = connect
    before = len(os.listdir("/proc/self/fd"))
    threads = [threading.Thread(target=store.languages) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < len(os.listdir("/proc/self/fd")) - before <= 4


def test_too_many_open_files_are_no_reason_to_build_anew(index):
    code, out, err = run(
        """
import resource
from retriever.errors import IndexCorruptError
snapshot = open_index(root).snapshot()
opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(50)]
resource.setrlimit(resource.RLIMIT_NOFILE, (len(opened), 4096))
try:
    snapshot.statistics()
except IndexCorruptError as error:
    tell(error.hint)
""",
        index.path,
    )
    assert code == 0, err
    assert "ulimit -n" in out
    assert "--rebuild" not in out
