"""Where indexes live: turns the value of ``--index`` into a folder. Never reads an index."""

from __future__ import annotations

import os
from pathlib import Path

from retriever.errors import UsageError

HOME_VARIABLE = "RETRIEVER_HOME"
DEFAULT_HOME = "indexes"
# The file that names the newest generation of an index. A folder that has it is an index.
MARKER = "CURRENT"


def home() -> Path:
    """The folder of named indexes: ``$RETRIEVER_HOME``, else ``indexes`` in the current folder."""
    return _expanded(os.environ.get(HOME_VARIABLE) or DEFAULT_HOME)


def index_path(name: str) -> Path | str:
    """The folder of an index given by name or path; a URI as it is.

    A path contains a separator or starts with ``.`` or ``~``. Anything else is a name in the home, even if the
    current folder has a folder of that name: ``--index reports`` must not mean the documents in ``reports/``.

    Raises UsageError for an empty name and for ``~`` with an unknown user.
    """
    if not name.strip():
        raise UsageError("the index name is empty", hint="omit --index to use the index called default")
    if "://" in name:
        return name
    separators = {os.sep, os.altsep} - {None}
    if name.startswith((".", "~")) or any(separator in name for separator in separators if separator):
        return _expanded(name)
    return home() / name


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UsageError(
            f"invalid path {path!r}: no such user",
            hint="write out the folder; if its name begins with ~, put ./ before it",
        ) from error


def find_indexes() -> list[tuple[str, Path]]:
    """The names and folders of the indexes that ``--index`` reaches by name."""
    return [(name, home() / name) for name in list_indexes()]


def list_indexes() -> list[str]:
    """The names of the indexes in the home, sorted. Unreadable folders are left out."""
    folder = home()
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(name for name in names if os.path.isfile(folder / name / MARKER))
