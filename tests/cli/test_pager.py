"""Results that are longer than the screen go through a pager, as those of git do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_kit import Run, write_documents
from screen import run_on_screen
from terminal import CTRL_C, Terminal

SEARCH = ("search", "电梯", "--mode", "lexical")


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """Documents that give an answer of more than 24 lines."""
    folder = tmp_path_factory.mktemp("long")
    docs = write_documents(folder / "docs")
    for number in range(12):
        (docs / f"{number}.txt").write_text(f"电梯 {number}\n\n第{number}号电梯的说明。{number * 7919}" * 3, "utf-8")
    assert run("index", "docs", cwd=folder).code == 0
    return folder


def pager(folder: Path, script: str) -> str:
    """A pager that is a shell script."""
    path = folder / "pager.sh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_long_answer_on_a_terminal_goes_to_the_pager(long: Path, tmp_path: Path) -> None:
    command = pager(tmp_path, 'echo "paged with $LESS"; cat')
    for variable in ("PAGER", "RETRIEVER_PAGER"):
        screen = search(long, {variable: command})
        assert screen.startswith("paged with FRX")
        assert "\n10. " in screen
    assert not search(long, {"PAGER": command}, "-k", "2").startswith("paged")
    assert not search(long, {"PAGER": command}, "--no-pager").startswith("paged")
    assert not search(long, {"PAGER": command, "RETRIEVER_PAGER": ""}).startswith("paged")
    assert not search(long, {"PAGER": command, "TERM": "dumb"}).startswith("paged")
    assert "LESS of mine" in search(long, {"PAGER": pager(tmp_path, 'echo "LESS of $LESS"'), "LESS": "mine"})


def search(folder: Path, env: dict[str, str], *options: str) -> str:
    with Terminal(*SEARCH, *options, cwd=folder, env=env) as terminal:
        assert terminal.end() == 0
        return terminal.output


@pytest.mark.parametrize("command", ["no-such-pager", "'unclosed", "/dev/null", "  "])
def test_a_pager_that_cannot_be_run_costs_nothing(command: str, long: Path) -> None:
    assert "\n10. " in run_on_screen(*SEARCH, columns=80, cwd=long, env={"PAGER": command}).text


@pytest.mark.parametrize("script", ["exit 3", "head -c 10 > /dev/null", "kill -9 $$"])
def test_a_pager_that_ends_early_is_no_error(script: str, long: Path, tmp_path: Path) -> None:
    with Terminal(*SEARCH, cwd=long, env={"PAGER": pager(tmp_path, script)}) as terminal:
        assert terminal.end() == 0
        assert "rror" not in terminal.output


def test_a_pipe_has_no_pager(run_apart: Run, long: Path, tmp_path: Path) -> None:
    result = run_apart(*SEARCH, cwd=long, env={"PAGER": pager(tmp_path, "echo paged; cat")})
    assert "paged" not in result.out


def test_ctrl_c_is_for_the_pager(long: Path, tmp_path: Path) -> None:
    script = "trap 'echo stopped; exit 0' INT; echo ready; while :; do sleep 0.1; done"
    with Terminal(*SEARCH, cwd=long, env={"PAGER": pager(tmp_path, script)}) as terminal:
        terminal.expect("ready")
        terminal.send(CTRL_C)
        terminal.expect("stopped")
        assert terminal.end() == 0
        assert "interrupted" not in terminal.output


@pytest.mark.skipif(not shutil.which("less"), reason="less is not installed")
def test_less_is_left_by_q(long: Path) -> None:
    with Terminal(*SEARCH, cwd=long, env={"PAGER": "less"}) as terminal:
        terminal.expect(":")
        assert "\n10. " not in terminal.output
        terminal.send("q")
        assert terminal.end() == 0


def test_the_prompt_goes_on_after_the_pager(long: Path, tmp_path: Path) -> None:
    with Terminal("search", "--mode", "lexical", cwd=long, env={"PAGER": pager(tmp_path, "echo paged")}) as terminal:
        terminal.expect("? ")
        terminal.send("电梯\n")
        terminal.expect("paged")
        terminal.expect("? ")
        for line, answer in [
            (":k 3", "(showing 3 hits)"),
            (":mode dense", "(searching in dense mode)"),
            (":context 1", "(showing 1 passage on either side of a hit)"),
            (":where language = zh", "(searching where language = zh)"),
            (":where", "(searching all passages)"),
            (":short", "(showing passages in two lines)"),
            (":full", "(showing passages in full)"),
            (":long", "(showing passages folded to the part that answers)"),
        ]:
            terminal.send(f"{line}\n")
            terminal.expect(answer)
        terminal.send(":quit\n")
        assert terminal.end() == 0
