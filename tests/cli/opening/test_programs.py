"""Which program opens a file: the rules, without starting one."""

from __future__ import annotations

from pathlib import Path

import pytest

from retriever_cli.opening.copies import safe_name
from retriever_cli.opening.programs import find_editor, has_display

SSH = {"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        # The display of the remote machine, and one that is forwarded to the user.
        ({"DISPLAY": ":0", **SSH}, "linux", False),
        ({"DISPLAY": "localhost:10.0", **SSH}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0", **SSH}, "linux", False),
        ({}, "darwin", True),
        (SSH, "darwin", False),
        ({}, "win32", True),
    ],
)
def test_a_display_is_where_the_user_sits(environment: dict[str, str], platform: str, expected: bool) -> None:
    assert has_display(environment, platform) is expected


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("vim -R", ["-R", "+7", "{file}"]),
        ("hx", ["{file}:7"]),
        ("code --wait", ["--wait", "--goto", "{file}:7"]),
        ("kate", ["--line", "7", "{file}"]),
        ("my-editor", ["{file}"]),
        ("'unclosed", None),
        ("not-installed", None),
        ("", None),
    ],
)
def test_editors_are_told_the_line_in_their_own_way(
    setting: str, expected: list[str] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("vim", "hx", "code", "kate", "my-editor"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    file = Path("/docs/{line} $(x).txt")
    found = find_editor(file, 7, {"EDITOR": setting})
    assert (found and found[1:]) == (expected and [part.replace("{file}", str(file)) for part in expected])
    assert find_editor(file, None, {"VISUAL": "hx", "EDITOR": "vim"}) == ["hx", str(file)]


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("2021/方案 (1).pdf", "方案 (1).pdf"),
        ("..\\..\\evil.pdf", "evil.pdf"),
        ("-rf;$(id)\u202e\n.docx", "rf_(id).docx"),
        ("a.desktop.pdf", "a_desktop.pdf"),
        (".bashrc", "bashrc"),
        ("...", "document"),
        (f"{'长' * 300}.xlsx", f"{'长' * 60}.xlsx"),
        ("name.of a thing", "name.of a thing"),
    ],
)
def test_copies_have_harmless_names(member: str, expected: str) -> None:
    assert safe_name(member) == expected
