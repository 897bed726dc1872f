"""``retriever context``: formats, exit codes, history."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_kit import Run, Work


@pytest.fixture(autouse=True)
def here(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work.folder)


QUESTION = "每部电梯由县财政补贴多少？"


def test_text_has_numbered_excerpts_with_citations(run: Run) -> None:
    done = run("context", QUESTION)
    assert done.code == 0, done.err
    assert done.out.startswith("[1] 电梯.txt:")
    assert "一层业主不出资" in done.out


def test_json_is_the_schema_of_the_api(run: Run) -> None:
    values = json.loads(run("context", QUESTION, "--format", "json", "--max-tokens", "300").out)
    assert values["answerable"]
    assert values["tokens"] <= values["max_tokens"] == 300
    assert values["excerpts"][0]["number"] == 1


def test_messages_are_the_body_of_a_request(run: Run, tmp_path: Path) -> None:
    chat = tmp_path / "chat.json"
    chat.write_text(json.dumps([{"role": "user", "content": "老旧小区"}, {"role": "assistant", "content": "是的"}]))
    done = run("context", QUESTION, "--history-file", str(chat), "--history", "电梯", "-f", "messages")
    roles = [(message["role"], message["content"]) for message in json.loads(done.out)["messages"]]
    assert [role for role, _ in roles] == ["system", "user", "assistant", "user", "user"]
    assert roles[3] == ("user", "电梯")


def test_a_question_that_nothing_answers_is_told_and_exits_with_1(run: Run) -> None:
    done = run("context", "What is the melting point of tungsten?")
    assert (done.code, done.out) == (1, "")
    assert "nothing here answers the question" in done.err


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--where", "extension = pdf"], "hint: no passage matches --where"),
        (["--where", "extension = txt", "--mode", "lexical"], "hint: no passage that matches --where contains"),
        (["--mode", "lexical"], "hint: no passage contains these words"),
    ],
)
def test_a_hint_says_why_nothing_was_found(run: Run, options: list[str], hint: str) -> None:
    done = run("context", "tungsten", *options)
    assert (done.code, done.out) == (1, "")
    assert hint in done.err


def test_no_room_is_told(run: Run) -> None:
    done = run("context", QUESTION, "-n", "1")
    assert (done.code, done.out) == (1, "")
    assert "no excerpt fits" in done.err


def test_empty_documents_are_valid_in_json(run: Run) -> None:
    done = run("context", "What is the melting point of tungsten?", "-f", "json")
    assert done.code == 1
    assert json.loads(done.out)["excerpts"] == []


@pytest.mark.parametrize("text", ["", "[", '{"role": "user"}', '[{"role": 3}]', "[3]", "[" * 100_000])
def test_a_history_file_of_another_form_is_a_usage_error(run: Run, tmp_path: Path, text: str) -> None:
    chat = tmp_path / "chat.json"
    chat.write_text(text)
    done = run("context", QUESTION, "--history-file", str(chat))
    assert done.code == 2
    assert "Traceback" not in done.err


def test_a_history_file_that_is_no_text_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    chat = tmp_path / "chat.json"
    chat.write_bytes(b"\xff\xfe\x00")
    done = run("context", QUESTION, "--history-file", str(chat))
    assert done.code == 2
    assert "Traceback" not in done.err
    assert run("context", QUESTION, "--history-file", "missing.json").code == 2
