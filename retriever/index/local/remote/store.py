"""The objects of one index on an object store: read, created and replaced under conditions, listed and deleted.

The client is botocore. Nothing here knows what an object means.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from retriever.errors import IndexCorruptError
from retriever.index.files.access import opened
from retriever.index.local.remote.faults import (
    ConflictError,
    MissingObjectError,
    ObjectBusyError,
    missing_extra,
    translated,
)
from retriever.locks import ForkSafeLock, renew_in_child

if TYPE_CHECKING:
    from retriever.index.local.remote.location import RemoteLocation

# A single request may write five gigabytes; larger files go in parts, which know no condition.
_ONE_REQUEST = 4 << 30
_CHUNK = 1 << 20
# Seconds, and how often a request is made.
_CONNECT, _READ, _ATTEMPTS = 5, 30, 4
# Seconds between the attempts to write an object that the server is just changing.
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
CONNECTIONS = 8
"""Requests at the same time."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as a listing shows it: its name below the index, its size in bytes, when it was written."""

    name: str
    size: int
    modified: datetime


@cache
def _share_loader() -> Any:
    from botocore.loaders import create_loader

    return create_loader()


class ObjectStore:
    """The objects below one location. Safe to use from many threads, and in the child of a fork.

    Every method raises IndexUnavailableError where the server cannot be reached, IndexReadError where it refuses, and
    IndexNotFoundError for a missing bucket.
    """

    def __init__(self, location: RemoteLocation) -> None:
        """Connects with the first request. Raises MissingExtraError."""
        try:
            import botocore.session  # noqa: F401
        except ImportError as error:
            raise missing_extra(error) from error
        self.location = location
        self._connecting = ForkSafeLock()
        self._client: Any = None
        renew_in_child(self)

    def renew(self) -> None:
        """In the child of a fork, leave the parent's connections alone."""
        self._client = None

    @property
    def endpoint(self) -> str:
        """The URL of the server: a location names another index on each."""
        with translated(self.location, ""):
            return str(self._connect().meta.endpoint_url)

    def read(self, name: str, most: int, *, unless: str = "") -> tuple[bytes, str] | None:
        """The bytes of an object, at most ``most``, and its tag; None if it has the tag ``unless``.

        Raises MissingObjectError, IndexCorruptError for a larger one.
        """
        with translated(self.location, name):
            answer = self._get(name, unless)
            if answer is None:
                return None
            data = answer["Body"].read(most + 1)
            answer["Body"].close()
        if len(data) > most:
            raise IndexCorruptError(
                f"{self.location}/{name} has more than {most} bytes", hint="it was not written by retriever"
            )
        return data, str(answer["ETag"])

    def stream(self, name: str) -> Iterator[bytes]:
        """The bytes of an object, in pieces. Raises MissingObjectError."""
        with translated(self.location, name):
            body = self._get(name, "")["Body"]
            try:
                while piece := body.read(_CHUNK):
                    yield piece
            finally:
                body.close()

    def create(self, name: str, data: bytes | Path) -> None:
        """Write a new object, from bytes or a file. Raises ConflictError if another one is there, OSError."""
        if isinstance(data, Path):
            self._create_from(name, data)
            return
        try:
            self._put(name, data, IfNoneMatch="*")
        except ConflictError:
            # The answer to a first attempt may have been lost.
            if not self._find_tag(name, data):
                raise

    def replace(self, name: str, data: bytes, tag: str) -> str:
        """Replace the object that has the tag, or create it where the tag is ""; return the new tag.

        Raises ConflictError if it has another tag or is not there.
        """
        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        try:
            return self._put(name, data, **condition)
        except MissingObjectError as error:
            raise ConflictError(name) from error
        except ConflictError:
            if found := self._find_tag(name, data):
                return found
            raise

    def tag(self, name: str) -> str:
        """The tag of an object; "" if there is none."""
        try:
            return str(self._head(name)["ETag"])
        except MissingObjectError:
            return ""

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """The objects whose names begin with ``prefix``, in order."""
        start = self.location.key("")
        with translated(self.location, prefix):
            pages = self._connect().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.location.bucket, Prefix=start + prefix):
                for item in page.get("Contents", ()):
                    yield StoredObject(item["Key"][len(start) :], int(item["Size"]), item["LastModified"])

    def delete(self, name: str) -> None:
        """Delete an object, if it is there."""
        with translated(self.location, name):
            self._connect().delete_object(Bucket=self.location.bucket, Key=self.location.key(name))

    def _create_from(self, name: str, path: Path) -> None:
        with opened(path) as handle:
            size = path.stat().st_size
            with os.fdopen(handle, "rb", closefd=False) as file:
                if size > _ONE_REQUEST:
                    with translated(self.location, name):
                        self._upload(file, name)
                    return
                try:
                    self._put(name, file, IfNoneMatch="*")
                except ConflictError:
                    if int(self._head(name)["ContentLength"]) != size:
                        raise

    def _upload(self, file: BinaryIO, name: str) -> None:
        from s3transfer.manager import TransferManager

        with TransferManager(self._connect()) as manager:
            manager.upload(file, self.location.bucket, self.location.key(name)).result()

    def _put(self, name: str, body: Any, **condition: str) -> str:
        place = {"Bucket": self.location.bucket, "Key": self.location.key(name)}
        pauses = list(_PAUSES)
        while True:
            try:
                with translated(self.location, name):
                    return str(self._connect().put_object(Body=body, **place, **condition)["ETag"])
            except ObjectBusyError:
                if not pauses:
                    raise
            # Another write is under way, which may yet fail: whether the condition holds is known after it.
            time.sleep(pauses.pop(0))
            if not isinstance(body, bytes):
                body.seek(0)

    def _get(self, name: str, unless: str) -> Any:
        from botocore.exceptions import ClientError

        condition = {"IfNoneMatch": unless} if unless else {}
        place = {"Bucket": self.location.bucket, "Key": self.location.key(name)}
        try:
            return self._connect().get_object(**place, **condition)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 304:
                return None
            raise

    def _find_tag(self, name: str, data: bytes) -> str:
        """The tag of an object that holds exactly these bytes; "" if there is none."""
        try:
            found = self.read(name, len(data))
        except (IndexCorruptError, MissingObjectError):
            return ""
        return found[1] if found and found[0] == data else ""

    def _head(self, name: str) -> Any:
        with translated(self.location, name):
            return self._connect().head_object(Bucket=self.location.bucket, Key=self.location.key(name))

    def _connect(self) -> Any:
        with self._connecting.hold():
            if self._client is None:
                from botocore.config import Config
                from botocore.session import Session

                # The index has checksums of its own; not every server knows the newer ones of S3.
                config = Config(
                    connect_timeout=_CONNECT,
                    read_timeout=_READ,
                    retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
                    max_pool_connections=CONNECTIONS,
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                )
                session = Session()
                # What it loads describes the service, takes most of the time, and is the same for all.
                session.register_component("data_loader", _share_loader())
                self._client = session.create_client("s3", config=config)
            return self._client
