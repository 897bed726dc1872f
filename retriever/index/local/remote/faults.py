"""Errors of the S3 client as errors of this library: what cannot be reached, what is refused, what is not there.

No message shows more of an answer than its code: what a server says may name keys and hosts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from retriever.errors import (
    IndexNotFoundError,
    IndexReadError,
    IndexUnavailableError,
    MissingExtraError,
    install_command,
)

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from retriever.index.local.remote.location import RemoteLocation

AGAIN = "check the network, the endpoint and the server, and try again; what was published is as it was"
CREDENTIALS = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or write ~/.aws/credentials; see that they may "
    "list the bucket and read it, and for a writer write and delete below the prefix"
)
_USER = re.compile(r"//[^/\s\"]*@")
_TIMES = {"RequestTimeout", "RequestTimeTooSkewed", "SlowDown", "Throttling", "TooManyRequests"}


class ConflictError(Exception):
    """An object is not as the condition of a write demands: somebody else has written it."""


class ObjectBusyError(IndexUnavailableError):
    """The server was changing the object in that moment, and did nothing: the same request may be made again."""


class MissingObjectError(Exception):
    """There is no such object."""


@contextmanager
def translated(location: RemoteLocation, name: str) -> Iterator[None]:
    """Turn what the client raises about the object ``name`` into errors of this library.

    Raises MissingObjectError, ConflictError, ObjectBusyError, IndexNotFoundError for a missing bucket, IndexReadError,
    IndexUnavailableError.
    """
    from botocore import exceptions

    try:
        yield
    except exceptions.ClientError as error:
        raise _translate_answer(location, name, error) from error
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
        exceptions.ProfileNotFound,
        exceptions.ConfigParseError,
        exceptions.NoRegionError,
        exceptions.InvalidRegionError,
    ) as error:
        raise IndexReadError(f"{location} cannot be read: {_in_lower_case(error)}", hint=CREDENTIALS) from error
    except (exceptions.BotoCoreError, ValueError) as error:
        # The client raises ValueError for an endpoint that is not a URL.
        reason = _in_lower_case(error)
        raise IndexUnavailableError(f"{location} cannot be reached: {reason}", hint=AGAIN) from error


def _translate_answer(location: RemoteLocation, name: str, error: ClientError) -> Exception:
    code = str(error.response.get("Error", {}).get("Code", ""))[:60]
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code == "NoSuchBucket":
        return IndexNotFoundError(
            f"there is no bucket {location.bucket!r} for {location}",
            hint="create it with the tools of your object store, or name another; check the endpoint",
        )
    if status == 404:
        return MissingObjectError(name)
    if status == 409:
        return ObjectBusyError(f"{location} cannot be used: the server is changing {name} ({code})", hint=AGAIN)
    if status == 412:
        return ConflictError(name)
    if status in (401, 403):
        return IndexReadError(f"{location} cannot be used: access denied to {name} ({code})", hint=CREDENTIALS)
    if status >= 500 or status in (408, 429) or code in _TIMES:
        return IndexUnavailableError(f"{location} cannot be reached: the server answers {status} ({code})", hint=AGAIN)
    return IndexReadError(
        f"{location} cannot be used: the server answers {status} ({code}) for {name}",
        hint="check the bucket, its region (AWS_REGION) and the endpoint (AWS_ENDPOINT_URL)",
    )


def missing_extra(error: ImportError) -> MissingExtraError:
    """The error where the client is not installed."""
    return MissingExtraError(
        f"indexes on S3 need {error.name or 'botocore'}, which is not installed", hint=install_command("s3")
    )


def _in_lower_case(error: Exception) -> str:
    # An endpoint may be given with a password.
    text = _USER.sub("//…@", str(error).rstrip("."))
    return text[:1].lower() + text[1:]
