"""The Chinese of the command line: what is shown, when, and that the table keeps up with the messages."""

from __future__ import annotations

import ast
import errno
import io
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from cli_kit import Run, Work
from screen import run_on_screen

from retriever.errors import advise_rebuild
from retriever_cli.advice import for_shell
from retriever_cli.messages import is_chinese, localise
from retriever_cli.messages.zh import MESSAGES, NOUNS, PREFIXES, WORDS
from retriever_cli.messages.zh_errors import PARSER
from retriever_cli.messages.zh_evaluation import REPORT
from retriever_cli.messages.zh_reasons import REASONS, THINGS, TYPES
from retriever_cli.messages.zh_scores import SCORES

pytestmark = pytest.mark.usefixtures("read_here")

ROOT = Path(__file__).parents[2]
CHINESE = {"LANG": "zh_CN.UTF-8"}
# What is said within other messages, or of files.
TOLD = {**SCORES, **REPORT, **REASONS, **THINGS, **TYPES}
PLACE = re.compile(r"\{\w+(?::\w+)?\}")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_SG"}, True),
        ({"LANG": "zh"}, True),
        ({"LC_MESSAGES": "zh_CN.GB18030", "LANG": "de_DE.UTF-8"}, True),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "zh_CN.UTF-8"}, False),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, True),
        ({"RETRIEVER_LANG": "zh-Hans", "LC_ALL": "C"}, True),
        ({"RETRIEVER_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, False),
        ({"LANG": "zh_TW.UTF-8"}, False),
        ({"LANG": "zh-Hant-HK"}, False),
        ({"LANG": "C.UTF-8"}, False),
        ({}, False),
    ],
)
def test_the_language_is_that_of_the_first_variable(
    variables: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RETRIEVER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_chinese() is expected


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh_CN")


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("documents  1,234 added, 2 skipped (dry run)\n", "文档  新增 1,234，跳过 2（试运行）\n"),
        ("indexing: 7 of 13 files, 0 of about 146 passages", "正在索引：7/13 个文件，0/约 146 个段落"),
        (
            "indexing: 13 of 13 files, 128 of 177 passages (72%, about 1 h 3 min left)",
            "正在索引：13/13 个文件，128/177 个段落（72%，还需约 1 h 3 min）",
        ),
        ("documents  0 removed, 13 left, generation 4", "文档      移除 0，剩余 13，第 4 代"),
        ("languages   zh 1,230, unknown 2, pt-BR 1", "语言    zh 1,230, 不明 2, pt-BR 1"),
        ("skipped: a: b.pdf: the PDF has no text layer", "跳过：a: b.pdf：PDF 没有文本层"),
        (
            "  a.pdf: the PDF has no text layer; if it is a scan, have its text recognised (OCR): pip install 'x[ocr]'",
            "  a.pdf：PDF 没有文本层；如果是扫描件，请识别其中的文字（OCR）：pip install 'x[ocr]'",
        ),
        ("  b.ofd: the OFD document has no text", "  b.ofd：OFD 文档没有文字"),
        ("  c.zip!a.txt: it is encrypted; pack it without a password", "  c.zip!a.txt：已加密；请不带密码重新打包"),
        (
            "error: invalid value '2' for --min-score: expected a number from 0 to 1",
            "错误：--min-score 的值 '2' 无效：应为 0 到 1 的数",
        ),
    ],
)
def test_what_stands_in_a_message_keeps_its_place(chinese: None, english: str, expected: str) -> None:
    assert localise(english) == expected


def test_a_text_of_which_a_line_is_unknown_stays_english(chinese: None) -> None:
    text = "skipped\n  a.pdf: the PDF has no text layer\n  b.pdf: a reason of tomorrow\n"
    assert localise(text) == text
    assert "没有文本层" in localise(text.replace("  b.pdf: a reason of tomorrow\n", ""))


def test_a_stream_that_cannot_take_chinese_gets_english(chinese: None) -> None:
    for encoding, expected in (("ascii", "no hits"), ("gb2312", "没有结果"), ("utf-8", "没有结果")):
        assert localise("no hits", io.TextIOWrapper(io.BytesIO(), encoding=encoding)) == expected


def test_commands_speak_chinese(run_apart: Run, work: Work, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("会议纪要。防汛值班由办公室负责。", "utf-8")
    (tmp_path / "b.pdf").write_bytes(b"\0\1\2\3")
    done = run_apart("index", "a.txt", "b.pdf", cwd=tmp_path, env=CHINESE)
    assert done.code == 4
    summary = re.sub(r"[\d.]+ s\n", "0 s\n", done.out)
    index = Path("indexes/default")
    assert summary == (
        f"文档  新增 1，跳过 1\n段落  新计算 1，复用 0\n索引  {index}：1 个文档，1 个段落，第 1 代\n用时  0 s\n"
        "跳过\n  b.pdf：文件已损坏，或不是 PDF\n"
    )
    assert done.err.startswith("正在扫描\n正在索引：")
    assert done.err.endswith("正在写入\n")
    empty = run_apart("search", "水泥", "--mode", "lexical", cwd=tmp_path, env=CHINESE)
    assert (empty.code, empty.out) == (1, "")
    assert empty.err == "没有结果\n提示：没有段落含有这些词；--mode hybrid 也按语义检索\n"
    wrong = run_apart("searhc", cwd=tmp_path, env=CHINESE)
    assert (wrong.code, wrong.err) == (2, "错误：没有命令 'searhc'\n提示：是不是 search？\n")


def test_listings_speak_chinese(run: Run, run_apart: Run, work: Work) -> None:
    done = run("status", cwd=work.folder, env=CHINESE)
    labels = ["索引", "版本", "文档", "段落", "语言", "来源", "模型", "磁盘", "下一步"]
    assert [line.split()[0] for line in done.out.splitlines()] == labels
    done = run("sources", cwd=work.folder, env=CHINESE)
    assert done.out == f"docs：2 个文档\n  {work.folder / 'docs'}\n"
    done = run("indexes", cwd=work.folder, env=CHINESE)
    assert re.fullmatch(r"default：2 个文档，\d+ 个段落，.*\n  indexes/default\n  模型 .*；来源 docs\n", done.out)
    # In a process of its own: in this one another test may not have let go of the generation yet.
    done = run_apart("history", cwd=work.folder, env=CHINESE)
    assert re.fullmatch(r" +1  .{25}  2 个文档，\d+ 个段落；新增 2，修改 0，移除 0（最新）\n", done.out)


# The caret is below the word.
ADN = f"错误：此处不应有 'adn'\n  year >= 2021 adn language = zh\n{' ' * 15}^\n提示：此处应为"
ERRORS = [
    (["search", "x", "--index", "none"], 3, "没有索引\n提示：这样建立：`retriever index SOURCE... --index "),
    (["search", "x", "--colour"], 2, "错误：没有选项 '--colour'\n提示：retriever search --help 列出"),
    (["search", "x", "-k", "none"], 2, "错误：-k/--limit 的值 'none' 无效：应为不小于 1 的整数\n"),
    (["search", "x", "--where", "year >= 2021 adn language = zh"], 2, ADN),
    (["search", "x", "--mode", "fast"], 2, "无效：可选 hybrid, dense 或 lexical\n"),
    (["index", "nowhere"], 2, "错误：没有这个文件或文件夹：nowhere\n提示：检查路径"),
    (["index", "no*"], 2, "错误：没有文件符合通配符：no*\n"),
    (["map", "--out", f"{'m' * 300}.png"], 2, f"错误：{'m' * 300}.png 无法写入：文件名太长\n提示：请换一个文件名"),
    (["map", "--out", "m.svg"], 2, "错误：地图不能写成 'm.svg'\n提示：文件名应以 .html, .png 或 .json 结尾"),
    (["forget"], 2, "错误：缺少参数 SOURCE\n"),
    (["search", "x", "--index"], 2, "错误：选项 '--index' 需要一个值\n提示：retriever --help"),
    (["search", "--quiet=1"], 2, "错误：选项 '--quiet' 不带值\n提示：retriever --help"),
    (["status", "x"], 2, "错误：多余的参数：x\n提示：retriever status --help"),
    (["status", "--index", "a", "--index", "b"], 2, "错误：给了 2 个 --index，但 `retriever status` 只能用一个索引\n"),
    (["index", "x", "--max-file-size", "huge"], 2, "错误：大小 'huge' 无效\n提示：写成 64MB"),
    (["delete", "default"], 2, "错误：删除索引需要确认\n提示：加上 --yes\n"),
    (["search", "x", "--where", "year >="], 2, "错误：过滤条件没有写完\n"),
    (["context", "电梯", "--tokenizer", "none"], 2, "错误：没有分词器 'none'\n提示：请使用其中之一："),
]


@pytest.mark.parametrize(("arguments", "code", "expected"), ERRORS)
def test_errors_are_chinese_and_exit_alike(
    arguments: list[str], code: int, expected: str, run: Run, work: Work
) -> None:
    english = run(*arguments, cwd=work.folder)
    chinese = run(*arguments, cwd=work.folder, env=CHINESE)
    assert (english.code, chinese.code) == (code, code)
    assert expected in chinese.err
    assert "error: " in english.err
    assert "错误" not in english.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "电梯", "--mode", "lexical", "--format", "json"],
        ["search", "火星", "--mode", "lexical", "--format", "jsonl"],
        ["status", "--format", "json"],
        ["verify", "--fast", "--format", "json"],
        ["history", "--format", "json"],
        ["documents", "--format", "json"],
        ["sources", "--format", "json"],
        ["config", "--format", "json"],
    ],
)
def test_json_and_exit_codes_do_not_depend_on_the_language(arguments: list[str], run: Run, work: Work) -> None:
    english, chinese = (run(*arguments, cwd=work.folder, env=env) for env in ({}, CHINESE))
    timeless = [re.sub(r'"(took_ms|held)": [\w.]+', "", result.out) for result in (english, chinese)]
    assert timeless[0] == timeless[1]
    assert english.code == chinese.code


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["search", "x", "--index", "none"], "没有索引"),
        (["search", "电梯由谁出资", "--mode", "lexical", "--explain"], "词语："),
        (["models"], "384 维"),
        (["config"], "（默认）"),
        (["eval", "narrow.jsonl", "--mode", "lexical", "--failures"], "保留正确答案"),
    ],
)
def test_chinese_messages_fit_a_narrow_terminal(arguments: list[str], expected: str, work: Work) -> None:
    questions = '{"query": "每部电梯由县财政补贴", "texts": ["十五万元"]}\n{"query": "猫", "answerable": false}\n'
    (work.folder / "narrow.jsonl").write_text(questions, encoding="utf-8")
    done = run_on_screen(*arguments, columns=40, cwd=work.folder, env=CHINESE)
    assert expected in done.text
    assert done.too_wide(40) == []


def literals(path: Path) -> Iterator[str]:
    """The text between the places of every string of a module, as a shell shows it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield for_shell(node.value)
        elif isinstance(node, ast.JoinedStr) and "advise_rebuild" in ast.unparse(node):
            yield for_shell("".join(map(read_part, node.values)))


def read_part(node: ast.expr) -> str:
    """What a part of a string says, also where it is the advice to rebuild an index."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    return advise_rebuild("x" if "(location)" in ast.unparse(node) else None)


@cache
def read_sources() -> list[str]:
    """The text of the strings of each module but the messages."""
    return [
        "\n".join(literals(path))
        for folder in ("retriever", "cli")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.parent.name != "messages"
    ]


def is_message(template: str) -> bool:
    """Whether one module has everything that a template says, each part of it in one string or in two."""
    said = [part.strip(" :;(),.%") for part in PLACE.split(template)]
    # A string ends between two words, never in one: modules without the longest word need no closer look.
    longest = max((word for part in said for word in part.split(" ")), key=len)
    return any(all(is_said(part, text) for part in said) for text in read_sources() if longest in text)


def is_said(part: str, text: str) -> bool:
    return part in text or any(first in text and second in text for first, second in halve(part))


@cache
def halve(part: str) -> list[tuple[str, str]]:
    return [(part[: space.start()], part[space.end() :]) for space in re.finditer(" ", part)]


@pytest.mark.parametrize("template", [*sorted(MESSAGES.keys() - PARSER), *TOLD, *NOUNS, *PREFIXES, *WORDS])
def test_every_template_is_a_message_of_the_source(template: str) -> None:
    assert is_message(template)


def test_a_stale_template_is_found() -> None:
    assert not is_message("there is no {index} of yesterday")


@pytest.mark.parametrize(("english", "shown"), [*MESSAGES.items(), *TOLD.items()])
def test_translations_have_the_places_of_the_message(english: str, shown: str) -> None:
    names = sorted(re.findall(r"\{(\w+)", english))
    assert sorted(re.findall(r"\{(\w+)\}", shown)) == names
    assert len(set(names)) == len(names)


def test_what_the_system_says_is_translated_at_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh")
    for number in (errno.ENOENT, errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO, errno.ECONNREFUSED):
        for reason in (os.strerror(number), os.strerror(number).lower()):
            told = localise(f"error: cannot read 'answer.md': {reason}")
            assert told.startswith("错误：无法读取 'answer.md'：")
            assert reason not in told
    assert localise("error: cannot read 'answer.md': some other fault").endswith("：some other fault")
