"""``retriever eval`` from end to end, on the small index that the tests of the command line share."""

from __future__ import annotations

import json
import re
import shutil
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from cli_kit import Run, Work

from retriever.errors import install_command

QUESTIONS: list[dict[str, Any]] = [
    {"query": "加装电梯的费用谁来出？", "documents": ["电梯.txt"]},
    {
        "query": "When does the library open on Saturdays?",
        "passages": [{"source": "library.md", "text": "open at ten"}],
    },
    {"query": "供水管道更换期间每天停水多久？", "texts": ["不超过四小时"]},
    {"query": "where do returned books go after the library has closed", "documents": ["docs/library.md"]},
]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in QUESTIONS), encoding="utf-8")
    return path


def test_a_table_of_means_by_language(run_apart: Run, work: Work, questions: Path) -> None:
    result = run_apart("eval", questions, "-k", "3", "--no-rerank", cwd=work.folder)
    assert result.code == 0, result.err
    summary, _, header, *rows = result.out.splitlines()
    assert summary == f"4 questions, depth 100; index {work.index} (generation 1)"
    assert header.split() == ["nDCG@3", "Success@3", "R@3", "RR", "AP"]
    assert [row.split("  ")[0] for row in rows[:3]] == ["all (4)", "en (2)", "zh (2)"]
    assert "1.000 (1.00-1.00)" in rows[0]
    assert "bootstrap over the questions" in rows[-1]
    assert "evaluating: 1 of 4 questions" in result.err
    again = run_apart("eval", questions, "-k", "3", "--no-rerank", cwd=work.folder)
    assert again.out == result.out


def test_stages_as_json(run: Run, work: Work, questions: Path) -> None:
    result = run("eval", questions, "--stages", "--format", "json", "--measures", "MRR,AP", cwd=work.folder)
    assert result.code == 0, result.err
    assert "evaluating: 1 of 16 questions" in result.err  # of all stages, so that it does not begin four times
    values = json.loads(result.out)
    names = ["lexical", "dense", "hybrid, no rerank", "hybrid"]
    assert [item["name"] for item in values["evaluations"]] == names
    for item in values["evaluations"]:
        assert item["measures"] == ["RR", "AP"]
        assert len(item["results"]) == item["overall"]["RR"]["questions"] == 4
        mean = sum(result["values"]["RR"] for result in item["results"]) / 4
        assert item["overall"]["RR"]["mean"] == pytest.approx(mean)
        assert set(item["languages"]) == {"en", "zh"}
    pairs = [(item["first"], item["second"], item["measure"]) for item in values["comparisons"]]
    assert pairs == [
        (names[first], names[second], measure) for first, second in ((0, 2), (1, 2), (2, 3)) for measure in ("RR", "AP")
    ]
    assert values["fail_under"] == []


def test_configurations_compared_as_text_and_markdown(run: Run, work: Work, questions: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(work.index, other)
    options = ["--compare", "mode=lexical", "--compare", f"index={other} rerank=0", "--measures", "RR"]
    text = run("eval", questions, "--no-rerank", *options, cwd=work.folder)
    assert text.code == 0, text.err
    assert "mode=lexical against hybrid, no rerank" in text.out
    assert f"index={other} rerank=0 against hybrid, no rerank" in text.out
    assert text.out.count("(generation 1)") == 2
    # The same index under another path: there is no difference.
    assert "  RR  +0.000 (+0.000 to +0.000)  1.000  0       0" in text.out
    paper = run("eval", questions, "--no-rerank", *options, "-f", "markdown", cwd=work.folder)
    assert paper.out.startswith("# Evaluation\n")
    tables = [line for line in paper.out.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {3, 6}


def test_a_filter_leaves_out_what_does_not_match(run: Run, work: Work, questions: Path) -> None:
    options = ["--measures", "R@k", "--where", 'language = "zh"', "--compare", "where='language = en'", "-f", "json"]
    result = run("eval", questions, "--no-rerank", *options, cwd=work.folder)
    assert result.code == 0, result.err
    found = [
        {code: estimates["R@10"]["mean"] for code, estimates in item["languages"].items()}
        for item in json.loads(result.out)["evaluations"]
    ]
    assert found == [{"en": 0.0, "zh": 1.0}, {"en": 1.0, "zh": 0.0}]


def test_thresholds_decide_the_exit_code(run: Run, work: Work, questions: Path) -> None:
    options = [questions, "--mode", "lexical", "--measures", "RR"]
    passed = run("eval", *options, "--fail-under", "RR=0.1", "--fail-under", "Success@100=0.2", cwd=work.folder)
    assert passed.code == 0
    assert "Success@100" in passed.out
    failed = run("eval", *options, "--fail-under", "P@5=0.99", "--fail-under", "MRR=0", "-f", "json", cwd=work.folder)
    assert failed.code == 1
    assert "P@5 is 0." in failed.err
    assert "MRR is" not in failed.err
    bars = json.loads(failed.out)["fail_under"]
    assert [(bar["measure"], bar["value"]) for bar in bars] == [("P@5", 0.99), ("MRR", 0.0)]
    assert bars[0]["mean"] < 0.99


def test_topics_and_judgements(run: Run, work: Work, tmp_path: Path) -> None:
    topics, qrels = tmp_path / "topics", tmp_path / "qrels"
    topics.write_text("<top>\n<num> Number: 1\n<title> library opening hours\n</top>\n", encoding="utf-8")
    qrels.write_text("1 0 library.md 1\n1 0 lost.md 1\n2 0 lost.md 1\n", encoding="utf-8")
    result = run("eval", topics, "--qrels", qrels, "--mode", "lexical", "--measures", "R@k", cwd=work.folder)
    assert result.code == 0, result.err
    assert result.out.splitlines()[3].split() == ["all", "(1)", "0.500"]
    assert "notice: 1 of 2 relevant documents are not in the index" in result.err
    assert "ids without a question (1): 2" in result.err


def test_a_picture_is_drawn(run: Run, work: Work, questions: Path, tmp_path: Path) -> None:
    path = tmp_path / "quality.svg"
    options = ["--mode", "lexical", "--compare", "mode=dense", "--picture", path]
    assert run("eval", questions, *options, cwd=work.folder).code == 0
    root = ET.parse(path).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{space}svg"
    # Three groups of two configurations, five measures each.
    assert len(root.findall(f"{space}circle")) == 30
    labels = [item.text for item in root.findall(f"{space}text")]
    assert labels.count("mode=dense") == 3
    assert "all (4)" in labels


NONE = [
    {"query": "加装电梯要几天才能完工？", "language": "zh", "answerable": False},
    {"query": "Can I bring coffee into the library?", "language": "en", "answerable": False},
    {"query": "zzzz", "language": "en", "answerable": False},
]


@pytest.fixture
def both(questions: Path) -> Path:
    """Questions with and without an answer. Of the latter, one finds nothing by its words."""
    rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in NONE)
    questions.write_text(questions.read_text("utf-8") + rows, encoding="utf-8")
    return questions


def test_questions_without_an_answer_propose_a_threshold(run: Run, work: Work, both: Path) -> None:
    options = [both, "--mode", "lexical", "--measures", "RR"]
    result = run("eval", *options, "--fail-under", "AUC=0.1", "-f", "json", cwd=work.folder)
    assert result.code == 0, result.err
    values = json.loads(result.out)
    [evaluation] = values["evaluations"]
    assert evaluation["overall"]["RR"]["questions"] == 4
    assert [len(item["values"]) for item in evaluation["results"]] == [1] * 4 + [0] * 3
    weighed = evaluation["answerability"]
    assert weighed["right"] + weighed["wrong"] == 4
    assert weighed["unanswerable"] == 3
    assert values["fail_under"] == [{"measure": "AUC", "value": 0.1, "mean": weighed["auc"]["mean"]}]
    right = [item["first"]["score"] for item in evaluation["results"][:4] if item["rank"] == 1]
    kept = sum(score >= weighed["proposed"]["threshold"] for score in right) / len(right)
    assert weighed["proposed"]["kept"]["mean"] == kept

    text = run("eval", *options, cwd=work.folder)
    assert text.out.startswith("4 questions and 3 without an answer, depth 100")
    assert "all (4)" in text.out
    threshold = f"{weighed['proposed']['threshold']:g}"
    assert f"\n{threshold} (proposed)" in text.out
    assert f"--min-score {threshold}\n" in text.out
    assert "calibration error" in text.out
    paper = run("eval", *options, "-f", "markdown", cwd=work.folder)
    assert "## Questions without an answer" in paper.out
    assert "⠀" <= max(text.out) <= "⣿"
    assert not any("⠀" <= letter <= "⣿" for letter in paper.out)


def test_a_limit_on_false_answers_and_a_bar_for_the_area(run: Run, work: Work, both: Path) -> None:
    options = [both, "--mode", "lexical", "--compare", "mode=dense", "--measures", "RR"]
    result = run("eval", *options, "--max-false-answers", "0", "--fail-under", "auc=1", "-f", "json", cwd=work.folder)
    found = [item["answerability"] for item in json.loads(result.out)["evaluations"]]
    assert [item["proposed"]["refused"]["mean"] for item in found] == [1.0, 1.0]
    assert "at most 0 % of the questions" in found[0]["rule"]
    below = found[0]["auc"]["mean"] < 1
    assert (result.code, "auc is 0." in result.err) == (int(below), below)


def test_failures_with_the_rank_in_each_stage(run: Run, work: Work, both: Path) -> None:
    wrong = {"query": "加装电梯由谁出钱？", "language": "zh", "documents": ["library.md"]}
    missed = {"query": "加装电梯", "language": "zh", "texts": ["nowhere to be found"]}
    rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in (wrong, missed))
    both.write_text(both.read_text("utf-8") + rows, encoding="utf-8")
    result = run("eval", both, "--stages", "--failures", "--measures", "RR", cwd=work.folder)
    assert result.code == 0, result.err
    listed = result.out[result.out.index("\nFailed: ") :]
    assert "1 missed (no hit answers)" in listed
    assert "missed: 加装电梯\n  expected  nowhere to be found\n  came      docs" in listed
    assert "rank      lexical: none; dense: none; hybrid, no rerank: none; hybrid: none" in listed
    assert f"wrong: {wrong['query']}\n  expected  library.md\n" in listed
    assert re.search(r"rank      lexical: none; dense: \d+; hybrid, no rerank: \d+; hybrid: \d+", listed)
    as_json = run("eval", both, "--failures", "--mode", "lexical", "-f", "json", cwd=work.folder)
    kinds = [item["kind"] for item in json.loads(as_json.out)["failures"]]
    assert kinds[:2] == ["missed", "missed"]
    paper = run("eval", both, "--failures", "--mode", "lexical", "-f", "markdown", cwd=work.folder)
    assert "- missed: 加装电梯\n  - expected: nowhere" in paper.out


def test_no_right_answer_leaves_the_area_undefined(run: Run, work: Work, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    rows = [{"query": "加装电梯", "language": "zh", "texts": ["nowhere"]}, NONE[0]]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    options = [path, "--mode", "lexical", "--measures", "RR", "--fail-under", "auc=0.5"]
    for language, message in (("en", "auc is not defined"), ("zh_CN", "没有一个问题答对，auc 无法计算")):
        result = run("eval", *options, cwd=work.folder, env={"RETRIEVER_LANG": language})
        assert result.code == 1
        assert message in result.err
    assert "AUC" not in result.out


@pytest.mark.parametrize("option", ["--max-false-answers=0.1", "--fail-under=auc=0.5"])
def test_questions_without_an_answer_are_needed(run: Run, work: Work, questions: Path, option: str) -> None:
    result = run("eval", questions, option, cwd=work.folder, env={"RETRIEVER_LANG": "zh_CN"})
    assert (result.code, result.out) == (2, "")
    assert "需要没有答案的问题" in result.err
    assert '"answerable": false' in result.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rerank", "5", "--no-rerank"], "cannot be combined"),
        (["--stages", "--compare", "rerank=0"], "cannot be combined"),
        (["--stages", "--mode", "dense"], "hybrid mode with reranking"),
        (["--stages", "--no-rerank"], "hybrid mode with reranking"),
        (["--compare", "colour=red"], "expected SETTING=VALUE"),
        (["--compare", "dense"], "expected SETTING=VALUE"),
        (["--compare", ""], "expected SETTING=VALUE"),
        (["--compare", "where='"], "--compare"),
        (["--compare", "mode=magic"], "unknown mode 'magic'"),
        (["--compare", "rerank=many"], "invalid rerank"),
        (["--compare", f"rerank={'9' * 5000}"], "invalid rerank"),
        (["--picture", "nowhere/quality.svg"], "no folder 'nowhere'"),
        (["--max-false-answers", "2"], "--max-false-answers"),
        (["--measures", "nDCG@0"], "must be at least 1"),
        (["--compare", "index="], "index name is empty"),
        (["--picture", "quality.png"], "only SVG is supported"),
        (["--fail-under", "RR"], "expected MEASURE=VALUE"),
        (["--fail-under", "RR=2"], "expected MEASURE=VALUE"),
        (["--fail-under", "=0.5"], "expected MEASURE=VALUE"),
        (["--fail-under", "magic=0.5"], "unknown measure 'magic'"),
        (["--measures", "nDCG@500"], "the cutoff 500 of 'nDCG@500' exceeds the depth"),
        (["--measures", ""], "unknown measure"),
        (["-k", "200"], "the cutoff 200 of 'nDCG@k' exceeds the depth"),
        (["--mode", "lexical", "--rerank", "5"], "lexical mode has no model"),
        (["--where", "language ="], "language ="),
    ],
)
def test_usage_errors_exit_with_2(run: Run, work: Work, questions: Path, options: list[str], message: str) -> None:
    result = run("eval", questions, *options, cwd=work.folder)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_an_invalid_query_set_exits_with_2(run: Run, work: Work, tmp_path: Path) -> None:
    assert run("eval", tmp_path / "absent.jsonl", cwd=work.folder).code == 2
    path = tmp_path / "questions.jsonl"
    path.write_text('{"query": "a", "documents": ["library.md"]}\n{"query": "b"}\n', encoding="utf-8")
    result = run("eval", path, cwd=work.folder)
    assert (result.code, result.out) == (2, "")
    assert "questions.jsonl, line 2: the question has no judgements" in result.err
    path.write_text('{"query": "a", "documents": ["lost.txt"]}\n', encoding="utf-8")
    result = run("eval", path, cwd=work.folder)
    assert (result.code, result.out) == (2, "")
    assert "none of the 1 relevant documents" in result.err


def test_a_missing_index_or_extra_exits_with_3(
    run: Run, work: Work, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("eval", questions, "--index", "other", cwd=work.folder).code == 3
    assert run("eval", questions, "--compare", "index=other", cwd=work.folder).code == 3
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    result = run("eval", questions, cwd=work.folder)
    assert (result.code, result.out) == (3, "")
    assert f"hint: {install_command('eval')}" in result.err
