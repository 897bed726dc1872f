"""Processes that fork, or end, while retriever is at work in them: real ones, as servers and scripts do it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from forked import in_child

from retriever import Document, Progress, Retriever
from retriever.errors import IndexLockedError, UsageError
from retriever.models.bundled import load
from retriever.models.bundled.cache import ENVIRONMENT, MANIFEST

QUESTION = "when is the lamp on the pier lit?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the bundled model."""
    folder = tmp_path_factory.mktemp("forks") / "index"
    with Retriever.open(folder, create=True) as retriever:
        texts = ["The lamp on the pier is lit at dusk.", "The office closes at noon.", "A ferry leaves every hour."]
        retriever.add([Document(f"d{number}", text=text) for number, text in enumerate(texts)])
    return folder


def run(code: str, *arguments: object, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """A process of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


# Children are forked one after the other from the first instant of the first call on, so at all stages of it; what a
# child does not say within a minute of the last fork it never says.
FORKS = """
import os, sys, threading, time
from retriever import Retriever
retriever = Retriever.open(sys.argv[1])
call = (lambda: retriever.warm()) if sys.argv[2] == "warm" else (lambda: retriever.search(sys.argv[3]))
first = threading.Thread(target=call)
first.start()
children = []
for number in range(int(sys.argv[4])):
    child = os.fork()
    if not child:
        try:
            os._exit(0 if retriever.search(sys.argv[3])[0].document == "d0" else 3)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    children.append(child)
    time.sleep(0.01 * number)
first.join()
end = time.monotonic() + 60
while children and time.monotonic() < end:
    child, status = os.waitpid(-1, os.WNOHANG)
    if child:
        children.remove(child)
        print(status)
    time.sleep(0.01)
for child in children:
    os.kill(child, 9)
    print("hangs")
"""


@pytest.mark.parametrize("call", ["search", "warm"])
def test_children_forked_during_the_first_call_answer(index: Path, call: str) -> None:
    ended = run(FORKS, index, call, QUESTION, 6)
    assert (ended.stdout.split(), ended.stderr) == (["0"] * 6, "")


def test_children_forked_during_a_sync_answer(index: Path, tmp_path: Path) -> None:
    code = FORKS.replace(
        "call = ", "from retriever import Document\nwriter = Retriever.open(sys.argv[5], create=True)\n"
        "documents = (Document(str(i), text=f'{i} boats lay in the harbour of {i}. ' * 9) for i in range(24))\n"
        "call = (lambda: writer.add(documents)) if sys.argv[2] == 'add' else "
    )  # fmt: skip
    ended = run(code, index, "add", QUESTION, 6, tmp_path / "written")
    assert (ended.stdout.split(), ended.stderr) == (["0"] * 6, "")
    with Retriever.open(tmp_path / "written") as written:
        assert written.status().documents == 24
        assert written.verify() == []


SEARCHES_AT_THE_END = """
import sys, threading, time
from retriever import Retriever
retriever = Retriever.open(sys.argv[1])
retriever.warm()
def ask():
    number = 0
    while True:
        number += 1
        retriever.search(f"{sys.argv[2]} {number}", k=3)
for _ in range(4):
    threading.Thread(target=ask, daemon=True).start()
time.sleep(float(sys.argv[3]))
"""


def test_searches_in_daemon_threads_end_with_the_interpreter(index: Path) -> None:
    # Without waiting, about one in three is aborted.
    ends = [run(SEARCHES_AT_THE_END, index, QUESTION, 0.03 * number) for number in range(4)]
    assert [(ended.returncode, ended.stderr) for ended in ends] == [(0, "")] * 4


SERVER = """
import os, threading
from retriever import Retriever
retriever = Retriever.open({index!r})
threading.Thread(target=retriever.warm, daemon=True).start()
def application(environment, start_response):
    body = f"{{os.getpid()}} {{retriever.search({question!r})[0].document}}".encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""


@pytest.fixture
def server(index: Path, tmp_path: Path) -> Iterator[Path]:
    """The socket of a gunicorn of two workers, which loads the application before it forks them."""
    (tmp_path / "app.py").write_text(SERVER.format(index=str(index), question=QUESTION))
    socket_path = tmp_path / "s"
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers=2", f"--bind=unix:{socket_path}",
               "--no-control-socket", "--timeout=60", f"--chdir={tmp_path}", "app:application"]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield socket_path
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def ask(path: Path) -> tuple[str, str]:
    """The number of the process that answers, and the document that it names."""
    deadline = time.monotonic() + 60
    while True:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            try:
                connection.connect(str(path))
            except OSError:
                if time.monotonic() > deadline:
                    raise
                continue
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            with connection.makefile("rb") as answer:
                process, document = answer.read().rpartition(b"\r\n\r\n")[2].decode().split()
            return process, document


def test_workers_of_gunicorn_answer_that_were_forked_while_a_thread_warmed_up(server: Path) -> None:
    answers = set()
    deadline = time.monotonic() + 60
    while len(answers) < 2 and time.monotonic() < deadline:
        with ThreadPoolExecutor(8) as pool:
            answers.update(pool.map(ask, [server] * 8))
    assert len(answers) == 2, "only one of the workers answers"
    assert {document for _, document in answers} == {"d0"}


def documents(count: int = 300) -> Iterator[Document]:
    return (Document(f"n{number}", text=f"Boat {number} lies at the quay.") for number in range(count))


def test_a_child_that_lives_on_does_not_keep_what_its_parent_wrote_locked(tmp_path: Path) -> None:
    children: list[int] = []
    end, ended = os.pipe()

    def fork_one(_: Progress) -> None:
        if not children and (child := os.fork()):
            children.append(child)
        elif not children:
            os.close(ended)
            os.read(end, 1)  # until the parent closes its end
            os._exit(0)

    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as retriever:
        retriever.add(documents(), on_progress=fork_one)
        assert children
        try:
            with Retriever.open(tmp_path / "index", model=FakeEncoder()) as another:
                another.add([Document("late", text="A late boat.")])
        finally:
            os.close(ended)
            os.waitpid(children[0], 0)
        assert retriever.status().documents == 301


def test_a_child_does_not_end_what_its_parent_began(tmp_path: Path) -> None:
    forked: list[int] = []

    def go_on_in_both(_: Progress) -> None:
        if not forked:
            forked.append(os.fork())

    retriever = Retriever.open(tmp_path / "index", create=True, model=FakeEncoder())
    try:
        retriever.add(documents(), on_progress=go_on_in_both)
    except UsageError as error:
        os._exit(0 if not forked[0] and "was forked while" in str(error) else 1)
    except BaseException:
        os._exit(2)
    if not forked[0]:
        os._exit(3)
    assert os.waitpid(forked[0], 0)[1] == 0
    assert retriever.status().documents == 300
    assert retriever.verify() == []


def test_a_child_can_write_once_its_parent_is_done(tmp_path: Path) -> None:
    retriever = Retriever.open(tmp_path / "index", create=True, model=FakeEncoder())
    retriever.add(documents(3))

    def write() -> None:
        retriever.add([Document("of a child", text="A boat of a child.")])

    def refuse() -> None:
        with pytest.raises(IndexLockedError, match=f"process {os.getppid()}"):
            write()

    in_child(write)
    assert retriever.status().documents == 4
    with retriever._index.writing():
        in_child(refuse)
    retriever.add([Document("after", text="A boat after that.")])
    assert retriever.status().documents == 5
    assert retriever.verify() == []


def test_a_callback_that_hears_of_the_model_may_wait_for_a_thread_that_forks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled_folder = load.prepare()

    def build(folder: Path, on_progress: Callable[[str, float], None]) -> None:
        for file in bundled_folder.iterdir():
            if file.name != MANIFEST:
                (folder / file.name).symlink_to(file)
        on_progress("preparing", 1.0)

    heard: list[str] = []

    def wait(progress: Progress) -> None:
        if progress.stage == "model":
            thread = threading.Thread(target=in_child, args=(lambda: None,), daemon=True)
            thread.start()
            thread.join(60)
            assert not thread.is_alive()
            heard.append(progress.detail)

    monkeypatch.setattr(load, "_build", build)
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "first"))
    with Retriever.open(tmp_path / "index", create=True) as retriever:
        retriever.add([Document("a", "The quay is closed.")], on_progress=wait)
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "second"))
    with Retriever.open(tmp_path / "index") as retriever:
        retriever.warm(wait)
    assert heard == ["preparing"] * 2
