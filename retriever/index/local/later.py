"""What becomes of an index that a later version of Retriever has written to, while this one has it open.

Readers go on with the generation that they have, whose files the later version keeps as long as they hold it. Writers
are refused: a commit would be made from that old generation, and undo what the later version did.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.errors import IndexVersionError, StorageError
from retriever.index.local.manifest import Pointer, read_manifest

if TYPE_CHECKING:
    from retriever.index.local.snapshot import LocalSnapshot

_log = logging.getLogger(__name__)


class LaterVersion:
    """Keeps readers of one index at the last generation that this version can read, and says so once a generation."""

    def __init__(self) -> None:
        self._logged = ""

    def read(self, newest: Callable[[], LocalSnapshot], last: LocalSnapshot | None) -> LocalSnapshot:
        """The newest generation, or the ``last`` one that was read if a later version wrote the newest.

        Raises what ``newest`` raises; IndexVersionError only if there is no last one.
        """
        try:
            return newest()
        except IndexVersionError as error:
            if last is None:
                raise
            if self._logged != str(error):
                self._logged = str(error)
                _log.warning(
                    "%s; searches go on with generation %d until this process is restarted with the later version",
                    error,
                    last.generation,
                )
            return last


def require_known_format(root: Path) -> None:
    """Raise IndexVersionError if a later version wrote the newest generation; ignore whatever else is wrong with it."""
    try:
        read_manifest(root, Pointer.read(root).generation)
    except IndexVersionError:
        raise
    except (StorageError, OSError):
        return
