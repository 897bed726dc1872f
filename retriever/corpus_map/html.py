"""The map as one HTML page: the template of ``page/`` with its style, its script and the data of a map.

The page requests nothing, and its policy allows nothing but this style and this script, by their hashes. What comes
from documents is data: it is escaped in the page and becomes text nodes only.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retriever.corpus_map.values import MapData, MapPoint

# Characters of passages in a page, together; and of one passage.
BUDGET = 8_000_000
LONGEST = 600
SHORTEST = 120
# What may end a script element or a line of a script, and halves of characters, which UTF-8 does not have.
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def build_page(corpus_map: MapData) -> str:
    """The page as text that can be encoded in UTF-8."""
    parts = files("retriever.corpus_map.page")
    template, style, script = (
        parts.joinpath(name).read_text(encoding="utf-8") for name in ("map.html", "map.css", "map.js")
    )
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    values = {
        "policy": html.escape(policy, quote=True),
        "title": html.escape(_clean(_find_name(corpus_map.location))),
        "style": style,
        "data": _encode_json(describe(corpus_map)),
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], template)


def describe(corpus_map: MapData) -> dict[str, Any]:
    """What the page shows: short names and no repeated strings, for there may be many points."""
    points = corpus_map.points
    room = max(SHORTEST, min(LONGEST, BUDGET // max(1, len(points))))
    documents: dict[tuple[str, str], int] = {}
    languages = list(corpus_map.languages)
    return {
        "name": _find_name(corpus_map.location),
        "generation": corpus_map.generation,
        "question": corpus_map.question,
        "passages": corpus_map.passages,
        "languages": languages,
        "clusters": [[item.name, item.size, item.x, item.y, list(item.words)] for item in corpus_map.clusters],
        "points": [_describe_point(point, documents, languages, room) for point in points],
        "links": [[link.first, link.second] for link in corpus_map.links],
        "documents": [list(names) for names in documents],
    }


def _encode_json(value: object) -> str:
    """JSON that may stand in a script element, in ASCII or characters of UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _describe_point(
    point: MapPoint, documents: dict[tuple[str, str], int], languages: Iterable[str], room: int
) -> list[object]:
    number = documents.setdefault((point.source, point.title), len(documents))
    text = point.text if len(point.text) <= room else f"{point.text[:room]}…"
    return [
        round(point.x, 4),
        round(point.y, 4),
        point.cluster,
        list(languages).index(point.language),
        point.rank or 0,
        number,
        point.citation,
        " › ".join(point.heading),
        text,
    ]


def _find_name(location: str) -> str:
    """The last part of a location: a page that is passed on need not tell where the index lies."""
    return PurePath(location.rstrip("/\\")).name or location


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
