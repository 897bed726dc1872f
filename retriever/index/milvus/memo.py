"""What an index remembers of how it was built: its settings and sources, in a record of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever.errors import IndexCorruptError
from retriever.index.files.json_values import parse_json, read_list
from retriever.index.milvus import codec, schema
from retriever.index.milvus.failures import damage_error
from retriever.index.settings import IndexSettings
from retriever.index.values import parse_source
from retriever.types import Source

if TYPE_CHECKING:
    from retriever.index.milvus.view import View


@dataclass(frozen=True, slots=True)
class Memo:
    """The settings and sources of a generation."""

    settings: IndexSettings | None = None
    sources: tuple[Source, ...] = ()

    def to_json(self) -> str:
        """The text of the record."""
        settings = self.settings.to_dict() if self.settings else None
        return codec.dump({"settings": settings, "sources": [source.to_dict() for source in self.sources]})


def read_memo(view: View) -> Memo:
    """The memo of a generation. Raises IndexCorruptError."""
    if not view.state.memo:
        return Memo()
    rows = view.records(schema.MEMO, f"id == {view.state.memo}")
    try:
        if len(rows) != 1:
            raise ValueError("the settings are missing")
        values = parse_json(rows[0]["body"])
        if not isinstance(values, dict):
            raise ValueError("the settings are not a JSON object")
        settings = None if values.get("settings") is None else IndexSettings.from_dict(values["settings"])
        return Memo(settings, tuple(map(parse_source, read_list(values, "sources"))))
    except (ValueError, IndexCorruptError) as error:
        raise damage_error(view.client.location, error) from error
