"""Completion: in a real bash, from what there is, and installed for the shell of the user."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_kit import COMMAND, Run, Work, environment

BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None, reason="bash is not installed")


def complete(line: str, cwd: Path) -> list[str]:
    """What bash offers at the end of a command line."""
    script = f"""
    eval "$(retriever --show-completion)"
    COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
    _retriever_completion retriever
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(BASH), "--norc", "-c", script],
        cwd=cwd,
        env=environment(PATH=path, SHELL="/bin/bash"),
        capture_output=True,
        check=True,
        timeout=120,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


@needs_bash
@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("retriever sea", ["search"]),
        ("retriever search --index d", ["default"]),
        ("retriever status -i ''", ["default"]),
        ("retriever delete d", ["default"]),
        ("retriever search --mode l", ["lexical"]),
        ("retriever search --format j", ["json", "jsonl"]),
        ("retriever search --where ti", ["title"]),
        ("retriever index x --model BAAI/bge-m", ["BAAI/bge-m3"]),
    ],
)
def test_bash_completes_from_what_there_is(line: str, offers: list[str], work: Work) -> None:
    assert complete(line, work.folder) == offers


def test_completion_loads_nothing_heavy(work: Work) -> None:
    code = (
        "import sys\nsys.argv = ['retriever']\nfrom retriever_cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    asked = {"COMP_WORDS": "retriever index x --model B", "COMP_CWORD": "4", "_RETRIEVER_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=work.folder,
        env=environment(**asked),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "BAAI/bge-m3" in done.stdout
    heavy = {"numpy", "faiss", "onnxruntime", "onnx", "tantivy", "tokenizers", "torch", "rich", "lxml"}
    assert not heavy & set(done.stderr.split())


@pytest.mark.parametrize(
    ("shell", "file"), [("/bin/bash", ".bash_completions/retriever.sh"), ("/usr/bin/zsh", ".zfunc/_retriever")]
)
def test_it_is_installed_for_the_shell_of_the_user(run: Run, tmp_path: Path, shell: str, file: str) -> None:
    result = run("--install-completion", env={"SHELL": shell, "HOME": str(tmp_path)})
    assert (result.code, result.err) == (0, "")
    assert "_RETRIEVER_COMPLETE" in (tmp_path / file).read_text()
    assert str(tmp_path / file) in result.out
    assert "SHELL=" in result.out


@pytest.mark.parametrize("shell", ["", "/bin/dash", "/bin/tcsh"])
def test_a_shell_without_completion_is_told(run: Run, tmp_path: Path, shell: str) -> None:
    for option in ("--install-completion", "--show-completion"):
        result = run(option, env={"SHELL": shell, "HOME": str(tmp_path)})
        assert result.code == 2
        assert "bash, zsh, fish" in result.err
        assert list(tmp_path.iterdir()) == []
