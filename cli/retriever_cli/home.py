"""Where indexes live: turns what the user wrote after ``--index`` into a folder. Nothing is read from an index."""

from __future__ import annotations

import os
from pathlib import Path

from retriever.errors import UsageError

HOME_VARIABLE = "RETRIEVER_HOME"
DEFAULT_HOME = "indexes"
# The file that names an index's newest generation; its presence makes a folder an index.
MARKER = "CURRENT"


def home() -> Path:
    """The folder that named indexes live in: ``$RETRIEVER_HOME``, else ``indexes`` below the working folder."""
    return _expanded(os.environ.get(HOME_VARIABLE) or DEFAULT_HOME)


def index_path(name: str) -> Path:
    """The folder of an index given by name or path.

    A path holds a separator or starts with ``.`` or ``~``; all else is a name below the home, also where a
    folder of that name lies in the working folder: ``--index reports`` beside ``reports/`` must not mean
    the documents.

    Raises UsageError for an empty name and for the ``~`` of a user who is not known.
    """
    if not name.strip():
        raise UsageError("the name of the index is empty", hint="leave --index out for the index called default")
    separators = {os.sep, os.altsep} - {None}
    if name.startswith((".", "~")) or any(separator in name for separator in separators if separator):
        return _expanded(name)
    return home() / name


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UsageError(
            f"{path}: there is no such user", hint="write the folder out, or ./~ for one that is called so"
        ) from error


def indexes() -> list[str]:
    """The names of the indexes in the home, sorted; those that may not be looked at are left out."""
    folder = home()
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(name for name in names if os.path.isfile(folder / name / MARKER))
