"""The pictures of the README: small, shown in both languages with words for those who do not see them, and scripted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PICTURES = sorted((ROOT / "docs" / "images").iterdir())
MOST_BYTES = 300_000


def test_there_are_pictures_of_the_page_the_map_and_the_terminal() -> None:
    assert {"page.png", "map.png", "terminal.png"} <= {picture.name for picture in PICTURES}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_is_small_shown_and_scripted(picture: Path) -> None:
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < MOST_BYTES
    scripts = [ROOT / "scripts" / "screenshots.py", ROOT / "benchmarks" / "peers_report.py"]
    assert any(f'"{picture.name}"' in script.read_text(encoding="utf-8") for script in scripts)
    for readme in ("README.md", "README.zh.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        assert re.search(rf"!\[[^\]]{{10,}}\]\(docs/images/{re.escape(picture.name)}\)", text)
