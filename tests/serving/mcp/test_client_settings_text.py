"""Edits of settings in JSON with comments and in TOML: one value changes, and no other byte."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.serving.mcp.clients import jsonc, toml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ENTRY = {"command": "/opt/venv/bin/retriever", "args": ["mcp", "--index", "/data/报告"], "env": {"A B": 'x"\\\x7f'}}

COMMENTED = """\
// Settings
{
  "theme": "One", // dark
  "servers": {
    "other": { "command": "y" }, // mine
    /* "off": {} */
  },
  "list": [1, 2,],
}
"""

keys = st.text(max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
spaces = st.sampled_from(["", " ", "\n", "\n  ", "\t", ' // a "note", {}\n', "/* } , */ ", "\r\n    "])


@st.composite
def written(draw: st.DrawFn, value: Any) -> str:
    """A value as somebody may write it: with spaces, comments and trailing commas."""
    if isinstance(value, dict):
        items = [
            f"{draw(spaces)}{json.dumps(key)}{draw(spaces)}:{draw(spaces)}{draw(written(item))}{draw(spaces)}"
            for key, item in value.items()
        ]
        comma = draw(st.sampled_from(["", f",{draw(spaces)}"])) if items else draw(spaces)
        return f"{{{','.join(items)}{comma}}}"
    if isinstance(value, list):
        items = [f"{draw(spaces)}{draw(written(item))}{draw(spaces)}" for item in value]
        comma = draw(st.sampled_from(["", f",{draw(spaces)}"])) if items else draw(spaces)
        return f"[{','.join(items)}{comma}]"
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


@given(st.data(), st.dictionaries(keys, values, max_size=4))
def test_only_the_value_at_the_path_changes(data: st.DataObject, settings: dict[str, Any]) -> None:
    settings = {key: value for key, value in settings.items() if key != "servers"}
    if data.draw(st.booleans()):
        settings["servers"] = data.draw(st.dictionaries(keys, values, max_size=3))
    text = data.draw(spaces) + data.draw(written(settings)) + data.draw(spaces)
    edited = jsonc.set_value(text, ["servers", "retriever"], ENTRY)
    expected = {**settings, "servers": {**settings.get("servers", {}), "retriever": ENTRY}}
    assert jsonc.parse(text).value == settings
    assert jsonc.parse(edited).value == expected
    # Nothing but space is taken away: without what was put in, the text is what it was.
    if "retriever" not in settings.get("servers", {}):
        assert is_subsequence("".join(text.split()), edited)
    assert jsonc.set_value(edited, ["servers", "retriever"], ENTRY) == edited


def is_subsequence(text: str, longer: str) -> bool:
    rest = iter(longer)
    return all(character in rest for character in text)


@given(st.dictionaries(keys, values))
def test_plain_json_is_read_as_python_reads_it(settings: dict[str, Any]) -> None:
    for indent in (None, 2, "\t"):
        assert jsonc.parse(json.dumps(settings, indent=indent)).value == settings


def test_an_entry_is_added_in_the_style_of_the_file() -> None:
    edited = jsonc.set_value(COMMENTED, ["servers", "retriever"], {"command": "r"})
    assert edited == COMMENTED.replace(
        '    /* "off": {} */\n', '    /* "off": {} */\n    "retriever": {\n      "command": "r"\n    }\n'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", '{\n  "a": {\n    "b": 1\n  }\n}\n'),
        ("{}", '{\n  "a": {\n    "b": 1\n  }\n}'),
        ('{"a": {}}', '{"a": {\n  "b": 1\n}}'),
        ('{\r\n\t"c": 0\r\n}\r\n', '{\r\n\t"c": 0,\r\n\t"a": {\r\n\t\t"b": 1\r\n\t}\r\n}\r\n'),
        ('{\n "c": 0 // note\n}', '{\n "c": 0, // note\n "a": {\n  "b": 1\n }\n}'),
        ('{\n  "a": {\n    "b": [2]\n  }\n}', '{\n  "a": {\n    "b": 1\n  }\n}'),
        ('{"a": 7, "a": {"b": 2}}', '{"a": 7, "a": {"b": 1}}'),
    ],
)
def test_indents_and_line_breaks_are_those_of_the_file(text: str, expected: str) -> None:
    assert jsonc.set_value(text, ["a", "b"], 1) == expected


@pytest.mark.parametrize(
    "text",
    ["{", "[1]", '{"a": 1', '{"a" 1}', "{'a': 1}", '{"a": {"b": 1}} x', '{"a": nul}', '{"a": 1 "b": 2}', "[" * 10_000,
     '{"a": "\n"}', '{"a": 01x}', "{,}", '{"a": 7}', "7", '{"a":' * 5000],
)  # fmt: skip
def test_what_is_no_settings_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (the messages differ)
        jsonc.set_value(text, ["a", "b"], 1)


CODEX = """\
model = "x" # keep
[mcp_servers.docs]
command = "d"

# about retriever
[mcp_servers.retriever]
command = "old"
args = [
  "a",
]
[mcp_servers.retriever.env]
X = "1"

# profiles
[profiles.fast]
model = "y"
"""


def test_a_table_is_replaced_with_those_below_it() -> None:
    edited = toml.set_table(CODEX, "mcp_servers", "retriever", ENTRY)
    expected = tomllib.loads(CODEX)
    expected["mcp_servers"]["retriever"] = ENTRY
    assert tomllib.loads(edited) == expected
    assert edited.startswith(CODEX.partition("[mcp_servers.retriever]")[0])
    assert edited.endswith('\n\n# profiles\n[profiles.fast]\nmodel = "y"\n')


@pytest.mark.parametrize(
    "text", ["", "a = 1", "a = 1\n", "[x]\ny = 2\n\n", "a = 1\r\n", "[mcp_servers.other]\nz = 3\n"]
)
def test_a_table_is_appended(text: str) -> None:
    edited = toml.set_table(text, "mcp_servers", "my laws", ENTRY)
    assert edited.startswith(text)
    servers = {**tomllib.loads(text).get("mcp_servers", {}), "my laws": ENTRY}
    assert tomllib.loads(edited) == {**tomllib.loads(text), "mcp_servers": servers}
    assert toml.set_table(edited, "mcp_servers", "my laws", ENTRY) == edited
