"""Commands ask a running server of the same user, and answer as without it."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_kit import Run, Work, environment
from fork_server import COMMAND, ForkedPopen

from retriever import __version__

ALONE = {"RETRIEVER_SERVER": "0"}
# What a server is asked for in its time, of which no two answers have the same.
TOOK = re.compile(r'"took_ms": [0-9.]+')


class Server:
    """``retriever serve`` on a free port, with what it has written to standard error."""

    def __init__(self, folder: Path, state: Path, *arguments: str, **variables: str) -> None:
        self.errors = state / "errors.log"
        with self.errors.open("wb") as errors:
            self.process = ForkedPopen(
                [COMMAND, "serve", "--port", "0", *arguments],
                cwd=folder,
                env=environment(**{"XDG_STATE_HOME": str(state), **variables}),
                stderr=errors,
            )
        while '"event": "warm"' not in self.errors.read_text("utf-8"):
            assert self.process.poll() is None, self.errors.read_text("utf-8")

    def ask(self, path: str) -> bytes:
        """The status of an answer over TCP, without a token."""
        port = int(re.search(r"127\.0\.0\.1:(\d+)", self.errors.read_text("utf-8"))[1])  # type: ignore[index]
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return connection.makefile("rb").read().split()[1]

    def asked(self) -> list[str]:
        """The routes of the searches and contexts that it has answered with 200."""
        self.ask("/health")  # What came before it is in the log by then.
        lines = [line for line in self.errors.read_text("utf-8").splitlines() if line.startswith("{")]
        records = [json.loads(line) for line in lines if line.endswith("}")]
        answered = [one["route"] for one in records if one["event"] == "request" and one["status"] == 200]
        return [route for route in answered if route != "/health"]


@contextmanager
def serve(folder: Path, state: Path, *arguments: str, **variables: str) -> Iterator[Server]:
    server = Server(folder, state, *arguments, **variables)
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait(60)


@pytest.fixture(scope="module")
def short() -> Iterator[Path]:
    """A folder whose path leaves room for that of a socket."""
    with tempfile.TemporaryDirectory(prefix="state-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def server(work: Work, short: Path) -> Iterator[Server]:
    with serve(work.folder, short) as running:
        yield running


COMMANDS = (
    ("search", "谁出钱？", "--explain", "--context", "1"),
    ("search", "谁出钱？", "--format", "json", "--context", "1", "--explain"),
    ("search", "library on Saturday", "--format", "jsonl", "--duplicates", "show", "--diverse"),
    ("search", "library", "--format", "markdown", "--mode", "lexical", "--where", "language = en", "--short"),
    ("search", "library", "--min-score", "0.99", "--mode", "dense", "-k", "2", "--no-rerank"),
    ("context", "一层业主出资吗？", "--format", "json"),
    ("context", "那停水呢？", "--history", "每部电梯补贴多少？", "--format", "messages", "--max-tokens", "300"),
    ("context", "How far is the moon?", "--format", "markdown"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_says_the_same_with_a_server(
    run: Run, work: Work, server: Server, short: Path, command: tuple[str, ...]
) -> None:
    before = len(server.asked())
    alone = run(*command, cwd=work.folder, env=ALONE)
    asked = run(*command, cwd=work.folder, env={"XDG_STATE_HOME": str(short)})
    assert server.asked()[before:] == [f"/v1/{command[0]}"]
    assert (asked.code, asked.err) == (alone.code, alone.err)
    assert TOOK.sub("", asked.out) == TOOK.sub("", alone.out)
    assert asked.out or alone.code


def test_open_finds_a_hit_that_a_server_found(run: Run, work: Work, server: Server, short: Path) -> None:
    env = {"XDG_STATE_HOME": str(short)}
    assert run("search", "library on Saturday", cwd=work.folder, env=env).code == 0
    opened = run("open", "1", "--print", cwd=work.folder, env=env)
    assert (opened.code, "library.md" in opened.out) == (0, True), opened


def test_what_a_server_refuses_is_searched_without_it(run: Run, work: Work, server: Server, short: Path) -> None:
    before = len(server.asked())
    env = {"XDG_STATE_HOME": str(short)}
    assert run("search", "library", "-k", "500", cwd=work.folder, env=env).code == 0
    wrong = run("search", "library", "--where", "nothing = 1", cwd=work.folder, env=env)
    assert (wrong.code, "nothing" in wrong.err) == (2, True)
    assert len(server.asked()) == before


def test_no_interpreter_of_a_command_that_asks_loads_a_model_or_an_index(
    work: Work, server: Server, short: Path
) -> None:
    code = (
        "import sys; from retriever_cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'numpy', 'onnxruntime', 'faiss', 'tantivy', 'sqlite3', 'http'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    arguments = [sys.executable, "-c", code, "search", "library on Saturday", "-k", "1"]
    env = environment(XDG_STATE_HOME=str(short))
    done = subprocess.run(arguments, cwd=work.folder, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_command_sees_what_was_indexed_since(run: Run, work: Work, tmp_path: Path, short: Path) -> None:
    shutil.copytree(work.folder, tmp_path / "own")
    state = short / "fresh"
    state.mkdir()
    with serve(tmp_path / "own", state) as server:
        (tmp_path / "own" / "docs" / "ferry.txt").write_text("The ferry to Skerry leaves at noon.", "utf-8")
        assert run("index", "docs", cwd=tmp_path / "own").code == 0
        found = run("search", "When does the ferry leave?", cwd=tmp_path / "own", env={"XDG_STATE_HOME": str(state)})
        assert "leaves at noon" in found.out
        assert server.asked() == ["/v1/search"]


def test_a_server_with_tokens_answers_its_own_user_and_tells_nobody_else(run: Run, work: Work, short: Path) -> None:
    state = short / "tokens"
    state.mkdir()
    with serve(work.folder, state, RETRIEVER_TOKEN="0123456789abcdef") as server:
        assert run("search", "library", cwd=work.folder, env={"XDG_STATE_HOME": str(state)}).code == 0
        assert server.asked() == ["/v1/search"]
        assert server.ask("/v1/search?q=library") == b"401"
        [path] = (state / "retriever" / "servers").glob("*.socket")
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            body = b'{"documents": [{"id": "x", "text": "y"}]}'
            head = f"POST /v1/documents HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
            assert connection.makefile("rb").readline().split()[1] == b"403"
    assert not [*(state / "retriever" / "servers").iterdir()]


def test_what_a_killed_server_left_is_no_hindrance(run: Run, work: Work, short: Path) -> None:
    state = short / "killed"
    state.mkdir()
    killed = Server(work.folder, state)
    killed.process.kill()
    killed.process.wait()
    assert len([*(state / "retriever" / "servers").iterdir()]) == 2
    assert run("search", "library", cwd=work.folder, env={"XDG_STATE_HOME": str(state)}).code == 0
    with serve(work.folder, state) as server:
        assert run("search", "library", cwd=work.folder, env={"XDG_STATE_HOME": str(state)}).code == 0
        assert server.asked() == ["/v1/search"]
        assert len([*(state / "retriever" / "servers").iterdir()]) == 2


def test_an_index_is_known_by_its_folder_and_not_by_its_path(run: Run, work: Work, short: Path, tmp_path: Path) -> None:
    shutil.copytree(work.folder, own := tmp_path / "own")
    state, index = short / "moved", own / "indexes" / "default"
    state.mkdir()
    with serve(own, state) as server:
        (own / "link").symlink_to(index)
        env = {"XDG_STATE_HOME": str(state)}
        assert run("search", "library", "--index", "./link", cwd=own, env=env).code == 0
        assert server.asked() == ["/v1/search"]
        index.rename(own / "moved")
        shutil.copytree(own / "moved", index)
        assert run("search", "library", cwd=own, env=env).code == 0
        assert server.asked() == ["/v1/search"]


@pytest.mark.parametrize("state", ["long" * 30, "file"])
def test_a_server_runs_where_it_can_have_no_such_socket(run: Run, work: Work, tmp_path: Path, state: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "errors").mkdir()
    env = {"XDG_STATE_HOME": str(tmp_path / state)}
    with serve(work.folder, tmp_path / "errors", **env) as server:
        assert run("search", "library", cwd=work.folder, env=env).code == 0
        assert server.asked() == []


ANSWERS = {
    "nothing": b"",
    "no HTTP": b"hello\n",
    "a refusal": b"HTTP/1.1 503 Service Unavailable\r\n\r\n{}",
    "no JSON": b"HTTP/1.1 200 OK\r\n\r\n{",
    "other JSON": b'HTTP/1.1 200 OK\r\n\r\n{"hits": [{"rank": 1}]}',
    "a list": b"HTTP/1.1 200 OK\r\n\r\n[1]",
    "deep JSON": b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_another_form_is_none(run: Run, work: Work, short: Path, name: str) -> None:
    with tempfile.TemporaryDirectory(dir=short) as state:
        folder = Path(state) / "retriever" / "servers"
        folder.mkdir(mode=0o700, parents=True)
        record = {"version": __version__, "indexes": {"default": _identify(work.index)}}
        (folder / "1.json").write_text(json.dumps(record))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "1.socket"))
            listener.listen()
            asked = threading.Thread(target=_answer_once, args=(listener, ANSWERS[name]))
            asked.start()
            found = run("search", "library on Saturday", cwd=work.folder, env={"XDG_STATE_HOME": state})
            asked.join()
    assert (found.code, "library.md" in found.out) == (0, True), found


def _identify(folder: Path) -> list[int]:
    return [folder.stat().st_dev, folder.stat().st_ino]


def _answer_once(listener: socket.socket, answer: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(1 << 20)
        connection.sendall(answer)


@pytest.mark.parametrize("mode", [0o777, 0o750])
def test_a_folder_that_others_can_enter_is_not_believed(run: Run, work: Work, short: Path, mode: int) -> None:
    with tempfile.TemporaryDirectory(dir=short) as state:
        folder = Path(state) / "retriever" / "servers"
        folder.mkdir(parents=True)
        folder.chmod(mode)
        (folder / "1.json").write_text(
            json.dumps({"version": __version__, "indexes": {"default": _identify(work.index)}})
        )
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "1.socket"))
            listener.listen()
            listener.settimeout(0)
            assert run("search", "library", cwd=work.folder, env={"XDG_STATE_HOME": state}).code == 0
            with pytest.raises(BlockingIOError):
                listener.accept()


@pytest.mark.parametrize("setting", ["0", "false", "no", "off"])
def test_a_setting_forbids_to_ask(run: Run, work: Work, server: Server, short: Path, setting: str) -> None:
    before = len(server.asked())
    env = {"XDG_STATE_HOME": str(short), "RETRIEVER_SERVER": setting}
    assert run("search", "library", cwd=work.folder, env=env).code == 0
    assert len(server.asked()) == before
