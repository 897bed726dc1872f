"""Results as JSON, for programs. The values come from ``to_dict`` of the public types."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from retriever import SearchResponse
from retriever_cli.console import is_unicode


def format_json(values: Mapping[str, Any], *, compact: bool = False) -> str:
    """One JSON object and a line break: indented unless ``compact``, ASCII unless standard output is Unicode."""
    return (
        json.dumps(
            values,
            ensure_ascii=not is_unicode(sys.stdout),
            indent=None if compact else 2,
        )
        + "\n"
    )


def format_json_lines(response: SearchResponse) -> str:
    """One JSON object per line and hit."""
    return "".join(format_json(hit.to_dict(), compact=True) for hit in response.hits)
