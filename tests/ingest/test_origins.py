"""What a source answers for is what scanning it finds, and what it would find if it were there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scanning import make_path_test, scan

from retriever.errors import UsageError

names = st.sampled_from(["a", "b", "ab.txt", "b.txt", "a[1].txt", ".a", ".b.txt"])
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
patterns = st.lists(
    st.sampled_from(["*", "**", "a*", "?", "*.txt", "[ab]", "[!a]*", ".*", "a", "b", "[[]*", "**.txt"]),
    min_size=1,
    max_size=4,
).map("/".join)


@settings(deadline=None, max_examples=300)
@given(st.sets(paths, max_size=12), patterns)
def test_a_pattern_answers_for_what_it_finds(files: set[str], pattern: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name in sorted(files):
            path = root / name
            if not any(parent.is_file() for parent in path.parents) and not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("words")
        source = root / pattern
        if source.exists():
            return
        covers = make_path_test([source])
        try:
            found = {str(file.path) for file in scan([source]).files}
        except UsageError:
            found = set()
        covered = {str(path) for path in root.rglob("*") if path.is_file() and covers(str(path))}
        assert found <= covered
        if "**" in pattern.split("/"):
            assert found == covered
        else:
            # A folder that matches is walked, which leaves out what is hidden or of no known kind.
            assert all(
                any(part.startswith(".") for part in Path(path).relative_to(root).parts) or not path.endswith(".txt")
                for path in covered - found
            )


@pytest.mark.parametrize("source", ["docs", "docs/*.txt", "docs/**/*.txt"])
def test_what_a_link_took_the_place_of_came_from_it(tmp_path: Path, source: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "docs").symlink_to("elsewhere")
    covers = make_path_test([tmp_path / source])
    assert covers(f"{tmp_path}/elsewhere/a.txt")
    assert covers(f"{tmp_path}/docs/a.txt")
    assert not covers(f"{tmp_path}/other/a.txt")


def test_a_pattern_does_not_reach_into_folders_that_it_does_not_name(tmp_path: Path) -> None:
    covers = make_path_test([tmp_path / "docs/*.txt"])
    assert covers(f"{tmp_path}/docs/a.txt")
    assert not covers(f"{tmp_path}/docs/town/a.txt")
    assert not covers(f"{tmp_path}/docs/.a.txt")
    assert covers(f"{tmp_path}/docs/folder.txt/a.md")


def test_a_folder_answers_for_itself_and_not_for_its_namesakes(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    covers = make_path_test([tmp_path / "docs", tmp_path / "nowhere"])
    assert covers(f"{tmp_path}/docs/town/a.txt")
    assert not covers(f"{tmp_path}/docs2/a.txt")
    assert not covers(f"{tmp_path}/nowhere/a.txt")


def test_links_in_the_way_to_a_pattern_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    os.symlink(tmp_path / "docs", tmp_path / "link")
    assert make_path_test([tmp_path / "link/*.txt"])(f"{tmp_path.resolve()}/docs/a.txt")
