"""Remembers what was said of files that cannot be read, or only in part, so that they are not read again for that.

It is kept in the cache of the index, by file, and holds for as long as the bytes, the options of the source and the
readers are the same. What may pass is never kept: a crash, a limit of time or memory, a disk or a permission.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from retriever.documents.fingerprint import reading_fingerprint
from retriever.index.cache.contents import REMARKS
from retriever.ingest.identity import file_digest
from retriever.reports import Notice, SkippedSource, WaitingPages

if TYPE_CHECKING:
    from retriever.index.cache.interface import EmbeddingStore
    from retriever.ingest.changes import ChangedFile

Remark: TypeAlias = Notice | SkippedSource | WaitingPages


@dataclass(slots=True)
class FileRemarks:
    """What was said of files. With ``forgetful`` nothing is recalled, so that all are read."""

    cache: EmbeddingStore
    forgetful: bool = False
    _known: dict[bytes, bytes] = field(default_factory=dict)
    _readers: str = ""

    def begin(self, files: Iterable[ChangedFile]) -> None:
        """Look up the files that a sync would read."""
        if not self.forgetful:
            self._known = self.cache.get_bytes(REMARKS, {_key(changed) for changed in files})

    def recall(self, changed: ChangedFile) -> Sequence[Remark] | None:
        """What was said of a file of which the index has all that can be read; None for one that has to be read."""
        kept = self._known.get(_key(changed))
        if kept is None:
            return None
        # Anybody may have written the cache; what is not of the expected form counts as missing.
        with suppress(ValueError, TypeError, KeyError, RecursionError):
            value = json.loads(kept)
            if value["mark"] == self.mark(changed) and (value["holds"] is False or self.is_held(changed)):
                return [_parse(item) for item in value["remarks"]]
        return None

    def remember(self, changed: ChangedFile, remarks: Iterable[Remark], *, holds: bool) -> None:
        """Keep what was said of a file that was read as far as it can be; ``holds`` says whether that gave documents.

        Nothing is kept of a file that is no longer what was compared. Raises IndexWriteError.
        """
        with suppress(OSError):
            if file_digest(changed.file.path) == changed.digest:
                value = {"mark": self.mark(changed), "holds": holds, "remarks": [_form(item) for item in remarks]}
                self.cache.put_bytes(REMARKS, [_key(changed)], [json.dumps(value).encode()])

    def is_held(self, changed: ChangedFile) -> bool:
        """Whether the index has what can be read of a file that is read in part."""
        return any(document.file_hash == self.mark(changed) for document in changed.previous)

    def mark(self, changed: ChangedFile) -> str:
        """What stands for the digest of a file that was read in part: another one where it may give more.

        It differs from the digest, so that a version that remembers nothing reads the file again.
        """
        self._readers = self._readers or reading_fingerprint()
        origin = changed.file.origin
        form = json.dumps([changed.digest, origin.encoding, origin.max_file_size, self._readers])
        return hashlib.blake2b(form.encode(), digest_size=16).hexdigest()


def _key(changed: ChangedFile) -> bytes:
    """BLAKE2b, 16 bytes, of the path and the name of a file: its reader goes by the one, what it says by the other."""
    names = json.dumps([str(changed.file.path), changed.file.source])
    return hashlib.blake2b(names.encode(), digest_size=16).digest()


def _form(item: Remark) -> list[Any]:
    if isinstance(item, WaitingPages):
        return ["waiting", item.source, item.pages, item.images]
    if isinstance(item, Notice):
        return ["notice", item.source, item.message]
    return ["skipped", item.source, item.reason]


def _parse(form: Any) -> Remark:
    """The inverse of ``_form``. Raises ValueError or TypeError for anything else."""
    kind, source, *rest = form
    expected = [int, int] if kind == "waiting" else [str]
    if type(source) is not str or [type(value) for value in rest] != expected:
        raise ValueError("no remark")
    if kind == "waiting":
        return WaitingPages(source, *rest)
    if kind not in ("notice", "skipped"):
        raise ValueError("no remark")
    return Notice(source, rest[0]) if kind == "notice" else SkippedSource(source, rest[0])
