"""Notebooks: cells in order, headings of the Markdown, outputs as text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from retriever.errors import ReadError

Read = Callable[..., Any]

CELLS = [
    {"cell_type": "markdown", "source": ["# Water\n", "\n", "Some <b>words</b> ![](data:image/png;base64,AAAA)"]},
    {
        "cell_type": "code",
        "source": "print('水')",
        "outputs": [
            {"output_type": "stream", "text": ["\x1b[31m水\x1b[0m\n"]},
            {
                "output_type": "execute_result",
                "data": {"text/plain": "42", "image/png": "AAAA", "text/html": "<b>42</b>"},
            },
            {"output_type": "error", "ename": "ValueError", "evalue": "no water", "traceback": ["…"]},
        ],
    },
    {"cell_type": "markdown", "source": "## More\n\ntext"},
]
METADATA = {"language_info": {"name": "python"}, "authors": [{"name": "张三"}]}


def test_cells_are_read_in_order(read: Read) -> None:
    document = read("a.ipynb", json.dumps({"cells": CELLS, "metadata": METADATA, "nbformat": 4})).only
    assert (
        document.text
        == "# Water\n\nSome words ![]()\n\nprint('水')\n\n水\n\n42\n\nValueError: no water\n\n## More\n\ntext"
    )
    assert [(item.level, item.text) for item in document.headings] == [(1, "Water"), (2, "More")]
    assert [document.text[item.start : item.end] for item in document.headings] == ["# Water", "## More"]
    assert [(place.name, document.text[place.start :].split()[0]) for place in document.places] == [
        ("cell=1", "#"),
        ("cell=2", "print('水')"),
        ("cell=3", "##"),
    ]
    assert (document.title, document.metadata) == ("Water", {"author": "张三", "code": "python"})


def test_older_notebooks_are_read(read: Read) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Old"},
        {"cell_type": "code", "input": "x = 1", "outputs": []},
    ]
    document = read("a.ipynb", json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3})).only
    assert document.text == "Old\n\nx = 1"
    assert [(item.level, item.text) for item in document.headings] == [(2, "Old")]


def test_long_outputs_are_cut(read: Read) -> None:
    cell = {"cell_type": "code", "source": "x", "outputs": [{"output_type": "stream", "text": "y" * 9000}]}
    reading = read("a.ipynb", json.dumps({"cells": [cell]}))
    assert len(reading.only.text) == 4003
    assert reading.notices == ["long outputs were cut to 4,000 characters"]


@pytest.mark.parametrize("level", [True, 0, -1, 10**4000, 1.5, "2", None])
def test_a_level_that_is_none_is_the_first(read: Read, level: object) -> None:
    cell = {"cell_type": "heading", "level": level, "source": "Water"}
    assert read("a.ipynb", json.dumps({"cells": [cell]}).encode()).only.headings[0].level == 1


def test_values_of_other_types_are_left_out(read: Read) -> None:
    cell = {"cell_type": ["markdown"], "source": "words", "outputs": [{"output_type": [], "text": {}}, 5]}
    sheets = [{"cells": 5}, {"cells": "ab"}, {"cells": [cell]}]
    assert read("a.ipynb", json.dumps({"worksheets": sheets, "metadata": {"authors": 5}})).only.text == "words"


@pytest.mark.parametrize(
    "data", ["{", "[]", '{"cells": 5}', '{"cells": [5]}', '{"cells": [{"source": 5, "outputs": 7}]}']
)
def test_broken_and_empty_notebooks_are_refused(read: Read, data: str) -> None:
    with pytest.raises(ReadError, match="the notebook"):
        read("a.ipynb", data)


def test_code_in_markdown_is_as_it_is(read: Read) -> None:
    source = "# Page\n\n```html\n<p>one</p>\n\n<b>two</b> <!-- three -->\n```\n<b>four</b>"
    document = read("a.ipynb", json.dumps({"cells": [{"cell_type": "markdown", "source": source}]})).only
    assert document.text == source.replace("<b>four</b>", "four")
    assert [item.text for item in document.headings] == ["Page"]
