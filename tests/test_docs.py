"""The papers and the command line agree: every command and option is documented, every example parses."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from architecture import LAYERS, TOP
from typer.main import get_command

from retriever.documents.code import EXTENSIONS as CODE
from retriever.documents.delimited import TEXT_COLUMNS
from retriever.documents.formats import READERS
from retriever_cli.main import make_app

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")


def walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command below one, with its full name."""
    yield name, command
    for child, below in getattr(command, "commands", {}).items():
        yield from walk(below, f"{name} {child}")


COMMANDS = dict(walk(get_command(make_app()), "retriever"))


def section(name: str) -> str:
    """The part of the page under the heading of a command, up to the next command's."""
    match = re.search(rf"^#+ {re.escape(name)}\n(.*?)(?=^#+ retriever|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return match[1] if match else ""


def examples(text: str) -> list[str]:
    """Command lines in code, whether in blocks or within a line; synopses with brackets or SOURCE are none."""
    blocks = re.findall(r"^(?:.*\| )?(?:\$ +)?(?:\S*/)?(retriever(?: [^\n]*)?)$", text, re.MULTILINE)
    found = [*blocks, *re.findall(r"`(retriever [^`\n]+)`", text)]
    return [line for line in found if not re.search(r"\[|\.\.\.|…|\b(COMMAND|QUERY|QUESTION|DIR|SOURCE|N)\b", line)]


def parse(example: str) -> None:
    """Parse a command line without running it; SystemExit or a usage error where it does not parse."""
    words = shlex.split(re.sub(r"\s+\(.*\)$", "", example).split(" < ")[0])[1:]
    name = "retriever"
    while words and f"{name} {words[0]}" in COMMANDS:
        name = f"{name} {words.pop(0)}"
    command = COMMANDS[name]
    if hasattr(command, "commands"):
        assert not words or words[0].startswith("-"), f"{example}: no such command"
    if words in (["--help"], ["--version"], ["--install-completion"], ["--show-completion"]):
        assert any(words[0] in parameter.opts for parameter in command.get_params(command.context_class(command)))
        return
    command.make_context(name, words, resilient_parsing=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_section_with_an_example(name: str) -> None:
    assert any(line == name or line.startswith(f"{name} ") for line in examples(section(name)))


@pytest.mark.parametrize("name", [name for name in COMMANDS if name.count(" ") == 1])
def test_every_command_is_in_the_table(name: str) -> None:
    assert re.search(rf"^\| \[`{name}`\]\(#{name.replace(' ', '-')}\) \| ", PAGE, re.MULTILINE)


OPTIONS = [
    (name, option)
    for name, command in COMMANDS.items()
    for parameter in command.params
    for option in (*parameter.opts, *parameter.secondary_opts)
    if option.startswith("--") or (len(parameter.opts) == 1 and option.startswith("-"))
]


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_every_option_is_documented_with_an_example(name: str, option: str) -> None:
    assert re.search(rf"^- .*`{option}[ `]", section(name), re.MULTILINE), "not in the list of options"
    assert any(option in shlex.split(line.split(" < ")[0]) for line in examples(section(name))), "no example uses it"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_examples(name: str) -> None:
    assert re.search(rf"^  {name}", COMMANDS[name].epilog or "", re.MULTILINE)


ALL = sorted(
    {*examples(PAGE), *examples(README), *examples(CHINESE)}
    | {line for command in COMMANDS.values() for line in examples(re.sub("^ +", "", command.epilog, flags=re.M))}
)


# A bare name is a mention of the command, which need not be complete.
@pytest.mark.parametrize("example", [line for line in ALL if line not in COMMANDS])
def test_every_example_parses(example: str) -> None:
    parse(example)


def test_examples_that_do_not_parse_are_found() -> None:
    for wrong in ("retriever listen", "retriever search x --colour", "retriever search x -k none", "retriever forget"):
        with pytest.raises((Exception, SystemExit)):
            parse(wrong)


@pytest.mark.parametrize("page", [README, CHINESE], ids=["README.md", "README.zh.md"])
def test_the_readme_shows_indexing_and_searching(page: str) -> None:
    shown = {line.split()[1] for line in examples(page) if len(line.split()) > 1}
    assert {"index", "search"} <= shown
    assert all(f"retriever {word}" in COMMANDS or word.startswith("-") for word in shown)


def test_the_chinese_readme_keeps_up_with_the_english_one() -> None:
    """Both link to each other and to the same pages, and tell the same figures: a figure changes in both."""
    links, chinese_links = (set(LINK.findall(page)) for page in (README, CHINESE))
    assert links - {"README.zh.md"} == chinese_links - {"README.md"}
    assert ("README.zh.md" in links, "README.md" in chinese_links) == (True, True)
    figures, chinese_figures = (
        set(re.findall(r"\d[\d,]*\.?\d* %|\d+\.\d+|\d+,\d{3}", re.sub(r"^```.*?^```$", "", page, flags=re.M | re.S)))
        for page in (README, CHINESE)
    )
    assert figures - chinese_figures == {"10,000"}  # 一万


PAPERS = sorted(path for path in ROOT.glob("**/*.md") if not {".venv", "corpus"} & {*path.parts})
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
NAMED = re.compile(
    r"`((?:retriever|cli|tests|docs|examples|benchmarks|scripts|indexes)/[\w./-]*\w\.(?:py|md|sh|txt|jsonl|npz))`"
)


@pytest.mark.parametrize("page", PAPERS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAPERS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = NAMED.findall(page.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAPERS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_has_what_a_patch_or_a_merge_leaves(page: Path) -> None:
    assert not re.findall(r"^(?:@@|<<<<<<<|>>>>>>>).*", page.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_decision_is_in_the_index_and_has_its_parts() -> None:
    pages = sorted(path for path in (ROOT / "docs" / "decisions").glob("*.md") if path.name != "README.md")
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| \[([\w-]+\.md)\]", index, re.MULTILINE)) == [page.name for page in pages]
    for page in pages:
        parts = re.findall(r"^\*\*(\w+)\.\*\*", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert parts == ["Context", "Decision", "Figures", "Consequences"], page.name


def test_every_format_is_documented() -> None:
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    firsts = " ".join(re.findall(r"^\| (.*?) \|", page, re.MULTILINE))
    # Of the sixty of source code it has examples.
    assert [suffix for suffix in READERS if suffix not in CODE and f"`{suffix}`" not in firsts] == []


def test_every_name_of_a_field_of_a_row_is_documented() -> None:
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    section = page.split("## Rows")[1].split("\n## ")[0]
    assert [name for name in TEXT_COLUMNS if f"`{name}`" not in section] == []


@pytest.mark.parametrize(
    ("name", "line"), [("CONTRIBUTING.md", r"^\d\. (.*)$"), ("ARCHITECTURE.md", r"^\| \d \| (.*)$")]
)
def test_the_layers_are_listed_as_they_are(name: str, line: str) -> None:
    lines = re.findall(line, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    listed = [set(re.findall(r"`(\w+)/?(?:\w+/)?`", found)) for found in lines]
    for package, layer in LAYERS.items():
        if package != TOP:
            assert ("cli" if package == "retriever_cli" else package) in listed[layer]
