from __future__ import annotations

import json

import pytest
from cli_kit import Run, Work
from terminal import CTRL_D, Terminal

from retriever_cli.commands.prompt import HELP
from retriever_cli.messages import localise
from retriever_cli.render.layout import cell_width

pytestmark = pytest.mark.usefixtures("read_here")

WHO_PAYS = "装电梯由谁出钱？"


def test_a_pipe_has_one_question_per_line(run: Run, work: Work) -> None:
    result = run("search", "-f", "json", "-k", "1", cwd=work.folder, stdin=f"{WHO_PAYS}\n\nopening hours\n")
    assert result.code == 0
    assert [json.loads(line)["query"] for line in result.out.splitlines()] == [WHO_PAYS, "opening hours"]


def test_settings_apply_to_later_questions(run: Run, work: Work) -> None:
    lines = ["电梯", ":k 1", ":mode lexical", ":context 1", "电梯", ":quit", "never asked"]
    result = run("search", "-f", "json", cwd=work.folder, stdin="\n".join(lines))
    first, second = map(json.loads, result.out.splitlines())
    assert (len(first["hits"]) > 1, first["mode"]) == (True, "hybrid")
    assert (len(second["hits"]), second["mode"]) == (1, "lexical")
    assert "before" in second["hits"][0]


def test_an_invalid_line_is_reported_and_the_next_is_answered(run: Run, work: Work) -> None:
    lines = [":dance", ":k zero", f":k {'9' * 5000}", ":mode magic", ":open 1", "？", "电梯"]
    result = run("search", "-f", "jsonl", "-k", "1", cwd=work.folder, stdin="\n".join(lines))
    assert result.err.count("error: ") == 6
    assert len(result.out.splitlines()) == 1
    assert result.code == 2


def test_an_invalid_filter_is_told_at_once_and_the_one_before_stays(run: Run, work: Work) -> None:
    lines = [":where extension = md", ":where year >=", ":where colour = red", "电梯", ":where", "电梯"]
    result = run("search", "-f", "jsonl", "-k", "1", "--mode", "lexical", cwd=work.folder, stdin="\n".join(lines))
    told = [line for line in result.err.splitlines() if line.startswith(("error: ", "no hits"))]
    assert told == ["error: unexpected end of filter", "error: no document has a field 'colour'", "no hits"]
    assert len(result.out.splitlines()) == 1


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_list_of_commands_fits_a_terminal(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", language)
    shown = localise(HELP)
    assert (shown == HELP) == (language == "en")
    assert max(map(cell_width, shown.split("\n"))) <= 79


def test_an_empty_line_separates_answers_in_a_file(run: Run, work: Work) -> None:
    result = run("search", "-k", "1", cwd=work.folder, stdin="电梯\nopening hours\n: explain 1\n")
    assert [block.lstrip()[:2] for block in result.out.split("\n\n")] == ["1.", "1.", "1."]


def test_a_hit_can_be_opened_after_the_settings_have_changed(run: Run, work: Work) -> None:
    lines = ["电梯", ":k 1", ":mode lexical", ":where title = none", ":open 2"]
    result = run("search", "-f", "json", "-k", "2", cwd=work.folder, stdin="\n".join(lines))
    first, opened = map(json.loads, result.out.splitlines())
    assert opened["hits"][0]["id"] == first["hits"][1]["id"]
    assert result.code == 0


def test_a_pipe_without_any_hit_is_1(run: Run, work: Work) -> None:
    assert run("search", "--mode", "lexical", cwd=work.folder, stdin="xylophonist\n").code == 1
    assert run("search", cwd=work.folder, stdin="").code == 1


def test_a_session_on_a_terminal(work: Work) -> None:
    with Terminal("search", "-k", "2", cwd=work.folder) as terminal:
        terminal.expect("? ")
        terminal.send(f"{WHO_PAYS}\n")
        assert "县财政补贴十五万元" in terminal.expect("2 hits in").replace("\n    ", "")
        terminal.send(":help\n")
        terminal.expect(":open N")
        terminal.send(":open 1\n")
        opened = terminal.expect("docs/电梯.txt:")
        assert "二、重点任务" in opened
        terminal.expect("? ")
        terminal.send("half a question")
        terminal.expect("half a question")
        terminal.interrupt("\n? ")
        terminal.send("\x1b[A")
        terminal.expect(":open 1")
        terminal.send("\x15:quit\n")
        assert terminal.end() == 0


def test_the_end_of_input_leaves_the_prompt(work: Work) -> None:
    with Terminal("search", cwd=work.folder) as terminal:
        terminal.expect("? ")
        terminal.send(CTRL_D)
        assert terminal.end() == 0


NO_HOME = {"HOME": "/dev/null", "RETRIEVER_CACHE": "/dev/null/cache", "XDG_CACHE_HOME": "/dev/null/cache"}
"""No model can be prepared: nothing can be written below a file."""


def test_lexical_mode_needs_no_model(work: Work) -> None:
    with Terminal("search", "--mode", "lexical", cwd=work.folder, env=NO_HOME) as terminal:
        terminal.expect("? ")
        terminal.send("电梯\n")
        terminal.expect("docs/电梯.txt")
        terminal.expect("? ")
        # Until it is left: then the cache is asked for.
        terminal.send(":mode dense\n")
        terminal.expect("searching in dense mode")
        terminal.expect("? ")
        terminal.send("电梯\n")
        terminal.expect("error: ")
        terminal.send(":quit\n")
        assert terminal.end() == 0


@pytest.mark.parametrize("stdin", ["", "电梯\n"])
def test_lexical_mode_needs_no_model_beside_a_terminal(work: Work, run_apart: Run, stdin: str) -> None:
    words = [] if stdin else ["电梯"]
    done = run_apart("search", *words, "--mode", "lexical", cwd=work.folder, stdin=stdin, env=NO_HOME)
    assert (done.code, done.err) == (0, "")
    assert "docs/电梯.txt" in done.out


@pytest.mark.parametrize("arguments", [["-"], []])
def test_a_byte_order_mark_is_no_part_of_a_question(work: Work, run: Run, arguments: list[str]) -> None:
    outputs = [
        run("search", *arguments, "-f", "json", "--mode", "lexical", cwd=work.folder, stdin=mark + "电梯\r\n")
        for mark in ("", "\ufeff")
    ]
    assert [json.loads(done.out)["query"] for done in outputs] == ["电梯", "电梯"]


@pytest.mark.parametrize("command", ["search", "context", "open"])
def test_a_question_in_another_encoding_is_an_error(work: Work, run_apart: Run, command: str) -> None:
    question = "电梯由谁出资".encode("gbk").decode("utf-8", "surrogateescape")
    done = run_apart(command, *(["1"] if command == "open" else []), question, cwd=work.folder)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "error: the question is not valid utf-8",
        "hint: set the terminal and LANG to the same encoding, such as UTF-8",
    ]


@pytest.mark.parametrize("arguments", [["-"], []])
@pytest.mark.parametrize("mode", ["0", "1"])
def test_bytes_of_another_encoding_are_an_error(work: Work, run_apart: Run, arguments: list[str], mode: str) -> None:
    """Also in Python's UTF-8 mode, which lets them through."""
    env = {"PYTHONUTF8": mode, "LC_ALL": "C.UTF-8"}
    question = "老旧小区的电梯由谁出资？\n".encode("gbk")
    done = run_apart("search", *arguments, "--mode", "lexical", cwd=work.folder, stdin=question, env=env)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "error: standard input is not valid utf-8",
        "hint: convert it, such as by iconv -f GBK -t UTF-8, or set PYTHONIOENCODING",
    ]
