"""Chooses the program that opens a file at a page or line: a table of known ones, and what the system says of others.

A program gets its arguments as a list: no shell ever sees a name that somebody else has chosen. Which files a program
of the system may have is a list of documents; what could be executed is not in it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# How programs are told a page, counted from 1.
PAGES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("evince", "papers", "atril", "xreader"), ("-i", "{page}", "{file}")),
    "okular": ("-p", "{page}", "{file}"),
    "zathura": ("-P", "{page}", "{file}"),
    "qpdfview": ("{file}#{page}",),
    "sioyek": ("--page", "{page}", "{file}"),
    "mupdf": ("{file}", "{page}"),
    "sumatrapdf": ("-page", "{page}", "{file}"),
    **dict.fromkeys(
        ("firefox", "chromium", "google-chrome", "microsoft-edge", "brave-browser"), ("{address}#page={page}",)
    ),
}
# How editors are told a line, counted from 1; others get the file alone.
LINES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("vi", "vim", "nvim", "view", "gvim", "nano", "pico", "emacs"), ("+{line}", "{file}")),
    **dict.fromkeys(("emacsclient", "joe", "jed", "ne", "mg", "micro", "kak"), ("+{line}", "{file}")),
    **dict.fromkeys(("gedit", "pluma", "xed", "bbedit"), ("+{line}", "{file}")),
    **dict.fromkeys(("hx", "helix", "subl", "sublime_text", "zed"), ("{file}:{line}",)),
    **dict.fromkeys(("code", "code-insiders", "codium", "cursor"), ("--goto", "{file}:{line}")),
    **dict.fromkeys(("kate", "kwrite", "geany", "mousepad"), ("--line", "{line}", "{file}")),
}
# Texts that programs of the system are given, and other documents.
TEXTS = frozenset((".txt", ".text", ".log", ".md", ".markdown", ".csv", ".tsv"))
DOCUMENTS = frozenset(
    (
        *(".pdf", ".ofd", ".docx", ".dotx", ".odt", ".ott", ".rtf", ".xlsx", ".xltx"),
        *(".ods", ".ots", ".pptx", ".ppsx", ".potx", ".odp", ".otp", ".epub", ".eml", ".msg"),
        *(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"),
    )
)
# Documents that run something, if the program lets them: as trustworthy as where they are from.
ACTIVE = frozenset(
    (
        *(".html", ".htm", ".xhtml", ".mht", ".mhtml", ".docm", ".dotm", ".xlsm", ".xltm", ".pptm", ".ppsm"),
        *(".doc", ".dot", ".wps", ".xls", ".xlt", ".ppt", ".pps"),
    )
)
# What is text, but not the text that a citation is about; and texts whose lines are not those of a citation.
ENCODED = frozenset((".ipynb", ".mbox"))
LINELESS = frozenset((".srt", ".vtt", ".json", ".xml"))
# Seconds in which the desktop tells its program.
PATIENCE = 5.0


def has_display(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether a window would appear where the user sits."""
    remote = bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"))
    if platform in ("win32", "darwin"):
        return not remote
    display = environment.get("DISPLAY", "")
    # That of a remote machine is seen there; one that is forwarded to the user names a host.
    return bool(display.partition(":")[0]) if remote else bool(display or environment.get("WAYLAND_DISPLAY"))


def find_page_viewer(file: Path, page: int) -> list[str] | None:
    """The command that shows a PDF at a page: the user's own viewer if it is a known one; None if it is not.

    Where the system names none, the first known one that is installed.
    """
    named = _find_default("application/pdf")
    if named:
        names = sorted((name for name in PAGES if re.search(rf"(?:^|[._]){name}", named)), key=len)[-1:]
    else:
        names = [*PAGES]
    program = next((found for name in names if (found := shutil.which(name))), None)
    return None if program is None else _fill(program, PAGES, file, page=page)


def find_editor(file: Path, line: int | None, environment: Mapping[str, str] = os.environ) -> list[str] | None:
    """The command of the editor that the user has named, at a line if it is a known one; None without an editor."""
    for variable in ("VISUAL", "EDITOR"):
        try:
            command = shlex.split(environment.get(variable, ""))
        except ValueError:  # Quotes that do not close.
            continue
        if command and shutil.which(command[0]):
            return _fill(command[0], LINES, file, command[1:], line=line)
    return None


def find_text_window(file: Path, line: int | None) -> list[str] | None:
    """The command of the system's own editor with windows, if it is one that takes a line; None otherwise."""
    named = _find_default("text/plain")
    names = sorted((name for name in LINES if named and re.search(rf"(?:^|[._]){re.escape(name)}\b", named)), key=len)
    program = next((found for name in names[-1:] if (found := shutil.which(name))), None)
    return None if program is None else _fill(program, LINES, file, line=line)


def find_opener(file: Path) -> list[str] | None:
    """The command by which the system opens a document; None where it has none."""
    name = "open" if sys.platform == "darwin" else "xdg-open"
    program = shutil.which(name)
    return [program, str(file)] if program else None


def _fill(
    program: str, table: Mapping[str, tuple[str, ...]], file: Path, options: Sequence[str] = (), **place: int | None
) -> list[str]:
    """The command of a program for a file, at the place if it is in the table and the place is known."""
    name = re.sub(r"\.exe$", "", os.path.basename(program).lower())
    form = table.get(name)
    if form is None or None in place.values():
        return [program, *options, str(file)]
    values = {"file": str(file), "address": file.as_uri(), **place}
    return [program, *options, *(part.format(**values) for part in form)]


def _find_default(kind: str) -> str:
    """What the desktop calls its program for a type of files, in small letters; empty where it does not tell."""
    query = shutil.which("xdg-mime")
    if query is None:
        return ""
    try:
        done = subprocess.run(
            [query, "query", "default", kind],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().lower()
