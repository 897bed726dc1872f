"""What fails between this process and Milvus, as errors of this library: what, where, and what to do.

Every library below has errors of its own: pymilvus, gRPC and the operating system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retriever.errors import IndexCorruptError, IndexUnavailableError, IndexWriteError, advise_rebuild

if TYPE_CHECKING:
    from retriever.errors import StorageError

_TOKEN = "set RETRIEVER_MILVUS_TOKEN to a token (or user:password) that may use the index"
_ANSWER = "check that the server runs and can be reached, then run the same command again"
_TLS = "RETRIEVER_MILVUS_TLS=1 turns on TLS, RETRIEVER_MILVUS_CA names the file with its certificate"
_SPACE = "give the server more memory or disk, or remove other collections; the index is as it was before"
REPLACE = f"copy the index back from another place with `retriever copy` (in Python: copy_index), or {advise_rebuild()}"
# Codes of gRPC by name. Other codes are failures on the way, which may pass.
_REFUSED = ("UNAUTHENTICATED", "PERMISSION_DENIED")
_FULL = ("RESOURCE_EXHAUSTED",)
# Codes of Milvus: collection not found (since 2.3, before), quota and rate, memory and disk, denied.
_MISSING = (100, 4)
_QUOTA = (8, 9, 3, 22, 23, 49, 50)
_DENIED = (1401, 1402, 1800)


def convert(location: str, error: Exception, *, writing: bool = False) -> StorageError:
    """The error to raise where a call to the server of ``location`` failed."""
    name, code, said = _name_of(error), getattr(error, "code", None), _read_message(error)
    if name in _REFUSED or code in _DENIED or "auth check failure" in said:
        return IndexUnavailableError(f"{location} refuses access: {said}", hint=_TOKEN)
    if "ssl" in said.lower() or "handshake" in said.lower() or "certificate" in said.lower():
        return IndexUnavailableError(f"{location} cannot be reached by TLS: {said}", hint=_TLS)
    if type(code) is int and (code in _MISSING or "find collection" in said or "collection not found" in said):
        return IndexCorruptError(f"{location} is damaged: {said}", hint=REPLACE)
    if writing and (name in _FULL or (type(code) is int and code in _QUOTA)):
        return IndexWriteError(f"{location} cannot be written: {said}", hint=_SPACE)
    if name == "DEADLINE_EXCEEDED":
        return IndexUnavailableError(f"{location} does not answer in time: {said}", hint=_ANSWER)
    return IndexUnavailableError(f"{location} cannot be reached or fails: {said}", hint=_ANSWER)


def damage_error(location: str, what: object) -> IndexCorruptError:
    """The error for contents that no writer makes."""
    return IndexCorruptError(f"{location} is damaged: {what}", hint=REPLACE)


def _name_of(error: Exception) -> str:
    """The name of the code of gRPC, of the error or of the one that it wraps; "" for none."""
    for one in (error, error.__cause__, getattr(error, "_code", None)):
        code = getattr(one, "code", None)
        code = code() if callable(code) else code if code is not None else one
        name = getattr(code, "name", None)
        if isinstance(name, str):
            return name
    return ""


def _read_message(error: Exception) -> str:
    details = getattr(error, "details", None)
    text = details() if callable(details) else None
    text = text or getattr(error, "message", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:300]
