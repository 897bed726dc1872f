"""Where indexes live: turns the value of ``--index`` into a folder. Never reads an index."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from retriever.errors import UsageError
from retriever_cli.console import notice

HOME_VARIABLE = "RETRIEVER_HOME"
HOME_NAME = "indexes"
# The file that names the newest generation of an index. A folder that has it is an index.
MARKER = "CURRENT"
ROOT_USER = 0
# The scheme of an index in one file, behind which a path stands as it is.
_MILVUS_FILE = "milvus+file:"


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of named indexes, and how it was found.

    - ``origin``: ``variable``, ``folder`` (the working folder or one above it) or ``user`` (the user's data)
    - ``start``: the folder from which it was looked for upwards; None if it was not, or there is none
    - ``foreign``: the folders that were passed over because they belong to another user
    """

    folder: Path
    origin: str
    start: Path | None = None
    foreign: tuple[Path, ...] = ()


def find_home() -> Home:
    """Find the folder of named indexes.

    It is ``$RETRIEVER_HOME``; else the nearest ``indexes`` in the working folder or above it that holds an index or
    nothing but a README; else ``indexes`` in the user's data folder.

    Raises UsageError for ``~`` with an unknown user.
    """
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Home(_expand(named), "variable")
    start = _working_folder()
    foreign: list[Path] = []
    for folder in (start, *start.parents) if start else ():
        candidate = folder / HOME_NAME
        if not _is_home(candidate):
            continue
        if _is_trusted(candidate):
            found = Path(HOME_NAME) if folder == start else candidate
            return Home(found, "folder", start, tuple(foreign))
        foreign.append(candidate)
    return Home(_user_home(), "user", start, tuple(foreign))


def home() -> Path:
    """The folder of named indexes."""
    return find_home().folder


def index_path(name: str) -> Path | str:
    """The folder of an index given by name or path; a URI as it is.

    A path contains a separator or starts with ``.`` or ``~``. Anything else is a name in the home, even if the
    current folder has a folder of that name: ``--index reports`` must not mean the documents in ``reports/``.

    Raises UsageError for an empty name and for ``~`` with an unknown user.
    """
    if not name.strip():
        raise UsageError("the index name is empty", hint="name one; `retriever indexes` lists them")
    if "://" in name:
        return name
    if name.startswith(_MILVUS_FILE):
        return f"{_MILVUS_FILE}//{os.path.abspath(os.path.expanduser(name.removeprefix(_MILVUS_FILE)))}"
    separators = {os.sep, os.altsep} - {None}
    if name.startswith((".", "~")) or any(separator in name for separator in separators if separator):
        return _expand(name)
    found = find_home()
    for folder in found.foreign:
        notice(f"passing over {folder}: it belongs to another user; set {HOME_VARIABLE} to use it")
    return found.folder / name


def find_indexes() -> list[tuple[str, Path]]:
    """The names and folders of the indexes that ``--index`` reaches by name."""
    folder = home()
    return [(name, folder / name) for name in _list_indexes(folder)]


def name_indexes(advice: str) -> str:
    """A hint of the library with an index of the home called by its name, as a user would, not by its path."""
    try:
        folder = re.escape(f"{os.path.abspath(home())}{os.sep}")
    except OSError:  # It is relative to a working folder that was removed.
        return advice
    name = rf"\w[^'`{re.escape(os.sep)}"
    pattern = rf"--index (?:{folder}({name}\s]*)|('){folder}({name}]*'))(?=[`\s]|$)"
    return re.sub(pattern, r"--index \1\2\3", advice)


def show_indexes(locations: Iterable[str]) -> dict[str, str]:
    """What to call indexes: by name in the home, by the path from the working folder below it, else by location."""
    try:
        names = {os.path.join(os.path.abspath(home()), ""): "", os.path.join(os.getcwd(), ""): os.path.join(".", "")}
    except OSError:  # The working folder was removed.
        names = {}
    return {location: _shorten(location, names) for location in locations}


def _shorten(location: str, names: Mapping[str, str]) -> str:
    for folder, name in names.items():
        rest = location.removeprefix(folder)
        if rest != location and (name or os.sep not in rest):
            return name + rest
    return location


def describe_home() -> list[str]:
    """Where indexes were looked for and which there are, in lines for someone whose index was not found."""
    found = find_home()
    names = _list_indexes(found.folder)
    lines = [f"indexes in {found.folder}: {', '.join(names)}" if names else f"no indexes in {found.folder}"]
    if found.origin == "user" and found.start:
        lines.append(f"looked for a folder {HOME_NAME!r} in {found.start} and above it first, and found none")
    if found.origin == "folder" and (others := _list_indexes(_user_home())):
        lines.append(f"indexes in {_user_home()}: {', '.join(others)} (name these by their path)")
    return lines


def _expand(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UsageError(
            f"invalid path {path!r}: no such user",
            hint="write out the folder; if its name begins with ~, put ./ before it",
        ) from error


def _working_folder() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # It was removed.
        return None


def _user_home() -> Path:
    from platformdirs import user_data_path

    return user_data_path("retriever", appauthor=False) / HOME_NAME


def _is_home(folder: Path) -> bool:
    """Whether a folder holds an index, or nothing but hidden files and a README, as that of a fresh clone does.

    Others are those of some other program.
    """
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return all(name.startswith((".", "README")) for name in names) or any(_find_names(folder, names))


def _is_trusted(folder: Path) -> bool:
    """Whether a folder that nobody named may be used: it, and a link to it, belong to the user or to root.

    Otherwise whoever can write to a folder above, such as a shared one for temporary files, decides what is searched.
    """
    if not hasattr(os, "geteuid"):
        return True
    try:
        owners = {os.lstat(folder).st_uid, os.stat(folder).st_uid}
    except OSError:
        return False
    return owners <= {os.geteuid(), ROOT_USER}


def _list_indexes(folder: Path) -> list[str]:
    try:
        return sorted(_find_names(folder, os.listdir(folder)))
    except OSError:
        return []


def _find_names(folder: Path, names: list[str]) -> Iterator[str]:
    return (name for name in names if os.path.isfile(folder / name / MARKER))
