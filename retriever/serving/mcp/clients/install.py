"""Adds an entry to the settings of a client: plans it, so that it can be shown first, and writes it whole or not.

The file that is replaced is kept as a backup. An edit is read again and compared before it is written: nothing but the
entry may differ. Settings that cannot be read are left alone.
"""

from __future__ import annotations

import copy
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retriever.errors import UsageError
from retriever.serving.mcp.clients import jsonc, toml
from retriever.serving.mcp.clients.catalogue import Client

_BOM = "\ufeff"
_MOST_BACKUPS = 1000
_LOCK_SECONDS = 10
_HINT = "nothing was changed; add the entry by hand"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an installation would do to the settings at ``path``.

    - ``entry``: the entry alone, in the form of the file
    - ``before``, ``after``: the text of the file; ``before`` is None where there is no file
    - ``former``: the entry of that name that is replaced, as values; None without one
    """

    client: Client
    name: str
    path: Path
    entry: str
    before: str | None
    after: str
    former: Any = None

    @property
    def is_needed(self) -> bool:
        """Whether the settings lack the entry as it is."""
        return self.before != self.after


def write_entry(client: Client, name: str, entry: dict[str, Any]) -> str:
    """The entry alone, as the settings of the client have it."""
    if client.form == "toml":
        return toml.set_table("", client.key, name, entry)
    return jsonc.set_value("", [client.key, name], entry)


def make_plan(client: Client, name: str, entry: dict[str, Any]) -> Plan:
    """Plan to add an entry. Raises UsageError for settings that cannot be read or edited safely."""
    # A link is followed: what keeps settings elsewhere goes on to do so.
    path = Path(os.path.realpath(client.settings()))
    before = _read(path)
    text = before or ""
    mark = _BOM if text.startswith(_BOM) else ""
    text = text.removeprefix(_BOM)
    try:
        values = _parse(client, text)
        servers = values.get(client.key, {}) if isinstance(values, dict) else None
        if not isinstance(servers, dict):
            raise ValueError(f"{client.key} is not an object")
        former = servers.get(name)
        after = text if former == entry else _edit(client, text, name, entry)
        expected = copy.deepcopy(values)
        expected.setdefault(client.key, {})[name] = entry
        if _parse(client, after) != expected:
            raise ValueError("it is written in a way that cannot be edited safely")
    except ValueError as error:
        message = f"the settings of {client.title} cannot be edited: {path}: {error}"
        raise UsageError(message, hint=_HINT) from error
    return Plan(client, name, path, write_entry(client, name, entry), before, mark + after, former)


def _parse(client: Client, text: str) -> Any:
    return toml.parse(text) if client.form == "toml" else jsonc.parse(text).value


def _edit(client: Client, text: str, name: str, entry: dict[str, Any]) -> str:
    if client.form == "toml":
        return toml.set_table(text, client.key, name, entry)
    return jsonc.set_value(text, [client.key, name], entry)


def write_plan(plan: Plan) -> Path | None:
    """Write the settings in one step. Returns the backup of the former ones; None without such.

    Raises UsageError where the file has changed since the plan was made, and where it cannot or must not be written.
    """
    try:
        plan.path.parent.mkdir(parents=True, exist_ok=True)
        with _installing_alone():
            if _read(plan.path) != plan.before:
                hint = "nothing was written; run the command again"
                raise UsageError(f"{plan.path} was changed in the meantime", hint=hint)
            if plan.before is not None and not _is_writable(plan.path):
                raise UsageError(f"{plan.path} is read-only", hint=_HINT)
            backup = None if plan.before is None else _back_up(plan.path)
            _replace(plan.path, plan.after)
    except OSError as error:
        raise UsageError(f"{plan.path} cannot be written: {error.strerror or error}", hint=_HINT) from error
    return backup


@contextmanager
def _installing_alone() -> Iterator[None]:
    """Hold off other installations of this user: of two that replace a file at once, one would be lost.

    Where the lock cannot be made, it is done without: the file is compared just before it is replaced.
    """
    from filelock import FileLock, Timeout
    from platformdirs import user_cache_path

    folder = user_cache_path("retriever")
    lock = FileLock(folder / "mcp-install.lock", timeout=_LOCK_SECONDS)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout as error:
            raise UsageError("another installation is running", hint="run the command again later") from error
    try:
        yield
    finally:
        lock.release()


def _is_writable(path: Path) -> bool:
    """Whether somebody may write it: its folder may let a file be replaced that was closed on purpose."""
    return bool(path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)) and os.access(path, os.W_OK)


def _read(path: Path) -> str | None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # A pipe would be waited for.
            raise UsageError(f"{path} cannot be read: it is not a file", hint=_HINT)
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise UsageError(f"{path} cannot be read: {reason}", hint=_HINT) from error


def _back_up(path: Path) -> Path:
    """A copy beside the file, readable by whoever may read that, under the first free name."""
    former = path.stat()
    for number in range(1, _MOST_BACKUPS):
        backup = path.with_name(f"{path.name}.bak{number if number > 1 else ''}")
        with suppress(FileExistsError):
            descriptor = os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL, former.st_mode & 0o777)
            with os.fdopen(descriptor, "wb") as file:
                file.write(path.read_bytes())
            _give(backup, former)
            return backup
    raise UsageError(f"{path} has {_MOST_BACKUPS} backups", hint="remove some of them")


def _replace(path: Path, text: str) -> None:
    former = path.stat() if path.exists() else None
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if former:
            os.chmod(name, former.st_mode & 0o777)
            _give(name, former)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _give(name: str | Path, former: os.stat_result) -> None:
    """Let the file belong to whom the former one did: as root (sudo), it would be closed to the user otherwise."""
    written = os.stat(name)
    if hasattr(os, "chown") and (written.st_uid, written.st_gid) != (former.st_uid, former.st_gid):
        with suppress(PermissionError):
            os.chown(name, former.st_uid, former.st_gid)
