"""A pool answers as its retrievers do, and its processes are replaced when they end."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pool_work
import pytest
from forked import in_child
from interrupted import interrupt_everywhere, uninterrupted
from small_index import write

from retriever import ContextOptions, Document, IndexedDocument, Retriever, RetrieverPool, SearchOptions
from retriever.errors import (
    FilterError,
    IndexNotFoundError,
    ProcessError,
    ProcessTimeoutError,
    RetrieverError,
    UsageError,
)
from retriever.pool import process as pool_process

HARBOUR = {
    "harbour.md": "# The harbour\n\n## Permits\n\nBoats longer than nine metres need a permit, which costs forty "
    "crowns a year.\n\n## Tides\n\nAt low tide the north quay is closed to all boats.\n",
    "lifts.txt": "老旧小区改造方案\n\n一、加装电梯\n每部电梯由县财政补贴十五万元，其余费用由各楼层业主分摊。\n",
}
LIBRARY = {"library.md": "---\nyear: 2021\n---\n# The library\n\nThe reading room stays open until ten in June.\n"}
QUESTIONS = ["What does a permit for a boat cost?", "加装电梯谁出钱？", "When is the reading room open?", "quay"]
OPTIONS = [
    SearchOptions(),
    SearchOptions(1, "lexical", context=1),
    SearchOptions(3, "dense", rerank=0, explain=True),
    SearchOptions(where="source ~ '*.md'", diverse=True),
]
on_linux = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="processes are listed in /proc on Linux only"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pooled")
    for name, files in (("harbour", HARBOUR), ("library", LIBRARY)):
        with Retriever.open(made / "indexes" / name, create=True) as retriever:
            retriever.sync(write(made / name, files))
    return made


@pytest.fixture(scope="module")
def retriever(folder: Path) -> Iterator[Retriever]:
    with Retriever.open(folder / "indexes" / "harbour") as opened:
        yield opened


@pytest.fixture(scope="module")
def pool(retriever: Retriever) -> Iterator[RetrieverPool]:
    """One process, so that the next call is answered by it or by what took its place."""
    made = RetrieverPool([retriever], 1)
    yield made
    made.stop()


def wait_until_written(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def wait_until_gone(process: int) -> None:
    while Path(f"/proc/{process}").exists():
        time.sleep(0.01)


@pytest.mark.parametrize("options", OPTIONS)
def test_it_answers_as_its_retriever(pool: RetrieverPool, retriever: Retriever, options: SearchOptions) -> None:
    for question in QUESTIONS:
        found = pool.search_with(question, options)
        assert found == retriever.search_with(question, options)
        assert found.took_ms > 0
    assert pool.search_many_with(QUESTIONS, options) == retriever.search_many_with(QUESTIONS, options)
    assert pool.location == retriever.location


def test_contexts_and_checks_of_citations_are_those_of_its_retriever(pool: RetrieverPool, retriever: Retriever) -> None:
    history = iter([{"role": "user", "content": QUESTIONS[0]}])
    context = pool.context("And when is the quay closed?", history=history)
    assert context == retriever.context("And when is the quay closed?", history=[QUESTIONS[0]])
    answer = "A permit costs forty crowns [1]. The quay is closed at high tide [1]."
    context = pool.context(QUESTIONS[0], 200)
    assert pool.check_citations(answer, context) == retriever.check_citations(answer, context)


def test_several_indexes_are_searched_as_one(folder: Path) -> None:
    with RetrieverPool([Retriever.open(folder / "indexes" / name) for name in ("harbour", "library")], 1) as both:
        assert {both.search(question)[0].index for question in QUESTIONS} == {
            str(folder / "indexes" / "harbour"),
            str(folder / "indexes" / "library"),
        }
        assert both.search(QUESTIONS[2])[0].document.endswith("library.md")


def test_functions_of_the_program_are_called_in_it(pool: RetrieverPool, retriever: Retriever) -> None:
    called: set[int] = set()

    def note(_: IndexedDocument) -> bool:
        called.add(os.getpid())
        return True

    assert pool.search(QUESTIONS[0], where=note) == retriever.search(QUESTIONS[0])
    assert pool.search_many(QUESTIONS, where=note) == retriever.search_many(QUESTIONS)

    def count(text: str) -> int:
        called.add(-os.getpid())
        return len(text)

    context = pool.context_with(QUESTIONS[0], ContextOptions(2000, tokenizer=count))
    assert context.text == retriever.context(QUESTIONS[0], 2000, tokenizer=count).text
    assert called == {os.getpid(), -os.getpid()}


def test_a_commit_is_found_by_the_next_question(tmp_path: Path) -> None:
    with Retriever.open(tmp_path / "index", create=True) as retriever, RetrieverPool([retriever], 2) as pool:
        for number in range(4):
            retriever.add([Document(f"boat-{number}", f"Boat {number} lies at the quay.")])
            for _ in range(3):
                assert len(pool.search("boats at the quay", duplicates="show")) == number + 1


def test_more_threads_than_processes_get_their_own_answers(retriever: Retriever) -> None:
    questions = [f"{number}: {QUESTIONS[number % 4]}" for number in range(60)]
    with RetrieverPool([Retriever.open(retriever.location)], 2) as two, ThreadPoolExecutor(8) as threads:
        found = list(threads.map(two.search, questions))
        assert len(two._processes.running) == 2
    assert found == [retriever.search(question) for question in questions]


def test_errors_arrive_as_they_were_raised(pool: RetrieverPool) -> None:
    with pytest.raises(FilterError, match="unexpected") as raised:
        pool.search("boat", where="year >>= 3")
    assert (raised.value.position, raised.value.expression, raised.value.hint) == (6, "year >>= 3", "expected a value")
    with pytest.raises(RetrieverError, match="not today") as refused:
        pool.call(pool_work.refuse)
    assert refused.value.hint == "ask tomorrow"
    with pytest.raises(RuntimeError, match="OSError: no such page"):
        pool.call(pool_work.fail)
    with pytest.raises(RuntimeError, match="pickle"):
        pool.call(pool_work.give_function)
    assert pool.call(pool_work.print_much) == "printed"


def test_what_cannot_be_sent_is_refused(pool: RetrieverPool) -> None:
    process = pool.call(pool_work.find_process)
    for work, value in ((pool_work.give_back, lambda: 1), (lambda _: 1, 1), (pool_work.give_back, threading.Lock())):
        with pytest.raises(UsageError, match="cannot be sent to another process"):
            pool.call(work, value)
    error = ValueError("a value like any other")
    assert repr(pool.call(pool_work.give_back, error)) == repr(error)
    assert pool.call(pool_work.find_process) == process


def test_the_question_of_one_that_has_ended_is_answered_by_another(retriever: Retriever) -> None:
    replaced: list[int] = []
    pool = RetrieverPool([retriever], 1, on_replaced=replaced.append)
    before = pool.call(pool_work.find_process)
    os.kill(before, signal.SIGKILL)
    after = pool.call(pool_work.find_process)
    assert after not in (before, os.getpid())
    assert pool.call(pool_work.find_process) == after
    assert replaced == [after]
    pool.stop()


def test_what_ends_two_processes_is_not_tried_again(pool: RetrieverPool, retriever: Retriever, tmp_path: Path) -> None:
    note = tmp_path / "note"
    pool.start()
    with pytest.raises(ProcessError, match="has ended"):
        pool.call(pool_work.die, str(note))
    assert note.read_text() == "called\n" * 2
    assert pool.search(QUESTIONS[0]) == retriever.search(QUESTIONS[0])


def test_what_does_not_end_keeps_no_process(retriever: Retriever, tmp_path: Path) -> None:
    pool = RetrieverPool([retriever], 1, seconds=1)
    before = pool.call(pool_work.find_process)
    with pytest.raises(ProcessTimeoutError, match="no answer within 1 seconds"):
        pool.call(pool_work.wait, str(tmp_path / "note"), str(tmp_path / "end"))
    assert (tmp_path / "note").read_text() == "called\n"
    assert pool.call(pool_work.find_process) != before
    pool.stop()


def test_an_answer_that_nobody_waits_for_any_more_is_not_that_of_the_next_question(retriever: Retriever) -> None:
    """A signal raises anywhere while a question is asked; the next question gets its own answer."""
    pool = RetrieverPool([retriever], 1)
    numbers = iter(range(10_000))

    def ask() -> None:
        assert pool.call(pool_work.give_back, 5) == 5

    def check() -> None:
        with uninterrupted():
            number = next(numbers)
            assert pool.call(pool_work.give_back, number) == number
            assert [process.owner for process in pool._processes.running] == [None]

    check()
    interrupt_everywhere(ask, check)
    pool.stop()


def test_what_handles_a_signal_asks_another_process(retriever: Retriever) -> None:
    pool = RetrieverPool([retriever], 1)
    pool.start()
    inner: list[object] = []

    def ask(*_: object) -> None:
        inner.append(pool.call(pool_work.give_back, f"inner {len(inner)}"))

    before = signal.signal(signal.SIGALRM, ask)
    try:
        for number in range(1, 5):
            signal.setitimer(signal.ITIMER_REAL, 0.001 * number)  # once, so that none is nested in another
            while len(inner) < number:
                assert pool.call(pool_work.give_back, "outer") == "outer"
    finally:
        signal.signal(signal.SIGALRM, before)
    assert inner == [f"inner {number}" for number in range(4)]
    assert len(pool._processes.running) == 1
    pool.stop()


def test_who_is_told_of_a_replaced_process_may_ask(retriever: Retriever) -> None:
    told: list[object] = []
    pool = RetrieverPool([retriever], 1, on_replaced=lambda number: told.append(pool.call(pool_work.find_process)))
    os.kill(pool.call(pool_work.find_process), signal.SIGKILL)
    process = pool.call(pool_work.find_process)
    assert told == [process]
    pool.stop()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on Windows")
def test_a_fork_searches_by_itself_and_ends_nothing(pool: RetrieverPool, retriever: Retriever) -> None:
    process = pool.call(pool_work.find_process)
    expected = retriever.search(QUESTIONS[0])

    def work() -> None:
        assert not pool.can_ask
        assert pool.search(QUESTIONS[0]) == expected
        pool.stop()

    in_child(work)
    assert pool.call(pool_work.find_process) == process


@on_linux
def test_a_running_question_is_answered_when_the_pool_is_closed(folder: Path, tmp_path: Path) -> None:
    pool = RetrieverPool([Retriever.open(folder / "indexes" / "library")], 2)
    pool.warm()
    idle_and_busy = [process.number for process in pool._processes.running]
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool.call, pool_work.wait, str(tmp_path / "note"), str(tmp_path / "end"))
        wait_until_written(tmp_path / "note")
        pool.close()
        (tmp_path / "end").touch()
        assert running.result() in idle_and_busy
    for process in idle_and_busy:
        wait_until_gone(process)
    with pytest.raises(UsageError, match=r"the pool of .* is closed"):
        pool.search("reading room")
    with pytest.raises(UsageError, match=r"the retriever of .* is closed"):
        pool.retrievers[0].search("reading room")
    pool.close()


def test_what_runs_when_it_is_stopped_is_broken_off(retriever: Retriever, tmp_path: Path) -> None:
    pool = RetrieverPool([retriever], 1)
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(pool.call, pool_work.wait, str(tmp_path / "note"), str(tmp_path / "end"))
        wait_until_written(tmp_path / "note")
        waiting = threads.submit(pool.call, pool_work.find_process)
        pool.stop()
        for asked in (running, waiting):
            with pytest.raises((ProcessError, UsageError)):
                asked.result()
    assert retriever.search(QUESTIONS[0])


@on_linux
def test_processes_end_with_the_pool_that_nobody_has_any_more(retriever: Retriever) -> None:
    pool = RetrieverPool([retriever], 1)
    process = pool.call(pool_work.find_process)
    del pool
    wait_until_gone(process)


def test_all_are_started_and_warmed_by_one_call(retriever: Retriever) -> None:
    pool = RetrieverPool([retriever], 3)
    pool.start()
    started = {process.number for process in pool._processes.running}
    assert len(started) == 3
    pool.warm()
    assert {process.number for process in pool._processes.running} == started
    pool.stop()


def test_what_they_cannot_open_is_told_at_once(folder: Path, tmp_path: Path) -> None:
    with Retriever.open(tmp_path / "missing", create=True) as missing, pytest.raises(IndexNotFoundError):
        RetrieverPool([missing], 2).start()
    with (
        Retriever.open(folder / "indexes" / "library", model="bundled") as given,
        pytest.raises(UsageError, match="other processes cannot search"),
    ):
        RetrieverPool([given], 1)


def test_those_of_another_version_are_not_asked(retriever: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_process, "__version__", "0.0.1")
    with pytest.raises(ProcessError, match="upgraded while this program ran"):
        RetrieverPool([retriever], 1).start()


def test_where_none_can_be_started_the_error_says_why(retriever: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(ProcessError, match="cannot be started: no such file or directory"):
        RetrieverPool([retriever], 2).search(QUESTIONS[0])


@pytest.mark.parametrize("module", ["numpy", "mmap"])
def test_what_a_process_cannot_import_the_error_says(
    retriever: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    """It imports the one at its start, the other to open an index."""
    (tmp_path / f"{module}.py").write_text(f"raise OSError('{module} has no library')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ProcessError, match=f"cannot be started: OSError: {module} has no library"):
        RetrieverPool([retriever], 1).search(QUESTIONS[0])


def test_one_that_does_not_start_in_time_is_ended(
    retriever: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text("import time; time.sleep(1000)")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(pool_process, "START_SECONDS", 0.5)
    pool = RetrieverPool([retriever], 1, seconds=0.1)
    with pytest.raises(ProcessTimeoutError, match="did not start in time"):
        pool.search(QUESTIONS[0])
    assert pool._processes.running == []


def test_an_answer_that_cannot_be_unpickled_is_told(pool: RetrieverPool) -> None:
    process = pool.call(pool_work.find_process)
    with pytest.raises(RuntimeError, match="cannot be unpickled: LookupError"):
        pool.call(pool_work.give_what_stays)
    assert pool.call(pool_work.find_process) == process


@pytest.mark.parametrize("limit", [TimeoutError, ValueError])
def test_a_limit_of_time_that_a_signal_sets_is_kept(retriever: Retriever, tmp_path: Path, limit: type) -> None:
    """It was taken for the end of the process, so that another one was asked, and nothing ended that."""
    pool = RetrieverPool([retriever], 1)
    pool.start()

    def end(*_: object) -> None:
        raise limit("over")

    before = signal.signal(signal.SIGALRM, end)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(limit, match="over"):
            pool.call(pool_work.wait, str(tmp_path / "note"), str(tmp_path / "end"))
    finally:
        signal.signal(signal.SIGALRM, before)
    assert (tmp_path / "note").read_text() == "called\n"
    assert pool.call(pool_work.give_back, 5) == 5
    pool.stop()


def test_arguments_are_checked(retriever: Retriever, pool: RetrieverPool) -> None:
    for wrong, message in (
        ({"processes": 0}, "processes"),
        ({"seconds": 0}, "seconds"),
        ({"on_replaced": 5}, "on_rep"),
    ):
        with pytest.raises(UsageError, match=message):
            RetrieverPool([retriever], **wrong)  # type: ignore[arg-type]
    for wrong in ({"query": 5}, {"query": "?"}, {"query": "quay", "k": 0}):
        with pytest.raises(UsageError) as refused:
            pool.search(**wrong)  # type: ignore[arg-type]
        with pytest.raises(UsageError) as expected:
            retriever.search(**wrong)  # type: ignore[arg-type]
        assert str(refused.value) == str(expected.value)
    with pytest.raises(UsageError, match="pickled"):
        pickle.dumps(pool)
