"""Publishes the generations of a mirror's writer: new files first, then the manifest, then CURRENT on a condition.

No object but CURRENT is ever written twice, so that two writers cannot spoil each other's. Of two that publish on top
of the same generation the server lets one replace CURRENT, and the other one is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.errors import (
    IndexCorruptError,
    IndexLockedError,
    IndexNotFoundError,
    IndexReadError,
    IndexUnavailableError,
    IndexWriteError,
    StorageError,
)
from retriever.index.files import durable
from retriever.index.local.entries import GENERATIONS
from retriever.index.local.manifest import CURRENT, Manifest, Pointer, require_readable
from retriever.index.local.publish import publish
from retriever.index.local.remote.faults import ConflictError, MissingObjectError
from retriever.index.local.remote.garbage import collect_remote_garbage, number_of
from retriever.index.local.remote.store import CONNECTIONS

if TYPE_CHECKING:
    from retriever.index.local.entries import FileEntry
    from retriever.index.local.remote.location import RemoteSettings
    from retriever.index.local.remote.mirror import Mirror
    from retriever.index.local.remote.store import ObjectStore


class RemotePublication:
    """How the writer of a mirror publishes; see ``Publication``. One thread at a time uses it."""

    def __init__(self, store: ObjectStore, mirror: Mirror, settings: RemoteSettings, *, create: bool) -> None:
        """``create`` is whether an index may be made where there is none."""
        self._store = store
        self._mirror = mirror
        self._settings = settings
        self._create = create
        # What the turn began with, or published last: CURRENT of the mirror, its tag on the server, and the files.
        self._current = b""
        self._tag = ""
        self._published: frozenset[FileEntry] = frozenset()
        self._damage: IndexCorruptError | None = None

    def begin(self) -> None:
        """Bring the mirror to the newest generation. Raises StorageError: IndexNotFoundError without any."""
        with self._mirror.hold():
            self._published, self._damage = frozenset(), None
            try:
                fetched = self._mirror.fetch_newest()
                self._tag, self._published = fetched.tag, frozenset(fetched.manifest.files)
            except MissingObjectError as error:
                if not self._create:
                    raise missing_error(self._store) from error
                self._tag = ""
                self._mirror.begin_empty()
            except IndexCorruptError as error:
                self._tag, self._damage = self._store.tag(CURRENT), error
                self._mirror.begin_empty()
            self._current = self._mirror.current()

    def require_sound(self) -> None:
        """Raise IndexCorruptError if what the turn began with is damaged: then it can only be replaced."""
        if self._damage:
            raise IndexCorruptError(str(self._damage), hint=self._damage.hint)

    def choose_number(self, base: Manifest) -> int:
        """A number above all that any writer has used, also one that was killed. Raises IndexLockedError."""
        self.require()
        with _writing():
            numbers = [number_of(item.name) for item in self._store.list(f"{GENERATIONS}/")]
        return max((base.generation, *numbers)) + 1

    def require(self) -> None:
        """See ``Publication.require``: also where another process of this machine has moved the mirror on."""
        if self._mirror.current() != self._current:
            raise self._conflict()

    def publish(self, root: Path, manifest: Manifest) -> None:
        """Publish ``manifest``, then make it the newest of the mirror.

        Raises IndexLockedError if another writer was faster, IndexUnavailableError, IndexWriteError.
        """
        require_readable(root, manifest)
        data = manifest.to_bytes()
        pointer = Pointer(manifest.generation, durable.digest_bytes(data)).to_bytes()
        try:
            with _writing():
                durable.checkpoint("remote:before")
                self._upload(root, sorted({*manifest.files} - self._published, key=lambda file: file.path))
                durable.checkpoint("remote:files")
                self._store.create(manifest.path, data)
                durable.checkpoint("remote:manifest")
                self._tag = self._store.replace(CURRENT, pointer, self._tag)
        except ConflictError as error:
            raise self._conflict() from error
        durable.checkpoint("remote:current")
        self._current, self._published, self._damage = pointer, frozenset(manifest.files), None
        with self._mirror.hold():
            publish(root, manifest, lambda: None)
        with suppress(StorageError, MissingObjectError):
            collect_remote_garbage(self._store, manifest, self._settings.grace)

    @contextmanager
    def collecting(self) -> Iterator[bool]:
        """See ``Publication.collecting``."""
        with self._mirror.hold():
            yield True

    def _upload(self, root: Path, files: list[FileEntry]) -> None:
        with ThreadPoolExecutor(CONNECTIONS, "retriever-publish") as pool:
            uploads = [pool.submit(self._store.create, file.path, root / file.path) for file in files]
            try:
                for one in uploads:
                    one.result()
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _conflict(self) -> IndexLockedError:
        return IndexLockedError(
            f"{self._store.location} was published by another writer in the meantime",
            hint="run the same command again: it starts from what was published, and computes no vector twice",
        )


def missing_error(store: ObjectStore) -> IndexNotFoundError:
    """The error where a location has no CURRENT."""
    return IndexNotFoundError(
        f"there is no index at {store.location}",
        hint=f"publish one with `retriever index SOURCE... --index {store.location}` "
        "(in Python: Retriever.open(..., create=True)); check the endpoint (AWS_ENDPOINT_URL)",
    )


@contextmanager
def _writing() -> Iterator[None]:
    """Turn the refusal of a write into the error for that. Raises IndexWriteError."""
    try:
        yield
    except IndexUnavailableError:
        raise
    except (IndexReadError, IndexCorruptError) as error:
        raise IndexWriteError(str(error), hint=error.hint) from error
    except OSError as error:
        raise IndexWriteError(f"cannot read {error.filename}: {error.strerror}", hint="check the disk") from error
