"""Remembers which model the user of this machine named for an index, because what an index says of itself may be false.

An index, or a file that one is imported from, may come from a stranger, and the name of a model in it may be that of
any folder on this machine or any model of the hub. So the bundled model apart, a model is loaded only if the user has
named it: in the call, or once for this index. The record is kept in the user's state folder. Nothing is loaded here.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from contextlib import suppress
from pathlib import Path

from retriever.errors import ModelError
from retriever.models.catalogue import BUNDLED, find_model
from retriever.system import NO_FOLLOW, replace_file

# No record is larger; what is has been written by something else.
_LARGEST = 1 << 16


def bundled_name(name: str) -> bool:
    """Whether a name that an index has for its model is one of the bundled model."""
    return name == "bundled" or find_model(name) is BUNDLED


def remember_model(location: str, name: str, fingerprint: str) -> None:
    """Note that the user named the model ``name``, in this state, for the index at ``location``.

    Where the state folder cannot be written, the model has to be named every time.
    """
    path = _record_path(location)
    record = {"index": _identify(location), "model": name, "fingerprint": fingerprint}
    aside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NO_FOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as file:
            json.dump(record, file, ensure_ascii=False)
        replace_file(aside, path)


def require_named(location: str, name: str, fingerprint: str | None = None) -> str:
    """The name to load the model of the index at ``location`` by, which says that it is ``name``.

    Raises ModelError for one that the user has not named for this index or, with ``fingerprint``, not in this state.
    """
    if bundled_name(name):
        return "bundled"
    record = _read_record(location)
    if record.get("model") == name and fingerprint in (None, record.get("fingerprint")):
        return name
    changed = "has changed since" if record.get("model") == name else "was not named"
    raise ModelError(
        f"the index {location} says that its model is {name!r}, which {changed} on this machine for it",
        hint=f"if you trust that model, name it: Retriever.open({location!r}, model={name!r}), or once for all later "
        f"calls: retriever index --model {shlex.quote(name)} --index {shlex.quote(location)}{_explain_folder()}",
    )


def _explain_folder() -> str:
    """What to do besides where the record cannot be kept."""
    folder = _state_folder()
    there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    if os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK):
        return ""
    return f"; {folder} cannot be written, so set XDG_STATE_HOME to a folder that can be"


def _state_folder() -> Path:
    from platformdirs import user_state_path

    return user_state_path("retriever").absolute() / "models"


def _record_path(location: str) -> Path:
    identity = _identify(location).encode("utf-8", "surrogatepass")
    return _state_folder() / f"{hashlib.blake2b(identity, digest_size=16).hexdigest()}.json"


def _identify(location: str) -> str:
    """The index itself, by whichever path it is reached."""
    return location if "://" in location else os.path.realpath(location)


def _read_record(location: str) -> dict[str, object]:
    """What the user named for an index; empty where nothing is known."""
    try:
        with _record_path(location).open("rb") as file:
            record = json.loads(file.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) and record.get("index") == _identify(location) else {}
