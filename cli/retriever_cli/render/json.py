"""Answers for programs: the schema that the command line, HTTP and Python share, as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from retriever import SearchResponse
from retriever_cli.console import speaks_unicode


def document(values: Mapping[str, Any], *, compact: bool = False) -> str:
    """One JSON object, indented for reading unless ``compact``; ASCII where the output is not Unicode."""
    return (
        json.dumps(
            values,
            ensure_ascii=not speaks_unicode(sys.stdout),
            indent=None if compact else 2,
        )
        + "\n"
    )


def hit_lines(response: SearchResponse) -> str:
    """A hit a line."""
    return "".join(document(hit.to_dict(), compact=True) for hit in response.hits)
