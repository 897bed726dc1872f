"""Results as JSON, for programs. The values come from ``to_dict`` of the public types."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from retriever import SearchResponse
from retriever_cli.console import is_unicode

# JSON itself escapes the controls below the space. These are further controls, line separators, and marks of direction.
_UNSAFE = (*range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
_ESCAPES = {code: f"\\u{code:04x}" for code in _UNSAFE}


def format_json(values: Mapping[str, Any], *, compact: bool = False) -> str:
    """One JSON object and a line break: indented unless ``compact``, ASCII unless standard output is Unicode.

    Characters that act on a terminal, or break a line for some readers, are escaped.
    """
    text = json.dumps(values, ensure_ascii=not is_unicode(sys.stdout), indent=None if compact else 2)
    return text.translate(_ESCAPES) + "\n"


def format_json_lines(response: SearchResponse) -> str:
    """One JSON object per line and hit."""
    return "".join(format_json(hit.to_dict(), compact=True) for hit in response.hits)
