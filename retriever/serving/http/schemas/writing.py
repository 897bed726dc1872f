"""What a change did, as answers hold it."""

from __future__ import annotations

from retriever.serving.http.schemas.common import Closed


class AddAnswer(Closed):
    """What adding documents did; see docs/api.md."""

    generation: int
    committed: bool
    added: int
    replaced: int
    unchanged: int
    documents: int
    passages: int
    embedded: int
    reused: int
    seconds: float
    index: str


class RemoveAnswer(Closed):
    """What removing documents did; `missing` are ids that no document has."""

    generation: int
    committed: bool
    removed: int
    missing: list[str]
    documents: int
    index: str
