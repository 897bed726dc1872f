"""``Retriever`` over an index on an object store: the hits of a folder, and all else that takes a location."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from hit_values import describe_hits
from remote_places import Place
from small_index import paragraph, write

from retriever import Document, Retriever, export_index, import_index, verify_index
from retriever.errors import UsageError
from retriever.maintenance import compact_index

pytestmark = pytest.mark.usefixtures("read_here")


def test_an_index_on_an_object_store_answers_as_a_folder(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    docs = write(tmp_path / "docs", {f"{number}.txt": paragraph(number) for number in range(12)})
    location, encoder, found = str(place.location), FakeEncoder(), []
    for where in (tmp_path / "folder", location):
        with Retriever.open(where, create=True, model=encoder) as index:
            index.sync(docs)
            index.add([Document(id="added", text="The dredger waits for the tide.")])
            write(docs, {"3.txt": "The tide waits for nobody."})
            index.sync()
            found.append([describe_hits(index.search(question, k=5)) for question in ("tide", paragraph(5), "dredger")])
            write(docs, {"3.txt": paragraph(3)})
    assert found[0] == found[1]
    with Retriever.open(location, model=encoder) as index:
        assert index.location == index.status().index == location
        assert describe_hits(index.search("tide", k=5)) == found[0][0]
    assert verify_index(location, deep=True) == []
    export_index(location, tmp_path / "exported.jsonl")
    import_index(f"{location}-copy", tmp_path / "exported.jsonl")
    with Retriever.open(f"{location}-copy", model=encoder) as index:
        assert describe_hits(index.search("tide", k=5)) == found[0][0]
    with pytest.raises(UsageError, match="not a folder"):
        compact_index(location)
