"""Compaction, going back and repair, killed at every marked instant: the index is as it was or as it will be."""

from __future__ import annotations

import pytest
from index_corpus import changes, contents
from index_process import run

from retriever.index.local.index import LocalIndex

# Each attempt is a fork of a process that has started no threads; only forks open the index.
SCRIPT = """
import shutil, traceback
from retriever.index.local.integrity.repair import examine, repair_files
from retriever.index.local.segment import live_contents
from retriever.index.local.integrity.verify import verify

def compact(path):
    LocalIndex.open(path, limits=Limits(generations=1)).compact()

def rollback(path):
    LocalIndex.open(path).rollback()

def repair(path):
    index = LocalIndex(path)
    with index.writing():
        repair_files(path, examine(path), lambda entry: again(path, entry), lambda: None)

def again(path, entry):
    for row, passages, terms in live_contents(path, entry):
        made = addition(row.document.key, [passage.text for passage in passages])
        yield Addition(row.document, passages, made.vectors, terms)

def apart(work):
    child = os.fork()
    if not child:
        code = 3
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def killed(path, act, stop):
    seen = 0

    def checkpoint(name):
        nonlocal seen
        seen += 1
        if seen == stop:
            os.kill(os.getpid(), signal.SIGKILL)

    durable.checkpoint = checkpoint
    act(path)

def check(path, *allowed):
    # Before a repair is done, the index is damaged still.
    if act is not repair or allowed == (AFTER,):
        assert verify(path, deep=True) == [], verify(path, deep=True)
        assert contents(open_index(path)) in allowed

def go_on(path):
    check(path, BEFORE, AFTER)
    # Once it is done, to go back once more would lead to where it came from.
    if act is not rollback or contents(open_index(path)) == BEFORE:
        act(path)
    check(path, AFTER)

stops = 0
while True:
    stops += 1
    path = root.with_name(f"copy{stops}")
    shutil.copytree(root, path)
    code = apart(lambda: killed(path, act, stops))
    if not code:
        break
    assert code == -9, code
    assert apart(lambda: go_on(path)) == 0
tell(stops)
"""


@pytest.mark.parametrize("act", ["compact", "rollback", "repair"])
def test_a_kill_at_every_marked_instant(index: LocalIndex, corpus: dict[str, list[str]], act: str) -> None:
    index.commit(changes(["a"], {"b": ["tea", "roof"], "n": ["sky"]}))
    newest = contents(index)
    index.close()
    if act == "repair":
        next(index.path.glob("segments/00000002-*/ids.npy")).write_bytes(b"")
    after = corpus if act == "rollback" else newest
    head, _, rest = SCRIPT.partition("stops = 0\n")
    code, out, err = run(f"{head}act, BEFORE, AFTER = {act}, {newest!r}, {after!r}\nstops = 0\n{rest}", index.path)
    assert code == 0, err
    assert int(out) >= 8
