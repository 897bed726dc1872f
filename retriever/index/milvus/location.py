"""Where an index in Milvus is: reads a URI, and spells it in one way. Credentials are refused there.

A URI ends up in the history of a shell, in the list of processes and in messages; see ``connection``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from retriever.errors import UsageError
from retriever.paths import absolute_path

SERVER = "milvus://"
FILE = "milvus+file:"
PORT = 19530
_FORM = "milvus://host:port/name (or milvus+file:PATH for a file by milvus-lite)"
_SECRETS = "set RETRIEVER_MILVUS_TOKEN to the token, or to user:password; RETRIEVER_MILVUS_TLS=1 turns on TLS"
# Milvus allows 255 characters in the name of a collection.
_LONGEST = 60
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")


@dataclass(frozen=True, slots=True)
class Location:
    """A place for an index: at ``address`` (``host:port``) or in the folder ``path`` of milvus-lite.

    ``uri`` is what the index is called, always spelled alike; ``prefix`` begins the names of its collections.
    """

    uri: str
    prefix: str
    address: str = ""
    path: str = ""

    @classmethod
    def parse(cls, uri: str) -> Location:
        """The location that a URI names. Raises UsageError for an invalid one, and for one with credentials."""
        if uri.startswith(FILE):
            return cls._of_file(uri)
        try:
            parts = urlsplit(uri)
            host, port = parts.hostname or "", parts.port or PORT
        except ValueError as error:
            # What it says has the port in it, which may be a secret that stands behind a colon.
            raise UsageError(f"invalid location {_hide(uri)!r}", hint=f"write {_FORM}") from error
        if "@" in parts.netloc:
            raise UsageError(f"credentials in a location are not accepted: {_hide(uri)!r}", hint=_SECRETS)
        if parts.query or parts.fragment:
            raise UsageError(
                f"a location ends with the name of the index: {_hide(re.split('[?#]', uri)[0])!r}", hint=_SECRETS
            )
        host = f"[{host}]" if ":" in host else host
        if not _HOST.fullmatch(host):
            raise UsageError(f"no host in {uri!r}", hint=f"write {_FORM}")
        name = unquote(parts.path.strip("/"))
        if not name or "/" in name or len(name.encode("utf-8", "replace")) > _LONGEST:
            raise UsageError(f"no name of an index in {uri!r}", hint=f"write {_FORM}")
        address = f"{host}:{port}"
        return cls(f"{SERVER}{address}/{name}", f"retriever_{_encode(name)}", address=address)

    @classmethod
    def _of_file(cls, uri: str) -> Location:
        path = uri.removeprefix(FILE)
        path = path[2:] if path.startswith("//") else path
        if not path.strip():
            raise UsageError(f"no path in {uri!r}", hint=f"write {_FORM}")
        folder = str(absolute_path(os.path.expanduser(path), too_long=UsageError))
        return cls(f"{FILE}//{folder}", "retriever_index", path=folder)


def _encode(name: str) -> str:
    """The name in the characters that the name of a collection may have; different names stay different."""
    return re.sub(
        r"[^A-Za-z0-9]", lambda found: "".join(f"_{byte:02x}" for byte in found[0].encode("utf-8", "replace")), name
    )


def _hide(uri: str) -> str:
    """A URI without what may be a secret."""
    return re.sub(r"(?<=:)(?!\d{1,5}(?:/|$))[^/:@]+(?=/|$)", "…", re.sub(r"//.*@", "//…@", uri))
