"""No line is wider than the terminal: every command of docs/cli.md, at several widths, measured in cells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_kit import write_documents
from screen import Screen, run_on_screen

pytestmark = pytest.mark.usefixtures("read_here")

WIDTHS = [20, 40, 60, 80, 100, 200]
LONG = "a-folder-with-a-name-that-no-terminal-has-room-for-and-that-cannot-be-broken-anywhere-at-all"
WIDE = "很长的文件夹名字放不进任何一个终端窗口里面去因为它实在是太长了"
EMOJI = "👩‍👩‍👧‍👦 ❤️ 🇨🇳🇫🇷 1️⃣ 👍🏽 e\u0301 z\u0337\u0322\u0335 한국어 "
QUESTIONS = """{"query": "装电梯由谁出钱？", "texts": ["由县财政补贴十五万元"]}
{"query": "When does the library open?", "texts": ["opens at nine"]}
{"query": "谁负责统筹协调？", "texts": ["县住房和城乡建设局负责统筹协调"]}
"""
UNANSWERABLE = "".join(
    f'{{"query": "{query}", "answerable": false}}\n'
    for query in ("电梯多重？", "zzzz", f"url {EMOJI * 3}", "电梯 " * 30)
)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of documents whose names, titles and texts are hard to lay out."""
    folder = tmp_path_factory.mktemp("crowded")
    docs = write_documents(folder / "docs" / LONG / WIDE)
    (docs / "👩‍👩‍👧‍👦 report.md").write_text(f"# {EMOJI * 20}\n\n{(EMOJI + '电梯 lift ') * 40}\n", "utf-8")
    (docs / "url.txt").write_text(f"电梯 https://example.org/{'path' * 60} " + "长" * 300 + "。电梯", "utf-8")
    (docs / "table.djvu").write_bytes(b"")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    (folder / "questions.jsonl").write_text(QUESTIONS, "utf-8")
    (folder / "unanswerable.jsonl").write_text(QUESTIONS + UNANSWERABLE, "utf-8")
    first = run_on_screen("index", "docs", "--index", f"./{LONG}", columns=60, cwd=folder)
    assert first.code == 4
    assert first.too_wide(60) == []
    return folder


COMMANDS = [
    [],
    ["--help"],
    ["index", "--help"],
    ["search", "--help"],
    ["eval", "--help"],
    ["models", "--help"],
    ["index", "docs", "--dry-run", "--verbose", "--checksum"],
    ["index", "docs", "--verbose"],
    ["index", f"docs/{LONG}/no-such-folder"],
    ["search", "电梯", "--mode", "lexical"],
    ["search", "电梯", "--mode", "lexical", "--full", "--context", "2"],
    ["search", "电梯", "--mode", "lexical", "--explain", "--duplicates", "show"],
    ["search", "who pays for the lift?", "--explain"],
    ["search", "zzzz", "--mode", "lexical"],
    ["search", "电梯", "--where", f'title = "{"电梯" * 60}" or year >> 2021 and "{WIDE * 3}"'],
    ["search", "电梯", "--min-score", "many"],
    ["open", "1", "电梯", "--mode", "lexical", "--print"],
    ["open", "99", "电梯", "--mode", "lexical"],
    ["context", "电梯", "--mode", "lexical", "--tokens", "300"],
    ["check", "no-such-answer.txt"],
    ["map", "--out", f"./{LONG}.docx"],
    ["serch"],
    ["status"],
    ["status", "--index", LONG],
    ["documents"],
    ["indexes"],
    ["delete", f"./{LONG}"],
    ["sources"],
    ["forget", f"{LONG}/{WIDE}"],
    ["verify"],
    ["verify", "--fast"],
    ["history"],
    ["rollback", "99"],
    ["compact", "--keep", "3"],
    ["repair"],
    ["export", "out.jsonl", "--force"],
    ["export", "out.jsonl"],
    ["import", "out.jsonl", "--index", f"./{LONG}"],
    ["models"],
    ["models", "prepare"],
    ["models", "export", LONG * 5],
    ["copy", f"./{LONG}", f"./{LONG}-copy"],
    ["config"],
    ["mcp", "--help"],
    ["serve", "--host", WIDE],
    ["eval", "questions.jsonl", "--mode", "lexical"],
    ["eval", "unanswerable.jsonl", "--mode", "lexical", "--failures"],
    ["eval", "questions.jsonl", "--mode", "lexical", "--compare", "mode=lexical where='language = \"zh\"'"],
]


# Commands whose arguments name their indexes, or that take none.
WITHOUT = frozenset({"models", "serch", "indexes", "delete", "copy", "config", "check", "mcp", "serve"})


def index_of(arguments: list[str]) -> list[str]:
    takes_one = arguments and arguments[0] not in WITHOUT and not arguments[0].startswith("-")
    return ["--index", f"./{LONG}"] if takes_one and "--index" not in arguments and "--help" not in arguments else []


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: " ".join(words)[:40] or "none")
def test_no_line_is_wider_than_the_terminal(arguments: list[str], columns: int, crowded: Path) -> None:
    screen = run_on_screen(*arguments, *index_of(arguments), columns=columns, cwd=crowded)
    assert screen.code in (0, 1, 2, 3, 4)
    assert screen.text.strip()
    assert screen.too_wide(columns) == []


def test_every_command_is_measured() -> None:
    screen = run_on_screen("--help", columns=100, cwd=Path.cwd())
    listed = re.findall(r"^  ([a-z]+) {2,}\S", screen.text.replace("\r", ""), re.MULTILINE)
    assert len(listed) > 20
    assert not {*listed} - {arguments[0] for arguments in COMMANDS if arguments}


@pytest.mark.parametrize("columns", WIDTHS)
def test_no_line_of_the_prompt_is_wider(columns: int, crowded: Path) -> None:
    lines = ":help\n:k 2\n:mode lexical\n电梯\n:open 1\n:explain 1\n:where year >\n:dance\n"
    screen = run_on_screen("search", "--index", f"./{LONG}", columns=columns, cwd=crowded, stdin=lines)
    assert "unknown command" in " ".join(screen.text.split())
    assert screen.too_wide(columns) == []


def search(folder: Path, columns: int, **env: str) -> Screen:
    return run_on_screen(
        "search", "电梯", "--mode", "lexical", "--index", f"./{LONG}", columns=columns, cwd=folder, env=env
    )


@pytest.mark.parametrize("value", ["0", "1", "-5", "wide", "99999", "9" * 400, ""])
def test_an_absurd_width_is_ignored(value: str, crowded: Path) -> None:
    plain = search(crowded, 80).text
    odd = search(crowded, 80, COLUMNS=value)
    assert odd.code == 0
    assert odd.too_wide(80) == []
    assert odd.text == plain if value != "1" else odd.too_wide(20) == []


def test_columns_make_lines_shorter_than_the_terminal_but_not_wider(crowded: Path) -> None:
    assert search(crowded, 80, COLUMNS="50").too_wide(50) == []
    assert search(crowded, 50, COLUMNS="80").too_wide(50) == []


def test_a_terminal_without_a_size_has_80_columns(crowded: Path) -> None:
    screen = search(crowded, 0)
    assert screen.too_wide(80) == []
    assert screen.too_wide(60)
