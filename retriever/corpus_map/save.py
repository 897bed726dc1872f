"""Writes a map to a file, whole or not at all."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.arguments import quote, require_flag
from retriever.corpus_map.html import build_page
from retriever.errors import UsageError
from retriever.index.files.create import writing_aside
from retriever.paths import absolute_path
from retriever.system import replace_file

if TYPE_CHECKING:
    from retriever.corpus_map.values import MapData

FORMATS = (".html", ".png", ".json")
_ELSEWHERE = "name another file"
_FREE = "free some space on that disk and run the same command again"
_HINTS = {errno.ENOSPC: _FREE, errno.EDQUOT: _FREE}


def save(corpus_map: MapData, path: str | Path, *, overwrite: bool) -> tuple[str, ...]:
    """See ``CorpusMap.save``."""
    require_flag("overwrite", overwrite)
    ending = _require_format(path)
    target = absolute_path(path)
    with _refusing(target):
        real = Path(os.path.realpath(target))
        if real.exists() and not real.is_file():
            raise UsageError(f"{target} is not a regular file", hint="name a file")
        if real.exists() and not overwrite:
            raise UsageError(
                f"{target} already exists",
                hint="name another file, or overwrite it with --force (in Python: overwrite=True)",
            )
        if not real.parent.is_dir():
            raise UsageError(f"there is no folder {str(real.parent)!r}", hint="create it first")
    contents, notices = _encode(corpus_map, ending)
    # As an export, a map holds the texts of documents: others may read it where they may read what is beside it.
    with _refusing(target), writing_aside(real) as (aside, handle):
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(contents)
        replace_file(aside, real)
    return notices


@contextmanager
def _refusing(target: Path) -> Iterator[None]:
    """Raise UsageError where the system refuses to write to ``target``."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise UsageError(
            f"{target} cannot be written: {reason}", hint=_HINTS.get(getattr(error, "errno", 0), _ELSEWHERE)
        ) from error


def _encode(corpus_map: MapData, ending: str) -> tuple[bytes, tuple[str, ...]]:
    if ending == ".png":
        from retriever.corpus_map.picture import draw_picture

        return draw_picture(corpus_map)
    if ending == ".json":
        return json.dumps(corpus_map.to_dict(), allow_nan=False).encode(), ()
    return build_page(corpus_map).encode("utf-8"), ()


def _require_format(path: object) -> str:
    """The ending of the path of a map. Raises UsageError for one that is none of ``FORMATS``."""
    if not isinstance(path, str | Path) or not str(path):
        raise UsageError(f"the path of a map must be text, not {quote(path)}", hint='such as "map.html"')
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        raise UsageError(
            f"a map cannot be written as {quote(str(path))}",
            hint=f"end its name in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}",
        )
    return ending
