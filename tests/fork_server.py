"""Python processes that need not start: forked from one that has imported what most of them import.

What is forked is a process of its own like any other, with its own pipes, environment, working folder, session, signals
and exit code, and a child of the process that asked for it, which waits for it as it always does. Only the fifth of a
second of start and imports is saved. Tests of just that start an interpreter.

``forking`` takes the place of the module ``subprocess`` for ``python -c ...`` and for the command ``retriever``, and
starts whatever cannot be forked as usual.
"""

from __future__ import annotations

import array
import atexit
import builtins
import ctypes
import gc
import importlib
import inspect
import io
import json
import locale
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NoReturn

COMMAND = str(Path(sys.executable).with_name("retriever"))
_RUN_COMMAND = "from retriever_cli.__main__ import main; main()"
_SERVE = "__import__('fork_server').serve({})"
# Commands that are servers, whose libraries others need not have.
SERVERS = (["serve"], ["mcp"])
_PR_SET_CHILD_SUBREAPER = 36
_START = inspect.signature(subprocess.Popen._execute_child)  # type: ignore[attr-defined]
# What an interpreter looks at when it starts.
_STARTING = ("PYTHON", "MALLOC_", "LD_", "OMP_", "OPENBLAS_")
_HARMLESS = {"PYTHONPATH", "PYTHONUTF8"}


class ForkedPopen(subprocess.Popen):  # type: ignore[type-arg]
    """As ``subprocess.Popen``."""

    def _execute_child(self, *arguments: Any, **named: Any) -> None:
        given = _START.bind(self, *arguments, **named).arguments
        request = _describe(given)
        if request is None or not _is_possible():
            super()._execute_child(*arguments, **named)  # type: ignore[misc]
            return
        ends = (given["p2cread"], given["c2pwrite"], given["errwrite"])
        inherited = [end if end >= 0 else number for number, end in enumerate(ends)]
        self.pid = _server(request["argv"][1:2] in SERVERS).fork(request, inherited)
        self._child_created = True
        pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(given[name] for name in pipes))  # type: ignore[attr-defined]


def run(arguments: Sequence[str | bytes], data: bytes, *, timeout: float, **options: Any) -> tuple[int, bytes, bytes]:
    """Give a process its input, and return its exit code, output and errors."""
    pipe = subprocess.PIPE
    with ForkedPopen(arguments, stdin=pipe, stdout=pipe, stderr=pipe, **options) as process:
        try:
            out, err = process.communicate(data, timeout)
        finally:
            process.kill()
    return process.returncode, out, err


#: As the module ``subprocess``, for who starts processes with its ``Popen``.
forking = SimpleNamespace(**{**vars(subprocess), "Popen": ForkedPopen})


def _describe(given: dict[str, Any]) -> dict[str, Any] | None:
    """What the server has to know of a process; None for one that it cannot fork."""
    asked = ("preexec_fn", "pass_fds", "executable", "shell", "gid", "gids", "uid")
    if any(given[name] for name in asked) or given["umask"] != -1 or given.get("process_group", -1) not in {-1, None}:
        return None
    if not isinstance(given["args"], list | tuple):
        return None
    words = list(map(os.fspath, given["args"]))
    environment = dict(os.environ if given["env"] is None else given["env"])
    if not all(isinstance(word, str) for word in words) or not _starts_as_here(environment):
        return None
    if words[0] == COMMAND:
        code = _RUN_COMMAND
    elif words[:3] == [sys.executable, "-m", "retriever_cli"]:
        code, words = _RUN_COMMAND, [COMMAND, *words[3:]]
    elif words[0] == sys.executable and "-c" in words and not _has_options(words[1 : words.index("-c")]):
        place = words.index("-c")
        code, words = words[place + 1], ["-c", *words[place + 2 :]]
    else:
        return None
    folder = os.fsdecode(given["cwd"]) if given["cwd"] is not None else str(Path.cwd())
    return {
        "code": code,
        "argv": words,
        "folder": folder,
        "session": bool(given["start_new_session"]),
        "environment": environment,
        "parent": os.getpid(),
    }


def _has_options(options: list[str]) -> bool:
    """Whether there are others than those that the reading process is started with."""
    return bool({option for option in options if not option.startswith("utf8=")} - {"-I", "-X"})


def _starts_as_here(environment: dict[str, str]) -> bool:
    def settings(of: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in of.items() if name.startswith(_STARTING) and name not in _HARMLESS}

    return settings(environment) == settings(_server_environment())


def _server_environment() -> dict[str, str]:
    # As the library does: a thread of theirs that collects usage would be missing in what is forked.
    own = {"PYTHONUTF8": "1", "PYTHONPATH": str(Path(__file__).parent), "ORT_DISABLE_TELEMETRY": "1"}
    return {**os.environ, **own}


@cache
def _is_possible() -> bool:
    return sys.platform == "linux" and sys.getfilesystemencoding() == "utf-8"


@cache
def _server(serving: bool) -> _Server:
    return _Server(serving)


class _Server:
    """The process that forks others, seen from the one that asks for them."""

    def __init__(self, serving: bool) -> None:
        self._lock = threading.Lock()
        self._socket, other = socket.socketpair()
        self._adopt = ctypes.CDLL(None).prctl
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVE.format(serving)],
                stdin=other,
                stdout=subprocess.DEVNULL,
                env=_server_environment(),
            )
        atexit.register(self._end, os.getpid())

    def fork(self, request: dict[str, Any], inherited: list[int]) -> int:
        """The number of a process that has been forked, and is a child of this one."""
        data = json.dumps(request).encode()
        with self._lock:
            # A process whose parent has ended is given to the next ancestor that asked for such.
            self._adopt(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            try:
                numbers = array.array("i", inherited).tobytes()
                head = len(data).to_bytes(8, "big")
                self._socket.sendmsg([head], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)])
                self._socket.sendall(data)
                return int.from_bytes(_receive(self._socket, 8), "big")
            finally:
                self._adopt(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)

    def _end(self, owner: int) -> None:
        if os.getpid() == owner:
            self._socket.close()
            self._process.wait()


def serve(serving: bool) -> None:
    """Fork a process for each request; ``serving`` is whether they are servers."""
    requests = socket.socket(fileno=os.dup(0))
    _import_all(serving)
    # A collection would look at all that was imported, and so copy it.
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    size = array.array("i").itemsize
    while True:
        head, extra, _, _ = requests.recvmsg(8, socket.CMSG_SPACE(3 * size))
        if not head:
            os._exit(0)
        streams = list(array.array("i", extra[0][2]))
        request = json.loads(_receive(requests, int.from_bytes(head, "big")))
        between = os.fork()
        if not between:
            if os.fork():
                os._exit(0)
            while os.getppid() != request["parent"]:
                os.sched_yield()
            requests.sendall(os.getpid().to_bytes(8, "big"))
            requests.close()
            _run(request, streams)
        os.waitpid(between, 0)
        for stream in streams:
            os.close(stream)


def _receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError("the other side has ended")
        data += part
    return data


def _run(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """Be an interpreter from its start to its end."""
    status = 1
    try:
        _become(request, streams)
        main = sys.modules["__main__"] = ModuleType("__main__")
        main.__dict__["__builtins__"] = builtins
        exec(compile(request["code"], "<string>", "exec"), main.__dict__)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if status and not isinstance(end.code, int):
            print(end.code, file=sys.stderr)
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        if isinstance(error, KeyboardInterrupt):
            status = -signal.SIGINT
    # To free all that was imported would take longer than to import it.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        status = status or 120
    if status == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(status & 0xFF)


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """Be as an interpreter that has just started."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if request["session"]:
        os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for stream in streams:
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    # As Python does where the locale is C or none of the system's.
    try:
        found = locale.setlocale(locale.LC_CTYPE, "")
    except locale.Error:
        found = "C"
    if found in {"C", "POSIX"}:
        os.environ["LC_CTYPE"] = locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__ = _open_streams()
    sys.argv = request["argv"]
    own, *others = (path for path in sys.path if path != str(Path(__file__).parent))
    first = str(Path(COMMAND).parent) if sys.argv[0] == COMMAND else own
    named = request["environment"].get("PYTHONPATH", "")
    sys.path[:] = [first, *filter(None, named.split(os.pathsep)), *others]


def _open_streams() -> tuple[io.TextIOWrapper, ...]:
    """Standard streams as an interpreter opens them whose mode is UTF-8."""
    opened = []
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        raw = os.fdopen(number, "rb" if number == 0 else "wb", closefd=False)
        stream = io.TextIOWrapper(
            raw,
            encoding="utf-8",
            errors="backslashreplace" if number == 2 else "surrogateescape",
            line_buffering=number == 2 or os.isatty(number),
            write_through=bool(os.environ.get("PYTHONUNBUFFERED")) and number > 0,
        )
        stream.mode = "r" if number == 0 else "w"  # type: ignore[misc]
        raw.raw.name = f"<{name}>"  # type: ignore[attr-defined]
        opened.append(stream)
    return tuple(opened)


def _import_all(serving: bool) -> None:
    """Import what commands and scripts of the tests import. Nothing is opened and no thread started."""
    import retriever
    import retriever_cli.commands
    import retriever_cli.main

    heavy = ("faiss", "lxml.etree", "lxml.html", "numpy", "onnxruntime", "rich.progress", "sqlite3", "tantivy", "yaml")
    for name in heavy + ("fastapi", "mcp.server", "prometheus_client", "uvicorn") * serving:
        importlib.import_module(name)
    for package in (retriever, retriever_cli):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.split(".")[1] not in {"integrations", "__main__", "" if serving else "serving"}:
                importlib.import_module(module.name)
