"""Fonts of this machine for any script: finds those that have the characters of a label, and draws with several.

Which characters a font has is asked of the font itself: it draws those that it lacks as it draws none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.corpus_map.libraries import require_pillow

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

# Parts of file names, in order of preference: plain faces of many characters, for each of the common systems.
PREFERRED = (
    "notosanscjk-regular", "sourcehansans", "pingfang", "hiragino", "msyh", "yugoth", "malgun", "wqy",
    "droidsansfallback", "dejavusans.", "liberationsans-regular", "notosans-regular", "arialuni", "arial.", "segoeui.",
    "helvetica", "freesans.",
)  # fmt: skip
ENDINGS = (".ttf", ".otf", ".ttc", ".otc")
# No font has this: it is not a character.
_NONE = "\U0010ffff"
# Fonts looked at, at most: opening one takes a millisecond or more.
MOST = 400


class Writer:
    """Writes text with the fonts of this machine, each character with the first font that has it."""

    def __init__(self, size: int, folders: tuple[Path, ...] | None = None) -> None:
        """``size`` is in pixels; ``folders`` are where fonts are looked for, by default those of the system."""
        require_pillow()
        from PIL import ImageFont

        self._size = size
        self._paths = list(_find_fonts(folders if folders is not None else _list_font_folders()))
        self._fonts: list[FreeTypeFont] = []
        self._default = ImageFont.load_default(size)
        self._known: dict[str, FreeTypeFont | None] = {}
        self.missing: set[str] = set()

    def measure(self, text: str) -> int:
        """The width of text in pixels."""
        return sum(round(font.getlength(part)) for part, font in self._split(text))

    def write(self, draw: ImageDraw, left: float, top: float, text: str, ink: str, paper: str | None = None) -> None:
        """Write text with its upper left corner at a place; with ``paper`` the letters have an edge of that colour."""
        for part, font in self._split(text):
            # The baselines of fonts have to agree, not their tops.
            draw.text(
                (left, top + self._size),
                part,
                font=font,
                fill=ink,
                anchor="ls",
                stroke_width=2 if paper else 0,
                stroke_fill=paper,
            )
            left += round(font.getlength(part))

    def _split(self, text: str) -> list[tuple[str, FreeTypeFont]]:
        """The text in parts of one font each; what no font has is left out and noted."""
        parts: list[tuple[str, FreeTypeFont]] = []
        for character in text:
            font = self._find(character)
            if font is None:
                self.missing.add(character)
            elif parts and (parts[-1][1] is font or character == " "):
                parts[-1] = (parts[-1][0] + character, parts[-1][1])
            else:
                parts.append((character, font))
        return parts

    def _find(self, character: str) -> FreeTypeFont | None:
        if character not in self._known:
            self._known[character] = next((font for font in self._open() if _has(font, character)), None)
        return self._known[character]

    def _open(self) -> Iterator[FreeTypeFont]:
        """The fonts, opened as they are asked for; the one that comes with Pillow last."""
        from PIL import ImageFont

        yield from self._fonts
        while self._paths:
            path = self._paths.pop(0)
            try:
                font = ImageFont.truetype(path, self._size, layout_engine=ImageFont.Layout.BASIC)
                _draw(font, "a")
            except (OSError, ValueError, TypeError):
                continue  # broken, or of bitmaps of other sizes
            self._fonts.append(font)
            yield font
        if isinstance(self._default, ImageFont.FreeTypeFont):
            yield self._default


def _find_fonts(folders: tuple[Path, ...]) -> list[Path]:
    """The font files below folders, those that suit best first, at most ``MOST``."""
    found = sorted(
        (_rank(name), os.path.join(folder, name))
        for top in folders
        for folder, _, names in os.walk(top)
        for name in names
        if name.lower().endswith(ENDINGS)
    )
    return [Path(path) for _, path in found[:MOST]]


def _list_font_folders() -> tuple[Path, ...]:
    """Where systems keep fonts."""
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", str(home))
        return Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts"), Path(local, "Microsoft", "Windows", "Fonts")
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts"
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = os.environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")
    folders = [Path(folder, "fonts") for folder in (*shared.split(":"), own) if folder]
    return (*folders, home / ".fonts")


def _rank(name: str) -> int:
    plain = name.lower().replace(" ", "").replace("_", "")
    return next((place for place, part in enumerate(PREFERRED) if part in plain), len(PREFERRED))


def _has(font: FreeTypeFont, character: str) -> bool:
    if character.isspace():
        return True
    return _draw(font, character) != _draw(font, _NONE)


@lru_cache(maxsize=4096)
def _draw(font: FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(character)
    return mask.size, bytes(mask)
