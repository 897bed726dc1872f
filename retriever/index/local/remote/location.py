"""The location of an index on an object store, and the settings that the environment gives for all of them.

Credentials, region and endpoint are none of them: they are where every program that uses S3 looks for them.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path

from retriever.errors import UsageError

SCHEME = "s3"
FORM = "write s3://BUCKET/PREFIX; credentials, region and endpoint are taken from the environment or ~/.aws/config"
CACHE_VARIABLE = "RETRIEVER_S3_CACHE_GB"
AGE_VARIABLE = "RETRIEVER_S3_MAX_AGE"
GRACE_VARIABLE = "RETRIEVER_S3_GRACE"
CACHE_BYTES, MAX_AGE, GRACE = 20_000_000_000, 0.0, 3600.0

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]", re.ASCII)
# S3 allows 1,024 bytes for a key; the longest name of an index's file has less than 160.
_PREFIX_BYTES = 800


@dataclass(frozen=True, slots=True)
class RemoteLocation:
    """A bucket, and what the keys of an index in it begin with: "" or a path without slashes at its ends."""

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, uri: str) -> RemoteLocation:
        """Raises UsageError, which never shows what may be a password."""
        rest = uri.partition("://")[2]
        bucket, _, path = rest.partition("/")
        if "@" in bucket:
            raise UsageError("a location on S3 must not contain credentials", hint=FORM)
        if not _BUCKET.fullmatch(bucket):
            raise UsageError(f"invalid bucket {bucket!r} in {uri!r}", hint=FORM)
        prefix = path.strip("/")
        if any(part in ("", ".", "..") for part in prefix.split("/") if prefix) or not prefix.isprintable():
            raise UsageError(f"invalid prefix {prefix!r} in {uri!r}", hint=FORM)
        if len(prefix.encode("utf-8", "surrogatepass")) > _PREFIX_BYTES:
            raise UsageError(f"the prefix in {uri[:80]!r}… is longer than {_PREFIX_BYTES} bytes", hint=FORM)
        return cls(bucket, prefix)

    def __str__(self) -> str:
        return f"{SCHEME}://{self.bucket}/{self.prefix}".rstrip("/")

    def key(self, path: str) -> str:
        """The key of a file of the index, named by its path below the index."""
        return f"{self.prefix}/{path}" if self.prefix else path


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    """How indexes on object stores are mirrored and collected.

    - ``folder``: holds the mirrors of all of them
    - ``cache_bytes``: the most that the mirrors take together; those used longest ago are removed first
    - ``max_age``: for so many seconds a reader does not ask again whether there is a newer generation
    - ``grace``: for so many seconds files that no generation needs any more are kept, for readers that fetch them
    """

    folder: Path
    cache_bytes: int = CACHE_BYTES
    max_age: float = MAX_AGE
    grace: float = GRACE

    @classmethod
    def from_environment(cls) -> RemoteSettings:
        """Raises UsageError for a variable that is not a number from 0 on."""
        from platformdirs import user_cache_path

        gigabytes = _read_number(CACHE_VARIABLE, CACHE_BYTES / 1e9)
        return cls(
            user_cache_path("retriever") / SCHEME,
            int(gigabytes * 1e9),
            _read_number(AGE_VARIABLE, MAX_AGE),
            _read_number(GRACE_VARIABLE, GRACE),
        )


def _read_number(variable: str, default: float) -> float:
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < 1e9:
        raise UsageError(f"invalid value {text!r} of {variable}", hint="give a number from 0 on")
    return number
