"""``retriever config``: shows the effective settings, and where each is from."""

from __future__ import annotations

import sys
from dataclasses import replace

from retriever_cli.config import KEYS, Config, Setting, current_config, format_value
from retriever_cli.console import escape_line, fit, write
from retriever_cli.home import HOME_VARIABLE, find_home
from retriever_cli.messages import localise
from retriever_cli.options import ReportFormatOption

EXAMPLES = """\b
Examples:
  retriever config
  retriever config --format json
"""

_WIDTH = max(map(len, KEYS))
_ORIGINS = {
    "variable": f"${HOME_VARIABLE}",
    "folder": "the nearest folder of that name",
    "user": "the user's data folder",
}


def config(format: ReportFormatOption = "text") -> None:
    """Show the settings, and where each is from.

    They hold where no option is given, and come from environment variables and a file that you write.
    """
    found, home = current_config(), find_home()
    settings = {name: _hide(name, found.setting(name)) for name in KEYS}
    if format == "json":
        from retriever_cli.render.json import format_json

        values = {name: {"value": one.value, "from": one.origin} for name, one in settings.items()}
        place = {"value": str(home.folder), "from": home.origin}
        file = None if found.path is None else str(found.path)
        write(format_json({"file": file, "home": place, "settings": values}))
        return
    rows = [("file", _format_file(found), ""), ("home", str(home.folder), _ORIGINS[home.origin])]
    rows += [(name, format_value(one.value), one.origin) for name, one in settings.items()]
    write(fit("".join(f"{escape_line(_format_row(*row))}\n" for row in rows)))


def _hide(name: str, setting: Setting) -> Setting:
    return replace(setting, value="…") if KEYS[name].secret and setting.value is not None else setting


def _format_row(name: str, value: str, origin: str) -> str:
    # A value that is a text stands in quotation marks, and a path says nothing that the table has.
    return f"{name:{_WIDTH}} {localise(value, sys.stdout)}" + (localise(f"  ({origin})", sys.stdout) if origin else "")


def _format_file(found: Config) -> str:
    if found.path is None:
        return "none"
    return str(found.path) if found.path.exists() else f"{found.path}, which does not exist"
