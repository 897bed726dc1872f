"""A log of one JSON object a line. It has no question, no filter, no token: the query of a URL is never written."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timezone
from typing import TextIO

LOGGER = logging.getLogger("retriever.serving.http")
LOGGER.addHandler(logging.NullHandler())
# What a record has by itself, and what is written under other names.
_FIELDS = "fields"
_OTHERS = ("uvicorn.error", "asyncio")


class JsonFormatter(logging.Formatter):
    """A record as JSON: ``time``, ``level``, ``event``, and the fields of the event."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        values: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, _FIELDS, {}),
        }
        if record.exc_info:
            values["trace"] = self.formatException(record.exc_info)
        return json.dumps(values)


def write_logs(stream: TextIO) -> None:
    """Write the log of the server to a stream from now on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    for logger in (LOGGER, *map(logging.getLogger, _OTHERS)):
        logger.addHandler(handler)
        logger.propagate = False
    LOGGER.setLevel(logging.INFO)


def log(event: str, fields: dict[str, object]) -> None:
    """Log an event."""
    LOGGER.info(event, extra={_FIELDS: fields})
