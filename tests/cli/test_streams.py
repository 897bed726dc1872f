from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_kit import Result, Work, environment

# Sends Ctrl-C when a module is imported, as a user might who changes their mind at once.
INTERRUPT = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, path, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
from retriever_cli.__main__ import main
main()
"""


def shell(line: str, cwd: Path) -> Result:
    """Run a shell command line, in which ``$R`` is ``retriever``."""
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=cwd,
        env=environment(R=f"{sys.executable} -m retriever_cli"),
        capture_output=True,
        check=False,
        timeout=300,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("arguments", ["status", "search 电梯 --mode lexical", "search 电梯 --mode lexical -f json"])
def test_a_closed_output_is_an_error(arguments: str, work: Work) -> None:
    done = shell(f"$R {arguments} >&-", work.folder)
    assert (done.code, done.err.splitlines()[0]) == (74, "error: standard output is closed")


def test_a_closed_input_counts_as_empty(work: Work) -> None:
    assert shell("$R search --mode lexical <&-", work.folder) == Result(1, "", "")
    done = shell("$R search - --mode lexical <&-", work.folder)
    assert (done.code, done.err.splitlines()[0]) == (2, "error: the query is empty")


def test_a_closed_standard_error_changes_nothing(work: Work) -> None:
    done = shell("$R search 电梯 --mode lexical 2>&-", work.folder)
    assert done.code == 0
    assert "电梯.txt" in done.out
    assert shell("$R index docs 2>&- <&-", work.folder).code == 0
    assert shell("$R verify", work.folder).code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
@pytest.mark.parametrize(("arguments", "code"), [("search 电梯 --no-such-option", 2), ("status --index nowhere", 3)])
def test_an_error_that_cannot_be_told_has_its_exit_code(arguments: str, code: int, work: Work) -> None:
    assert shell(f"$R {arguments} 2>/dev/full", work.folder) == Result(code, "", "")


@pytest.mark.parametrize(
    ("arguments", "code"), [("search 电梯 --no-such-option", 2), ("status --index nowhere", 3), ("", 2)]
)
@pytest.mark.parametrize("debug", ["0", "1"])
def test_an_error_that_nobody_reads_any_more_has_its_exit_code(
    arguments: str, code: int, debug: str, work: Work
) -> None:
    # The reader has gone before the command begins.
    assert shell(f"exec 3> >(:); wait $!; RETRIEVER_DEBUG={debug} $R {arguments} 2>&3", work.folder) == Result(
        code, "", ""
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_the_work_is_done_where_messages_cannot_be_written(work: Work, tmp_path: Path) -> None:
    folder = shutil.copytree(work.folder, tmp_path / "work")
    (folder / "docs" / "new.txt").write_text("Ein Fahrstuhl wird nachgerüstet.", encoding="utf-8")
    done = shell("$R index docs 2>/dev/full", folder)
    assert (done.code, done.err) == (74, "")
    assert "3 added" in done.out
    assert shell("$R search Fahrstuhl --mode lexical", folder).code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk_behind_the_output_is_told_with_what_to_do(work: Work) -> None:
    done = shell("$R search 电梯 --mode lexical >/dev/full", work.folder)
    assert (done.code, done.err.splitlines()) == (
        74,
        ["error: No space left on device", "hint: free some space on that disk and run the same command again"],
    )


def test_names_that_the_locale_cannot_write_are_told(work: Work) -> None:
    ascii_only = "LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 PYTHONIOENCODING=utf-8"
    (work.folder / "材料").mkdir()
    (work.folder / "材料" / "a.txt").write_text("The ferry leaves at noon.")
    assert shell("$R index 材料 --index ./ferries", work.folder).code == 0
    done = shell(f"{ascii_only} $R status --index ./ferries", work.folder)
    error, hint = done.err.splitlines()
    assert (done.code, error.endswith("/材料' cannot be written in ascii")) == (2, True)
    assert hint == "hint: set LANG to a locale in UTF-8, such as C.UTF-8"


def test_ctrl_c_while_the_program_is_loaded_leaves_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPT], env=environment(), capture_output=True, check=False, timeout=60
    )
    assert done.returncode == -2
    assert done.stderr == b""


def test_what_is_registered_for_the_end_is_done_although_the_process_ends_at_once() -> None:
    program = (
        "import atexit, sys; atexit.register(print, 'at the end'); sys.argv = ['retriever', '--version']; "
        "from retriever_cli.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.split("\n")[1:] == ["at the end", ""]


def test_a_process_with_other_threads_ends_as_usual() -> None:
    program = (
        "import sys, threading; sys.argv = ['retriever', '--version']; "
        "threading.Thread(target=lambda: (threading.main_thread().join(60), print('done'))).start(); "
        "from retriever_cli.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.split("\n")[1:] == ["done", ""]
