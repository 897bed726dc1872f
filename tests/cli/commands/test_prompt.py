from __future__ import annotations

import json

from cli_kit import Run, Work
from terminal import CTRL_D, Terminal

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
