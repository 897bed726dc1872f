"""Patterns of ignore files match what git matches, and no pattern fails or is slow."""

from __future__ import annotations

import random
import subprocess
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.ingest.ignore import IgnoreRules
from retriever.ingest.ignore_patterns import parse_patterns

ATOMS = ["a", "b", "ab", ".", "-", " ", "*", "**", "***", "?", "/", "!", "#", "\\", "\\*", "[", "]"]
ATOMS += ["[ab]", "[!a]", "[^a]", "[a-]", "[z-a]", "[]b]", "[[:alpha:]]", "[[:digit:]-b]", "[[:no:]]", "[a/]"]
NAMES = ["a", "b", "ab", "ba", "a b", "*", "-", "aa", "abab", "]", "[", "z", ".a", "!", "#", "7"]


def is_ignored(folder: Path, path: str) -> bool:
    """Whether a scan of a folder would leave out a path below it."""
    rules = IgnoreRules().below(str(folder))
    names = path.split("/")
    above = ["/".join(names[:depth]) for depth in range(1, len(names))]
    return any(rules.ignores(f"{folder}/{name}", is_folder=True) for name in above) or rules.ignores(
        f"{folder}/{path}", is_folder=False
    )


def test_it_matches_what_git_matches(tmp_path: Path) -> None:
    chosen = random.Random(20261130)
    paths = []
    for number in range(400):
        folder = tmp_path / str(number)
        folder.mkdir()
        lines = ["".join(chosen.choices(ATOMS, k=chosen.randint(1, 6))) for _ in range(chosen.randint(1, 3))]
        (folder / ".gitignore").write_text("\n".join(lines) + chosen.choice(["", "\n", "\r\n"]))
        paths += [f"{number}/" + "/".join(chosen.choices(NAMES, k=chosen.randint(1, 4))) for _ in range(10)]
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    command = ["git", "-C", tmp_path, "check-ignore", "--no-index", "-z", "--stdin"]
    told = subprocess.run(command, input="\0".join(paths).encode(), stdout=subprocess.PIPE, check=True)
    expected = set(told.stdout.decode().split("\0"))
    assert len(expected) > 500
    for path in paths:
        number, _, below = path.partition("/")
        rules = (tmp_path / number / ".gitignore").read_text()
        assert is_ignored(tmp_path / number, below) == (path in expected), (rules, below)


@pytest.mark.parametrize(
    ("text", "path", "ignored"),
    [
        ("\ufeffa.txt", "a.txt", True),  # a byte order mark
        ("a.txt\x0bb.txt", "b.txt", False),  # only a line feed ends a line
        ("a.txt  \r\n", "a.txt", True),
        ("a.txt\\ ", "a.txt ", True),
        ("größe?", "größe1", True),
        ("[ä-ü]x", "öx", True),
        ("x" * 5000, "x" * 5000, False),  # longer than a path
    ],
)
def test_lines(text: str, path: str, ignored: bool) -> None:
    assert any(pattern.matches.fullmatch(path) for pattern in parse_patterns(text)) == ignored


@given(st.text(alphabet=st.sampled_from("ab*?/[]!^-:\\\n \u0130"), max_size=60))
def test_any_text_has_patterns(text: str) -> None:
    for pattern in parse_patterns(text):
        pattern.matches.fullmatch("a/b")


@pytest.mark.parametrize(
    ("pattern", "path"),
    list(
        product(
            ["*a" * 100 + "b", "**/a/" * 100 + "b", "**/*a*a*b/" * 50 + "c", "**/?*?" * 600 + "/x", "[a-" * 1000],
            ["a" * 250, "a/" * 1500 + "c", "aaaaaaaaaaaaaaaa/" * 200 + "c"],
        )
    ),
)
def test_no_pattern_tries_every_way_to_divide_a_path(pattern: str, path: str) -> None:
    """Tried in every way, each of these would take longer than the universe is old."""
    assert not any(one.matches.fullmatch(path) for one in parse_patterns(pattern))
