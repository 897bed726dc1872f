"""Settings in TOML, edited by tomlkit: a table is appended, or set where it is, and every other line is left alone."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from retriever.errors import MissingExtraError, install_command

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from tomlkit.items import Comment, Table, Whitespace


def parse(text: str) -> dict[str, Any]:
    """The values of a text. Raises ValueError."""
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def set_table(text: str, table: str, name: str, values: Mapping[str, Any]) -> str:
    """The text with ``values`` as the table ``[table.name]``, in the place of one that is there.

    The result has to be read again and compared, as any edit. Raises ValueError for a text that is not TOML or cannot
    be edited, MissingExtraError without tomlkit.
    """
    try:
        from tomlkit.exceptions import TOMLKitError
    except ModuleNotFoundError as error:
        message = "settings in TOML need tomlkit, which is not installed"
        raise MissingExtraError(message, hint=install_command("mcp")) from error
    try:
        edited = _append(text, table, name, values) or _set(text, table, name, values)
    except (TOMLKitError, TypeError, AttributeError) as error:
        raise ValueError(f"it cannot be edited: {error}") from error
    # What was added ends its lines as the others do.
    return re.sub(r"(?<!\r)\n", "\r\n", edited) if "\r\n" in text else edited


def _append(text: str, table: str, name: str, values: Mapping[str, Any]) -> str | None:
    """The text with the table at its end; None where the others are not written as tables or it is there already."""
    import tomlkit

    above = tomlkit.table(is_super_table=True)
    above[name] = values
    blank = "\n" if text.strip() and not text.endswith(("\n\n", "\n\r\n")) else ""
    gap = "\n" if text and not text.endswith("\n") else ""
    appended = f"{text}{gap}{blank}{tomlkit.dumps({table: above})}"
    parse(text)
    try:
        parse(appended)
    except ValueError:
        return None
    return appended


def _set(text: str, table: str, name: str, values: Mapping[str, Any]) -> str:
    """The text with the table where it is, or beside the others."""
    import tomlkit
    from tomlkit.items import Table

    document = tomlkit.parse(text)
    servers: Any = document[table]
    former = servers.get(name)
    servers[name] = values
    if isinstance(former, Table):
        last = _find_last(servers[name])
        for item in _find_tail(_find_last(former)):
            last.add(item)
    return tomlkit.dumps(document)


def _find_last(table: Table) -> Table:
    """The table at the end of a table: the last one below it, or itself."""
    from tomlkit.items import Table

    below = [item for key, item in table.value.body if isinstance(item, Table)]
    return _find_last(below[-1]) if below else table


def _find_tail(table: Table) -> list[Comment | Whitespace]:
    """The blank lines and comments at the end of a table, which are about what follows."""
    from tomlkit.items import Comment, Whitespace

    tail: list[Comment | Whitespace] = []
    for _, item in reversed(table.value.body):
        if not isinstance(item, (Comment, Whitespace)):
            break
        tail.append(item)
    return tail[::-1]
