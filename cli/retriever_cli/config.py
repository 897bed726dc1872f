"""The user's configuration: reads and checks ``config.toml``, and says where the value of each setting is from.

Only the user's own file is read. A file in a working folder could name a pager, which is a program to run.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from retriever.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# Bytes of a file of settings, of which there are a dozen.
LARGEST = 1 << 20
CONFIG_VARIABLE = "RETRIEVER_CONFIG"
INDEX_VARIABLE = "RETRIEVER_INDEX"
FILE = "config.toml"
DEFAULT_INDEX = "default"

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the file: what values it takes, as a test and in words, and what holds without it."""

    name: str
    accepts: Callable[[Any], bool]
    expected: str
    default: Value | None
    # A variable that counts more than the file, one that counts less, and what they say; None if they do not count.
    variable: str = ""
    fallback: str = ""
    read: Callable[[str], Value | None] = str
    # Whether its value is shown as dots.
    secret: bool = False
    # Whether options of that name take their default from the key: of every command, of `search`, or none.
    options: str = ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_one_of(names: tuple[str, ...], value: Any) -> bool:
    return isinstance(value, str) and value in names


def _is_whole(value: Any, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= 1_000_000_000


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _read_flag(text: str) -> bool | None:
    return text.strip().lower() not in ("0", "false", "no", "off") if text.strip() else None


def _choice(name: str, *names: str) -> Key:
    expected = f"{', '.join(map(repr, names[:-1]))} or {names[-1]!r}"
    return Key(name, partial(_is_one_of, names), expected, names[0], options="search")


# fmt: off
KEYS = {key.name: key for key in (
    Key("index", _is_text, "the name, path or URI of an index", DEFAULT_INDEX, INDEX_VARIABLE,
        read=lambda text: text if text.strip() else None, options="all"),
    Key("model", _is_text, "the name or folder of a model", None),
    _choice("mode", "hybrid", "dense", "lexical"),
    Key("k", partial(_is_whole, least=1), "a whole number of at least 1", 10, options="search"),
    Key("min_score", _is_share, "a number from 0 to 1", 0.0, options="search"),
    Key("context", partial(_is_whole, least=0), "a whole number of at least 0", 0, options="search"),
    _choice("format", "text", "json", "jsonl", "markdown"),
    Key("pager", lambda value: isinstance(value, str), "a command, or '' for no pager", "less",
        "RETRIEVER_PAGER", "PAGER"),
    Key("colour", lambda value: isinstance(value, bool), "true or false", True, "NO_COLOR",
        read=lambda text: False if text else None),
    Key("server", lambda value: isinstance(value, bool), "true or false", True, "RETRIEVER_SERVER",
        read=_read_flag),
    Key("milvus_token", _is_text, "a token, or user:password", None, "RETRIEVER_MILVUS_TOKEN", secret=True),
    Key("milvus_tls", lambda value: isinstance(value, bool), "true or false", None, "RETRIEVER_MILVUS_TLS"),
    Key("milvus_ca", _is_text, "the PEM file of a certificate", None, "RETRIEVER_MILVUS_CA"),
    Key("milvus_database", _is_text, "the name of a database", None, "RETRIEVER_MILVUS_DATABASE"),
)}
# fmt: on


# The engine reads these from the environment, which the file stands in for.
_ENGINE = ("milvus_token", "milvus_tls", "milvus_ca", "milvus_database")


@dataclass(frozen=True, slots=True)
class Setting:
    """The effective value of a key, and where it is from: a variable, the file, or ``default``."""

    value: Value | None
    origin: str


@dataclass(frozen=True, slots=True)
class Config:
    """What the file says. Options of a command count more, and are not known here."""

    path: Path | None = None
    values: Mapping[str, Value] = field(default_factory=dict)

    def setting(self, name: str) -> Setting:
        """The effective value of a key: that of its variable, else that of the file, else the default."""
        key = KEYS[name]
        if (value := _read_variable(key, key.variable)) is not None:
            return Setting(value, f"${key.variable}")
        if name in self.values:
            return Setting(self.values[name], str(self.path))
        if (value := _read_variable(key, key.fallback)) is not None:
            return Setting(value, f"${key.fallback}")
        return Setting(key.default, "default")

    def export(self) -> None:
        """Set the variables of storage engines, where only the file has a value."""
        for variable, text in self._list_variables().items():
            os.environ.setdefault(variable, text)

    def list_exported(self) -> set[str]:
        """The variables of storage engines that say what the file says."""
        return {variable for variable, text in self._list_variables().items() if os.environ.get(variable) == text}

    def _list_variables(self) -> dict[str, str]:
        given = {KEYS[name].variable: self.values[name] for name in _ENGINE if name in self.values}
        return {name: str(int(value)) if isinstance(value, bool) else str(value) for name, value in given.items()}

    def option_defaults(self, commands: Mapping[str, Mapping[str, bool]]) -> dict[str, dict[str, Any]]:
        """The defaults of options by command, where they are not the usual ones.

        ``commands`` names the options of each, and whether they take several values. Arguments have no defaults:
        ``delete`` has to be told what to delete.
        """
        set_keys = [key for key in KEYS.values() if self.setting(key.name).origin != "default"]
        return {
            command: {
                key.name: [self.setting(key.name).value] if options[key.name] else self.setting(key.name).value
                for key in set_keys
                if key.options in ("all", command) and key.name in options
            }
            for command, options in commands.items()
        }


class _State:
    config = Config()


def use_config(config: Config) -> None:
    """Let a configuration hold for the running command."""
    _State.config = config


def current_config() -> Config:
    """The configuration of the running command."""
    return _State.config


def config_path() -> Path | None:
    """The file: ``$RETRIEVER_CONFIG``, else ``config.toml`` in the user's configuration; None if that is empty."""
    named = os.environ.get(CONFIG_VARIABLE)
    if named is not None:
        return Path(named) if named not in ("", os.devnull) else None
    from platformdirs import user_config_path

    return user_config_path("retriever", appauthor=False) / FILE


def read_config() -> Config:
    """Read the user's file. One that does not exist says nothing, unless ``$RETRIEVER_CONFIG`` names it.

    Raises UsageError for a file that cannot be read, is not TOML, or has an unknown key or a wrong value.
    """
    path = config_path()
    if path is None:
        return Config()
    try:
        # One that is not a regular file could block, or never end.
        if not path.is_file():
            if path.exists():
                raise UsageError(f"the configuration file {str(path)!r} is not a regular file", hint="check it")
            if os.path.lexists(path) or CONFIG_VARIABLE in os.environ:
                hint = f"write it, or unset {CONFIG_VARIABLE}"
                raise UsageError(f"no configuration file at {str(path)!r}", hint=hint)
            return Config(path)
        if path.stat().st_size > LARGEST:
            raise UsageError(f"the configuration file {str(path)!r} has more than {LARGEST:,} bytes", hint="check it")
        text = path.read_text(encoding="utf-8-sig")  # some editors write a byte order mark
        return Config(path, _check(tomllib.loads(text), text, path))
    except UnicodeDecodeError as error:
        raise UsageError(f"the configuration file {str(path)!r} is not UTF-8", hint="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        what = str(error)[:1].lower() + str(error)[1:]
        hint = 'text stands in quotation marks, as in index = "work"; true and false do not'
        raise UsageError(f"the configuration file {str(path)!r} is not valid TOML: {what}", hint=hint) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"cannot read the configuration file {str(path)!r}: {reason}", hint="check it") from error
    except (ValueError, RecursionError) as error:  # Characters no path has, numbers of thousands of digits.
        raise UsageError(f"cannot read the configuration file {str(path)!r}", hint="check it") from error


def format_value(value: object) -> str:
    """A value as it is written in the file; None as ``not set``."""
    if value is None:
        return "not set"
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)


def _read_variable(key: Key, name: str) -> Value | None:
    return key.read(os.environ[name]) if name in os.environ else None


def _check(values: dict[str, Any], text: str, path: Path) -> dict[str, Value]:
    for name, value in values.items():
        where = f"in {str(path)!r}{_find_line(name, text)}"
        if name not in KEYS:
            raise UsageError(f"unknown key {name!r} {where}", hint=f"the keys are {', '.join(KEYS)}")
        if not KEYS[name].accepts(value):
            shown = "…" if KEYS[name].secret else format_value(value)
            shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
            raise UsageError(f"invalid value {shown} of {name!r} {where}", hint=f"give {KEYS[name].expected}")
    return values


def _find_line(name: str, text: str) -> str:
    """``, line 3``; empty if no line plainly begins with the key."""
    begins = re.compile(rf"\s*\[*\s*[\"']?{re.escape(name)}[\"']?\s*[]=.]")
    number = next((number for number, line in enumerate(text.split("\n"), 1) if begins.match(line)), 0)
    return f", line {number}" if number else ""
