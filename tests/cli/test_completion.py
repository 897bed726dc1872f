"""Completion: in a real bash, from what there is, and installed for the shell of the user."""

from __future__ import annotations

import os
import pty
import shlex
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

import click
import pytest
import typer
from cli_kit import COMMAND, Run, Work, environment, run_here

from retriever_cli.completion import FIELDS, complete_filter

BASH, ZSH, FISH = map(shutil.which, ("bash", "zsh", "fish"))
# In every shell.
LINES = [
    ("retriever sea", ["search"]),
    ("retriever search --index d", ["default"]),
    ("retriever search --mode lexical --where tea", ["team"]),
]


@pytest.fixture(scope="module")
def place(work: Work, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose index has fields of metadata."""
    folder = tmp_path_factory.mktemp("place")
    shutil.copytree(work.index, folder / "indexes/default")
    (folder / "teams.csv").write_text("id,text,team,Owner name\n1,The lamp is repaired.,roads,Li\n")
    assert run_here("index", "teams.csv", cwd=folder).code == 0
    return folder


def run_shell(*command: str, cwd: Path) -> str:
    """The output of a shell that has the command on its path."""
    path = f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}"
    variables = environment(PATH=path, SHELL=command[0])
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, check=True, timeout=120, text=True)
    assert done.stderr == ""
    return done.stdout


@cache
def show_completion(shell: str) -> str:
    """What a shell is to run."""
    return run_shell(shell, "-c", "retriever --show-completion", cwd=Path.cwd())


def complete(line: str, cwd: Path) -> list[str]:
    """What bash offers at the end of a command line."""
    script = f"""
    {show_completion(str(BASH))}
    COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
    _retriever_completion retriever
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return run_shell(str(BASH), "--norc", "-c", script, cwd=cwd).split()


@pytest.mark.skipif(BASH is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("line", "offers"),
    [
        *LINES,
        ("retriever status -i ''", ["default"]),
        ("retriever delete d", ["default"]),
        ("retriever search --mode l", ["lexical"]),
        ("retriever search --format j", ["json", "jsonl"]),
        ("retriever search --where ti", ["title"]),
        ("retriever search --index none --where tea", []),
        ("retriever index x --model BAAI/bge-m", ["BAAI/bge-m3"]),
    ],
)
def test_bash_completes_from_what_there_is(line: str, offers: list[str], place: Path) -> None:
    assert complete(line, place) == offers


@pytest.mark.skipif(FISH is None, reason="fish is not installed")
def test_fish_completes_from_what_there_is(place: Path) -> None:
    lines = [*LINES, ("retriever search --where 'year > 3 and tea", ["year > 3 and team"])]
    asked = "\n".join(f"complete -C {shlex.quote(line)}; echo -" for line, _ in lines)
    script = f"retriever --show-completion | source\n{asked}"
    offers = [part.splitlines() for part in run_shell(str(FISH), "--no-config", "-c", script, cwd=place).split("-\n")]
    # Behind a tab is the help.
    assert [[offer.split("\t")[0] for offer in part] for part in offers[:-1]] == [offered for _, offered in lines]


@pytest.mark.skipif(ZSH is None, reason="zsh is not installed")
def test_zsh_completes_from_what_there_is(place: Path, tmp_path: Path) -> None:
    """Typed at a prompt, since zsh completes nowhere else; ctrl-t writes down the line and empties it."""
    script = f"""
    autoload -Uz compinit; compinit -u -d {tmp_path}/dump; eval "$(retriever --show-completion)"
    note() {{ print -r -- "$BUFFER" >> {tmp_path}/lines; BUFFER= }}
    zle -N note; bindkey '^T' note; bindkey '^I' expand-or-complete
    PS1='ready>'
    """
    (tmp_path / ".zshrc").write_text(script)
    path = f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}"
    variables = environment(PATH=path, SHELL=str(ZSH), ZDOTDIR=str(tmp_path), TERM="dumb")
    typed = "".join(f"{line}\t\x14" for line, _ in LINES) + "exit\n"
    type_at_prompt([str(ZSH), "-d", "-i"], "ready>", typed, cwd=place, env=variables)
    written = (tmp_path / "lines").read_text().splitlines()
    assert [line.split()[-1] for line in written] == [offer for _, (offer,) in LINES]


def type_at_prompt(command: list[str], prompt: str, typed: str, *, cwd: Path, env: dict[str, str]) -> None:
    """Run a command on a terminal, and type when it shows its prompt, until it ends."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        command, cwd=cwd, env=env, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    ) as process:
        os.close(slave)
        limit = threading.Timer(60, process.kill)
        limit.start()
        shown, answered = b"", False
        with suppress(OSError):
            while part := os.read(master, 4096):
                shown += part
                if not answered and prompt.encode() in shown:
                    answered = os.write(master, typed.encode()) > 0
        os.close(master)
        limit.cancel()
    assert answered, shown


@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        ("", [*FIELDS, "`owner name`", "team"]),
        ("ow", ["`owner name`"]),
        ("`owner n", ["`owner name`"]),
        ("`owner name` = x and (TEA", ["`owner name` = x and (team"]),
        ("not ", [f"not {name}" for name in (*FIELDS, "`owner name`", "team")]),
        ("has ti", ["has title"]),
        ("title ", []),
        ("title = ", []),
    ],
)
def test_a_filter_is_offered_fields_where_one_may_stand(
    typed: str, offers: list[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    context = typer.Context(click.Command("search"))
    for named in ("./indexes/default", ["./indexes/default"]):
        context.params["index"] = named
        assert complete_filter(context, typed) == offers


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
