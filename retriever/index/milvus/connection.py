"""Opens a connection: to a server, with the credentials of the environment, or to a file that milvus-lite serves.

Tokens and TLS come from variables: a URI would show them in the history of the shell and in every message. pymilvus
is imported when the first connection is opened.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retriever.errors import (
    IndexLockedError,
    IndexNotFoundError,
    IndexUnavailableError,
    MissingExtraError,
    UsageError,
    install_command,
)
from retriever.index.milvus.failures import convert

if TYPE_CHECKING:
    from retriever.index.milvus.location import Location

TOKEN = "RETRIEVER_MILVUS_TOKEN"
TLS = "RETRIEVER_MILVUS_TLS"
CA = "RETRIEVER_MILVUS_CA"
DATABASE = "RETRIEVER_MILVUS_DATABASE"
_YES, _NO = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
# Options of gRPC: when to try again after a server that was down, in milliseconds.
_CHANNEL = {"grpc.initial_reconnect_backoff_ms": 200, "grpc.max_reconnect_backoff_ms": 2000}


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection: the client of pymilvus, its data types, and what closes it."""

    client: Any
    kinds: Any
    version: str
    address: str
    close: Callable[[], None]

    @property
    def has_words(self) -> bool:
        """Whether the server has sparse vectors, which came with Milvus 2.4."""
        if self.version.startswith("milvus_lite"):
            return True
        numbers = [int(part) for part in self.version.lstrip("v").split(".")[:2] if part.isdecimal()]
        return numbers >= [2, 4]

    def last_write(self, collection: str) -> int:
        """The server's time of the last write of this process to a collection; 0 where it tells none."""
        from pymilvus.client.ts_utils import get_collection_ts

        return int(get_collection_ts(collection, self.address, os.environ.get(DATABASE, "")) or 0)


def connect(location: Location, timeout: float, *, create: bool) -> Connection:
    """Connect to what is at a location; with ``create`` a missing file is made.

    Raises MissingExtraError, IndexUnavailableError, IndexLockedError, IndexNotFoundError, UsageError.
    """
    if location.path:
        return _open_file(location, timeout, create)
    secure = _read_flag(TLS)
    options: dict[str, Any] = {"uri": f"{'https' if secure else 'http'}://{location.address}", "secure": secure}
    if token := os.environ.get(TOKEN, ""):
        options["token"] = token
    if database := os.environ.get(DATABASE, ""):
        options["db_name"] = database
    if secure and (certificate := os.environ.get(CA, "")):
        if not os.path.isfile(certificate):
            raise UsageError(f"{CA} names no file: {certificate!r}", hint="name the PEM file of the certificate")
        options["server_pem_path"] = certificate
    return _connect(location, options, timeout, lambda: None)


def _connect(location: Location, options: dict[str, Any], timeout: float, stop: Callable[[], None]) -> Connection:
    pymilvus = _import_pymilvus()
    try:
        client = pymilvus.MilvusClient(dedicated=True, timeout=timeout, grpc_options=_CHANNEL, **options)
        version = client.get_server_version(timeout=timeout)
    except Exception as error:
        stop()
        raise convert(location.uri, error) from error

    def close() -> None:
        client.close()
        stop()

    address = location.address or options["uri"]
    return Connection(client, pymilvus.DataType, str(version)[:100], address, close)


def _import_pymilvus() -> Any:
    first = "pymilvus" not in sys.modules
    try:
        import pymilvus
    except ImportError as error:
        raise MissingExtraError(
            "an index in Milvus needs pymilvus, which is not installed", hint=install_command("milvus")
        ) from error
    if first:
        # On import it makes handlers that write to the terminal. Errors come as exceptions.
        for name in [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "pymilvus"]:
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.addHandler(logging.NullHandler())
    return pymilvus


def _open_file(location: Location, timeout: float, create: bool) -> Connection:
    """Serve a file to this process alone: one thread, since milvus-lite has no locks, behind a private socket."""
    if not create and not os.path.isdir(location.path):
        raise IndexNotFoundError(
            f"there is no index {location.uri}",
            hint="create it with: retriever index SOURCE... (in Python: Retriever.open(..., create=True))",
        )
    _import_pymilvus()
    try:
        from milvus_lite.adapter.grpc.server import start_server_in_thread
        from milvus_lite.exceptions import DataDirLockedError
    except ImportError as error:
        raise MissingExtraError(
            "an index in a file of Milvus needs milvus-lite, which is not installed", hint=install_command("milvus")
        ) from error
    private = tempfile.mkdtemp(prefix="retriever-milvus-")
    host, port = ("unix", str(Path(private) / "s")) if os.name == "posix" else ("127.0.0.1", 0)
    try:
        server, database, port = start_server_in_thread(location.path, host, port, max_workers=1)
    except DataDirLockedError as error:
        shutil.rmtree(private, ignore_errors=True)
        raise IndexLockedError(
            f"{location.uri} is open in another process",
            hint="milvus-lite serves one process at a time: end the other one, or use a server: milvus://host:port/name",
        ) from error
    except Exception as error:
        shutil.rmtree(private, ignore_errors=True)
        raise IndexUnavailableError(
            f"{location.uri} cannot be opened: {error}", hint="check the folder, its permissions and the disk"
        ) from error

    def stop() -> None:
        atexit.unregister(stop)
        server.stop(grace=1).wait()
        database.close()
        shutil.rmtree(private, ignore_errors=True)

    atexit.register(stop)

    address = f"unix:{private}/s" if host == "unix" else f"http://127.0.0.1:{port}"
    return _connect(location, {"uri": address}, timeout, stop)


def _read_flag(name: str) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value not in (*_YES, *_NO):
        raise UsageError(f"{name} is {value!r}", hint=f"set it to {_YES[0]} or {_NO[1]}")
    return value in _YES
