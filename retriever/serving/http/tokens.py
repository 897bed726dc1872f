"""Reads bearer tokens from the environment and from a file: never from arguments, which every user of a system sees."""

from __future__ import annotations

import os
import stat
from codecs import BOM_UTF8
from collections.abc import Mapping
from pathlib import Path

from retriever.errors import UsageError
from retriever.serving.http.options import Token

VARIABLE = "RETRIEVER_TOKEN"
READ, WRITE = "read", "write"
LARGEST = 1 << 20


def find_tokens(path: str | Path | None, environment: Mapping[str, str]) -> tuple[Token, ...]:
    """The token of ``$RETRIEVER_TOKEN``, which may do all that the server permits, and those of a file.

    Raises UsageError for a file that cannot be read, that others may read, or that has a wrong line.
    """
    value = environment.get(VARIABLE, "").strip()
    return (*((Token(value),) if value else ()), *(_read_tokens(Path(path)) if path else ()))


def _read_tokens(path: Path) -> tuple[Token, ...]:
    """The tokens of a file: one a line, after ``read`` if it may not write. Empty lines and those with ``#`` are none.

    Raises UsageError as ``find_tokens`` does.
    """
    tokens = []
    for number, line in enumerate(_read(path).splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        role, value = words if len(words) == 2 else (WRITE, words[0])
        if len(words) > 2 or role not in (READ, WRITE):
            raise UsageError(
                f"line {number} of the token file {str(path)!r} is not a token",
                hint="write: TOKEN, read TOKEN or # note",
            )
        tokens.append(Token(value, role == WRITE))
    if not tokens:
        raise UsageError(f"the token file {str(path)!r} has no token", hint="make one: openssl rand -hex 32")
    return tuple(tokens)


def _read(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
                raise UsageError(f"the token file {str(path)!r} is not a file of tokens", hint="one token a line")
            if hasattr(os, "geteuid") and status.st_mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH):
                raise UsageError(f"others may read the token file {str(path)!r}", hint=f"chmod 600 {path}")
            return file.read(LARGEST).removeprefix(BOM_UTF8).decode("ascii")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot read the token file {str(path)!r}: {reason}", hint="check its path") from error
    except ValueError as error:
        raise UsageError(f"the token file {str(path)!r} is not ASCII", hint="one token a line") from error
