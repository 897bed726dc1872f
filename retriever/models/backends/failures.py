"""Turns what the libraries below raise on a model that cannot be used into errors for the user.

A model may come from a stranger, and on broken files those libraries raise nearly anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from retriever.errors import MissingExtraError, ModelError, RetrieverError, install_command
from retriever.signals import raise_of_signal

LONGEST_REASON = 300
"""Characters of a library's message that are passed on: some quote a whole file."""
# What Python sees of a library in Rust that gave up; its class is neither public nor an Exception.
_PANIC = "PanicException"


@contextmanager
def translate_errors(message: str, hint: str = "") -> Iterator[None]:
    """Raise ModelError with ``message`` and the library's reason for whatever goes wrong inside.

    What a signal handler raises is passed on.
    """
    try:
        yield
    except RetrieverError:
        raise
    except Exception as error:
        raise_of_signal(error)
        raise ModelError(f"{message}: {describe(error)}", hint=hint) from error
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise ModelError(f"{message}: {describe(error)}", hint=hint) from error


def describe(error: BaseException) -> str:
    """The first line of an error's message, shortened; the name of its type where it has none."""
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    return reason if len(reason) <= LONGEST_REASON else reason[:LONGEST_REASON] + "…"


def check_file(path: Path, most_bytes: int) -> None:
    """Raise ModelError for what is not a regular file, and would not end being read, or is larger than it may be.

    Raises OSError where there is nothing.
    """
    state = path.stat()
    if not S_ISREG(state.st_mode):
        raise ModelError(f"cannot read {path}: it is not a regular file")
    if state.st_size > most_bytes:
        raise ModelError(f"cannot read {path}: it has {state.st_size:,} bytes, and at most {most_bytes:,} are read")


def check_folder(folder: Path) -> None:
    """Raise ModelError where reading a model's folder would never end, as reading a pipe or a device does not.

    Links are followed: the cache of the hub is made of them.
    """
    for path in (*folder.glob("*"), *folder.glob("*/*")):
        with suppress(OSError):
            mode = path.stat().st_mode
            if not S_ISREG(mode) and not S_ISDIR(mode):
                raise ModelError(f"{folder} cannot be used as a model: {path.name!r} is neither a file nor a folder")


def require_library(what: str) -> None:
    """Raise MissingExtraError where sentence-transformers, which ``what`` needs, is not installed; import nothing."""
    if find_spec("sentence_transformers") is None:
        raise MissingExtraError(
            f"{what} needs sentence-transformers, which is not installed", hint=install_command("sentence-transformers")
        )
