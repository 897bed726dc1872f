"""Opens the document of a hit in a program, at its page or line, where that can be done.

Everything here comes from documents and indexes that somebody else may have made: only regular files are opened, only
of types that are known to be documents, and only by programs that the user or the system has chosen.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retriever import Hit
from retriever_cli.opening.copies import copy_member
from retriever_cli.opening.programs import (
    ACTIVE,
    DOCUMENTS,
    ENCODED,
    LINELESS,
    TEXTS,
    find_editor,
    find_opener,
    find_page_viewer,
    find_text_window,
    has_display,
)

# Seconds in which a program that cannot open the file has said so.
TRIAL = 1.0
HEAD = 4096


class NotOpenedError(Exception):
    """A document cannot be opened in a program; the message says why."""


def open_document(hit: Hit, line: int) -> str:
    """Open the document of a hit, and return the name of the program. An editor in the terminal is waited for.

    ``line`` is that of the sentence that answers.

    Raises NotOpenedError where there is no file, no program that may have it, or nowhere to show it; ReadError if it
    lies in a container that cannot be unpacked.
    """
    container = _find_file(hit)
    copy = copy_member(hit.source, container)
    file = copy or container
    extension = file.suffix.lower()
    known = None if hit.place or extension in LINELESS else line
    is_text = hit.page is None and extension not in DOCUMENTS | ACTIVE | ENCODED and _is_text(file)
    editor = find_editor(file, known) if is_text and sys.stdin.isatty() and sys.stdout.isatty() else None
    if editor is not None:
        return _run(editor)
    if not has_display():
        raise NotOpenedError("there is no display for a program")
    command: list[str] | None = None
    if is_text:
        command = find_text_window(file, known)
    elif extension == ".pdf" and (page := hit.cited_page or hit.page):
        command = find_page_viewer(file, page)
    if command is not None:
        return _start(command)
    return _open_by_system(file, extension in DOCUMENTS | TEXTS or (extension in ACTIVE and copy is None))


def _find_file(hit: Hit) -> Path:
    """The file of a hit, without links. Raises NotOpenedError where there is none."""
    if hit.path is None:
        raise NotOpenedError("the document was added by a program and has no file")
    if hit.path.startswith(("\\\\", "//")) or not os.path.isabs(hit.path):
        raise NotOpenedError("its file is not on this machine")
    try:
        path = os.path.realpath(hit.path)
        if stat.S_ISREG(os.stat(path).st_mode):
            return Path(path)
    except (OSError, ValueError):
        pass
    raise NotOpenedError("its file is not there any more")


def _is_text(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            head = opened.read(HEAD)
    except OSError as error:
        raise NotOpenedError(f"its file cannot be read: {error.strerror}") from error
    return b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))


def _open_by_system(file: Path, allowed: bool) -> str:
    if not allowed:
        raise NotOpenedError(f"files of the type {file.suffix or 'without an extension'} are not handed to programs")
    start: Callable[[str], Any] | None = getattr(os, "startfile", None)
    if start is not None:
        try:
            start(str(file))
        except OSError as error:
            raise NotOpenedError(f"the system has no program for it: {error.strerror}") from error
        return "the system's program"
    command = find_opener(file)
    if command is None:
        raise NotOpenedError("the system has no xdg-open to open it")
    return _start(command)


def _run(command: list[str]) -> str:
    """Run an editor in this terminal to its end."""
    try:
        subprocess.run(command, check=False)
    except OSError as error:
        raise NotOpenedError(f"{command[0]} cannot be started: {error.strerror}") from error
    return os.path.basename(command[0])


def _start(command: list[str]) -> str:
    """Start a program with windows, which outlives this process."""
    name = os.path.basename(command[0])
    nothing = subprocess.DEVNULL
    try:
        process = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
        code = process.wait(TRIAL)
    except subprocess.TimeoutExpired:
        return name
    except OSError as error:
        raise NotOpenedError(f"{name} cannot be started: {error.strerror}") from error
    if code:
        raise NotOpenedError(f"{name} could not open it")
    return name
