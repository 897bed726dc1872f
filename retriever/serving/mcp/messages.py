"""Messages as clients write them: mended where the SDK would not answer them, and refused where nothing can be.

A client that cuts a text within a character sends half of it, and one in a language where every number has decimals
sends such ids. The SDK takes a request with such an id for a notification, and the client would wait for ever.
"""

from __future__ import annotations

import json
import math
import re

from mcp import types

# Escapes in JSON: pairs of surrogates, halves of one, and all others, so that these are passed over.
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)

# What names a request. In a text the quotes are escaped, so that nothing there looks like it.
_WHOLE_ID = re.compile(r'"(id|requestId|progressToken)"\s*:\s*(-?[0-9]+)\.0+(?=\s*[,}])')
_MOST_DIGITS = 640  # which every setting of Python reads


def mend_message(text: str) -> str:
    """A message that the SDK can read: without a byte order mark, with whole characters and whole numbers for ids."""
    return _WHOLE_ID.sub(r'"\1": \2', mend_escapes(text.removeprefix("\ufeff")))


def refuse_message(text: str) -> types.JSONRPCError | None:
    """The answer to a text that is not a message; None for a message, and where nobody waits for an answer."""
    try:
        message = types.jsonrpc_message_adapter.validate_json(text, by_name=False) if text.strip() else None
        # A request whose id is neither text nor a whole number is read as a notification, without its id.
        if not isinstance(message, types.JSONRPCNotification) or '"id"' not in text:
            return None
    except ValueError:
        pass
    number, code, reason = None, types.INVALID_REQUEST, "this is not a JSON-RPC 2.0 request"
    try:
        value = json.loads(text, parse_int=_parse_number)
    except (ValueError, RecursionError) as error:
        code, reason = types.PARSE_ERROR, f"this is not JSON: {error}"
    else:
        if isinstance(value, dict):
            given = value.get("id")
            if given is None:
                return None
            number = given if type(given) in (int, str) else None
    return types.JSONRPCError(jsonrpc="2.0", id=number, error=types.ErrorData(code=code, message=reason))


def _parse_number(digits: str) -> int | float:
    """An integer; one of more digits than Python reads is only large."""
    return int(digits) if len(digits) < _MOST_DIGITS else math.inf


def mend_escapes(text: str) -> str:
    """JSON with � in place of halves of a character that are escaped."""
    if "\\ud" not in text and "\\uD" not in text:
        return text
    return _ESCAPE.sub(lambda found: "\\ufffd" if found[1] else found[0], text)
