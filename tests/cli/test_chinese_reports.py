"""Explanations, checks, settings, models and evaluations in Chinese, and that none of their sentences is left out."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_kit import Run, Work

from retriever import list_models
from retriever_cli.advice import for_shell
from retriever_cli.config import KEYS
from retriever_cli.messages import localise
from retriever_cli.messages.zh import MESSAGES, WORDS
from retriever_cli.messages.zh_evaluation import REPORT
from retriever_cli.messages.zh_scores import SCORES

pytestmark = pytest.mark.usefixtures("read_here")

ROOT = Path(__file__).parents[2]
CHINESE = {"LANG": "zh_CN.UTF-8"}
ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,}")
# Modules whose sentences go into reports.
REPORTS = [
    "retriever/search/explain.py",
    "retriever/citations/judging.py",
    "retriever/evaluation/answerability.py",
    "cli/retriever_cli/render/answerability.py",
    "cli/retriever_cli/render/claims.py",
    "cli/retriever_cli/render/evaluation.py",
    "cli/retriever_cli/render/explanation.py",
    "cli/retriever_cli/render/failures.py",
]


def test_explanations_are_chinese(run: Run, work: Work) -> None:
    where = ["--where", "language = zh"]
    done = run("search", "装电梯 由谁负责", "--mode", "lexical", *where, "--explain", cwd=work.folder, env=CHINESE)
    lines = done.out.split("电梯.txt:", 1)[1].split("\n", 1)[1].split("\n\n", 1)[0]
    assert re.search(r"\n    选取：符合条件 language = zh[\n；]", lines)
    assert re.search(r"    词语：段落的词语覆盖问题的 \d+%：.*（得分中占 \+", lines)
    assert ENGLISH.findall(lines.replace("language = zh", "")) == []


def test_what_a_user_names_like_a_stage_is_no_explanation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh_CN")
    assert localise("search: 2 documents") == "search：2 个文档"
    assert localise("score: stays below them") == "得分：排在它们之后"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "language: it says the same as a passage in another language that scores higher; raised halfway to it",
            "语言：与另一种语言中得分更高的段落内容相同；向它提升一半",
        ),
        ("score: raised from 0.41, towards its translation", "得分：从 0.41 向译文提升"),
    ],
)
def test_what_is_raised_by_a_translation_is_chinese(
    english: str, chinese: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh_CN")
    assert localise(english) == chinese


def test_checks_are_chinese(run: Run, tmp_path: Path) -> None:
    excerpts = {"excerpts": [{"number": 1, "text": "The ferry runs every 40 minutes."}]}
    (tmp_path / "context.json").write_text(json.dumps(excerpts), encoding="utf-8")
    answer = "The ferry runs every 40 minutes [1]. The ferry runs every 50 minutes [1]. It is free [7]."
    done = run("check", "-", "-c", "context.json", "-m", "none", cwd=tmp_path, stdin=answer, env=CHINESE)
    assert done.code == 1
    assert done.out.splitlines() == [
        "+ The ferry runs every 40 minutes [1].",
        "  [1] 引文 1.00，[1] 数字和名称 1.00",
        "- The ferry runs every 50 minutes [1].",
        "  [1] 里没有：50 minutes",
        "  [1] 没有这样说",
        "- It is free [7].",
        "  上下文里没有 [7]",
        "3 个说法：1 个有依据，2 个没有",
        "只比较了引文、数字和名称",
    ]


def test_settings_are_chinese(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("k = 3\n")
    lines = run("config", cwd=tmp_path, env={**CHINESE, "RETRIEVER_CONFIG": str(file)}).out.splitlines()
    rows = dict(line.split(maxsplit=1) for line in lines)
    assert (rows["model"], rows["k"]) == ("未设置（默认）", f"3  ({file})")
    file.write_text("k = true\n")
    wrong = run("config", cwd=tmp_path, env={**CHINESE, "RETRIEVER_CONFIG": str(file)})
    assert wrong.err == f"错误：'{file}' 第 1 行：'k' 的值 true 无效\n提示：请写不小于 1 的整数\n"


@pytest.mark.parametrize("name", KEYS)
def test_what_a_setting_takes_is_chinese(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh_CN")
    assert localise(f"give {KEYS[name].expected}").startswith("请写")


def test_models_are_chinese(run: Run) -> None:
    out = run("models", env=CHINESE).out
    for model in list_models():
        assert f"{model.name}\n  {model.dimension} 维，" in out
    assert ENGLISH.findall(out) == []


def test_evaluations_are_chinese(run: Run, work: Work) -> None:
    (work.folder / "asked.jsonl").write_text(
        '{"query": "每部电梯由县财政补贴", "texts": ["由县财政补贴十五万元"]}\n'
        '{"query": "library opens", "texts": ["nowhere"]}\n{"query": "电梯多重？", "answerable": false}\n',
        encoding="utf-8",
    )

    def evaluate(*options: str, **env: str) -> str:
        compared = ["--compare", "mode=lexical where='language = \"zh\"'"]
        arguments = ["asked.jsonl", "--mode", "lexical", "--failures", "-q", *compared, *options]
        return str(run("eval", *arguments, cwd=work.folder, env=env).out)

    chinese = evaluate(**CHINESE)
    for label in ("全部（2）", "差值", "阈值", "保留正确答案", "校准误差", "平均得分", "没有答好：", "应为", "名次"):
        assert label in chinese
    own = re.sub(r"retriever search --min-score|library opens|^ {12}.*|mode=.*?\"zh\"", "", chinese, flags=re.MULTILINE)
    assert ENGLISH.findall(own) == []
    for format in ("json", "markdown"):
        assert evaluate("--format", format, **CHINESE) == evaluate("--format", format)


def sentences(path: Path) -> Iterator[str]:
    """What the strings of a module say between their places, without documentation, errors and Markdown's headings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    others = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in others:
            for text in (part.strip(" :;(),.%\n") for part in node.value.split("; ")):
                if " " in text and re.search("[a-z]{2}", text) and not text.startswith("#"):
                    yield text


@pytest.mark.parametrize("module", REPORTS)
def test_every_sentence_of_a_report_is_translated(module: str) -> None:
    known = "\n".join(re.sub(r"\{.*?\}", "\n", text) for text in (*MESSAGES, *WORDS, *REPORT, *SCORES))
    assert [text for text in sentences(ROOT / module) if text not in known] == []


def errors(path: Path) -> Iterator[str]:
    """What is raised about query sets by a module, and its hints, with 7 in every place."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        kind = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
        start = {"_fail": "set.jsonl, line 3: ", "error": "set.jsonl, line 3: ", "UsageError": ""}.get(kind)
        if start is not None and isinstance(node.args[-1], ast.Constant | ast.JoinedStr):
            yield start + fill(node.args[-1])
            hints = (keyword.value for keyword in node.keywords if isinstance(keyword.value, ast.Constant))
            yield from (for_shell(fill(hint)) for hint in hints)


def fill(text: ast.Constant | ast.JoinedStr) -> str:
    """A string, or what a formatted one is with 7 in every place."""
    parts = [text] if isinstance(text, ast.Constant) else text.values
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)


@pytest.mark.parametrize("module", ["qrels", "read", "rows", "topics"])
def test_every_error_of_a_query_set_is_translated(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh_CN")
    found = list(errors(ROOT / "retriever" / "evaluation" / f"{module}.py"))
    assert found
    assert [text for text in found if localise(text) == text] == []


def test_every_fact_of_a_model_is_translated() -> None:
    for model in list_models():
        assert {model.source, model.languages} <= WORDS.keys()
        assert not model.note or f"  {model.note}" in MESSAGES
