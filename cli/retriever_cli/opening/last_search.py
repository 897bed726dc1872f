"""Remembers the hits of the last search of this user, so that ``retriever open N`` can open one of them.

What is kept is where each hit lies, not what it says: the question, ids, paths and offsets, in a file of the user's
state folder that nobody else can read. Where it cannot be written, the question has to be given again.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import NoneType
from typing import Any

from retriever import CitedPassage, Hit, SearchResponse, Span
from retriever.errors import UsageError

FILE = "last_search.json"
# No search has a longer record; what has was written by something else.
LARGEST = 4 << 20
# Hits that are remembered of a search.
MOST = 1000

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_PLACES = ("rank", "score", "id", "document", "source", "path", "line", "page", "end_page", "cited_page", "place")


def remember(response: SearchResponse) -> None:
    """Keep the places of the hits of a response, if it has any."""
    if not response.hits:
        return
    record = {"query": response.query, "hits": [_describe(hit) for hit in response.hits[:MOST]]}
    path = _record_path()
    aside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            aside.unlink()
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as file:
            json.dump(record, file, ensure_ascii=False)
        os.replace(aside, path)


def find_line(hit: Hit) -> int:
    """The line of the sentence that answers, else that at which the passage begins."""
    return hit.line + (hit.text[: hit.sentence.start].count("\n") if hit.sentence else 0)


def recall(number: int) -> tuple[str, Hit, int]:
    """The question of the last search, its hit of that number, without its text, and the line that ``find_line`` gave.

    Raises UsageError if nothing is remembered, or no such hit.
    """
    hint = "search first, or give the question: retriever open N QUESTION"
    try:
        path = _record_path()
        if not path.is_file():  # A pipe would be waited for.
            raise FileNotFoundError(path)
        with path.open("rb") as file:
            record = json.loads(file.read(LARGEST))
        hits = [_parse(item) for item in record["hits"]]
        lines = [int(item["open_line"]) for item in record["hits"]]
        query = str(record["query"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UsageError("no search is remembered", hint=hint) from error
    if not 1 <= number <= len(hits):
        raise UsageError(f"no hit {number} in the last results", hint=f"they are {len(hits):,}; {hint}")
    return query, hits[number - 1], lines[number - 1]


def restore(hit: Hit, passage: CitedPassage) -> Hit:
    """A remembered hit with what its passage has in the index, and the passages around it."""
    return replace(
        hit,
        title=passage.title,
        heading=passage.heading,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        language=passage.language,
        metadata=passage.metadata,
        before=passage.before,
        after=passage.after,
    )


def _describe(hit: Hit) -> dict[str, Any]:
    # A relative location is one from the working folder, which may be another one then.
    index = hit.index if "://" in hit.index else os.path.abspath(hit.index)
    marks = [hit.sentence] if hit.sentence else []
    return {name: getattr(hit, name) for name in _PLACES} | {
        "index": index,
        "open_line": find_line(hit),
        "sentence": [[span.start, span.end] for span in marks],
        "highlights": [[span.start, span.end] for span in hit.highlights],
    }


def _parse(item: dict[str, Any]) -> Hit:
    places = {name: item[name] for name in _PLACES}
    sentences, highlights = (tuple(Span(*span) for span in item[name]) for name in ("sentence", "highlights"))
    texts = all(isinstance(places[name], str) for name in ("id", "document", "source", "place"))
    pages = all(type(places[name]) in (int, NoneType) for name in ("page", "end_page", "cited_page"))
    if not texts or not pages or not isinstance(places["path"], str | None) or type(places["line"]) is not int:
        raise ValueError("not a record of hits")
    nothing: dict[str, Any] = {"title": "", "heading": (), "text": "", "start": 0, "end": 0, "language": ""}
    sentence = sentences[0] if sentences else None
    return Hit(**places, **nothing, sentence=sentence, highlights=highlights, index=str(item["index"]))


def _record_path() -> Path:
    from platformdirs import user_state_path

    return user_state_path("retriever").absolute() / FILE
