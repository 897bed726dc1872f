"""Source code: the text as it is, definitions as the outline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.documents.code import _find_by_line

Read = Callable[..., Any]

PYTHON = '''"""Pumps."""

class Pump:
    """停水检修。"""

    @property
    def level(self):
        def inner(): ...
        return "class No: x"

async def run(a, b):
    pass
'''
FILES = {
    "a.py": (PYTHON, [(1, "class Pump"), (2, "def level"), (3, "def inner"), (1, "def run")]),
    "broken.py": ("class A(B):\n  def f(self)\n    x = \n", [(1, "class A"), (2, "def f")]),
    "a.js": (
        "// function of time\nexport class Pump extends A {\n  start(x) {\n    if (x) { run(y) }\n    return go(x)\n"
        "  }\n}\n"
        "export const stop = async (a) => {\n}\nfunction* gen() {}\nfunction go(a) {\n}\n",
        [(1, "export class Pump"), (1, "export const stop = async (a) =>"), (1, "function go")],
    ),
    "a.java": (
        "public final class Pump {\n    private int level(String a, int b) throws E {\n        return get(a);\n    }\n"
        "    interface Part {\n    }\n}\n",
        [(1, "public final class Pump"), (2, "private int level(String a, int b) throws E"), (2, "interface Part")],
    ),
    "a.c": (
        "/* the pump\n class of pumps */\nstatic int *start(struct pump *p)\n{\n    stop(p);\n"
        "    else if (x) {\n    }\n}\n",
        [(1, "static int *start(struct pump *p)")],
    ),
    "a.go": (
        "func (p *Pump) Start(a int) error {\n}\ntype Pump struct {\n}\n",
        [(1, "func (p *Pump) Start"), (1, "type Pump")],
    ),
    "a.rs": (
        "pub fn run<T>(a: T) -> u8 {\n}\nimpl Pump {\n    fn go() {}\n}\n",
        [(1, "pub fn run"), (1, "impl Pump"), (2, "fn go")],
    ),
    "a.sql": ("CREATE TABLE pumps (\n  id int\n);\nselect * from pumps;\n", [(1, "CREATE TABLE pumps")]),
    "a.rb": (
        "module Water\n  class Pump < Base\n    def start?(x)\n    end\n  end\nend\n",
        [(1, "module Water"), (2, "class Pump"), (3, "def start?")],
    ),
    "a.sh": ("function stop {\n}\necho class of\n", [(1, "function stop")]),
}


@pytest.mark.parametrize("name", FILES)
def test_definitions_are_the_outline(read: Read, name: str) -> None:
    text, expected = FILES[name]
    document = read(name, text).only
    assert document.text == text
    assert [(item.level, item.text) for item in document.headings or ()] == expected
    assert document.title == name
    assert document.metadata == {"code": name.rpartition(".")[2]}


def test_code_without_definitions_is_read(read: Read) -> None:
    document = read("a.py", "# 停水检修\nx = 'words'\n").only
    assert (document.text, document.headings) == ("# 停水检修\nx = 'words'\n", None)


@given(
    st.lists(st.sampled_from(["def ", "class ", "a", "(", ")", "{", " ", "\n", "\t", "*", ":", "<", ">", "int "])).map(
        "".join
    )
)
def test_headings_are_spans_of_lines(text: str) -> None:
    end = 0
    for heading in _find_by_line(text):
        assert end <= heading.start < heading.end <= len(text)
        assert "\n" not in text[heading.start : heading.end]
        end = heading.end


@pytest.mark.parametrize(
    "line", ["int " * 90 + "(", "* " * 190, "a(" * 190, "def (" * 70, "<" * 390, "export " * 50, "a * & " * 60]
)
def test_hostile_lines_take_linear_time(line: str) -> None:
    assert len(_find_by_line(f"{line}\n" * 2000)) <= 2000
