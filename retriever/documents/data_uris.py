"""Data URIs: images and fonts written into a text, which are not words of it."""

from __future__ import annotations

import re

# Base64 may go on over several lines: long ones that hold nothing else, and a shorter one that visibly ends it.
DATA_URI = re.compile(
    r"""
    \bdata: (?:application|audio|font|image|message|model|multipart|text|video) / [a-z0-9.+-]+
    (?: ; (?!base64,) [a-z0-9_.+-]{1,60} (?: = [^;,\s]{0,100} )? ){0,8}
    (?: ;base64, [a-z0-9+/=%_-]*
        (?: \r?\n [ \t]* (?= [a-z0-9+/=]{40} ) [a-z0-9+/=]+ )*
        (?: \r?\n [ \t]* [a-z0-9+/]{1,78} (?: ={1,2} | (?= [)"'] ) ) )?
      | , [^\s"'()<>\]]*
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def remove_data_uris(text: str) -> str:
    """``text`` without data URIs; line ends within them are kept."""
    if "data:" not in text and "DATA:" not in text:
        return text
    return DATA_URI.sub(lambda uri: "\n" * uri[0].count("\n"), text)
