"""A citation leads to the words from wherever one stands."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from small_index import write

from retriever import Document, Hit, Place, Retriever, export_index, import_index
from retriever.errors import UsageError
from retriever.index.local.stores.passages import PassageReader

sys.path.append(str(Path(__file__).parent / "documents"))
from file_makers import make_pdf

pytestmark = pytest.mark.usefixtures("read_here")

BOAT = "A boat longer than nine metres needs a permit.\n"


@pytest.fixture
def retriever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Retriever]:
    """An index of ``docs``, named from ``tmp_path``."""
    docs = write(tmp_path / "docs", {"harbour.txt": f"\n\n{BOAT}"})
    write(docs, {"rows.jsonl": '{"id": "k1", "text": "The gauge is read at dawn."}\n'})
    (docs / "plan.pdf").write_bytes(make_pdf([[], [(72, 700, "The plums fell down.")]]))
    write(tmp_path / "far", {"isle.txt": "The isle has a lamp of its own."})
    (docs / "link.txt").symlink_to(tmp_path / "far" / "isle.txt")
    monkeypatch.chdir(tmp_path)
    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as opened:
        opened.sync("docs", follow=True)
        yield opened


def best(retriever: Retriever, query: str) -> Hit:
    return retriever.search(query, k=1)[0]


@pytest.mark.parametrize(
    ("query", "file", "place"),
    [
        ("boat permit metres", "docs/harbour.txt", ":3"),
        ("gauge read dawn", "docs/rows.jsonl", ":1"),
        ("plums fell down", "docs/plan.pdf", "#page=2"),
        ("isle lamp", "far/isle.txt", ":1"),
    ],
)
def test_a_citation_works_from_any_folder(
    retriever: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str, file: str, place: str
) -> None:
    for folder in (tmp_path, tmp_path / "docs", tmp_path / "index", Path("/")):
        monkeypatch.chdir(folder)
        hit = best(retriever, query)
        assert hit.path == str(tmp_path / file)
        assert hit.citation.endswith(place)
        assert os.path.samefile(hit.citation.removesuffix(place), tmp_path / file)
        values = hit.to_dict()
        assert (values["path"], values["citation"]) == (hit.path, hit.citation)
        passage = retriever.passage(hit.id)
        assert (passage.path, passage.citation) == (hit.path, hit.citation)


@pytest.mark.parametrize(
    ("folder", "cited"), [("", "docs/harbour.txt:3"), ("docs", "harbour.txt:3"), ("index", "{}/docs/harbour.txt:3")]
)
def test_a_citation_is_as_short_as_it_can_be(
    retriever: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, cited: str
) -> None:
    monkeypatch.chdir(tmp_path / folder)
    assert best(retriever, "boat permit metres").citation == cited.format(tmp_path)


def test_the_line_cited_has_the_words(retriever: Retriever) -> None:
    hit = best(retriever, "boat permit metres")
    match = re.fullmatch(r"(.*):(\d+)", hit.citation)
    assert match
    assert Path(match[1]).read_text().splitlines()[int(match[2]) - 1] == BOAT.strip() == hit.text


def test_another_file_of_the_same_name_is_not_cited(
    retriever: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "other", {"docs/harbour.txt": "Another harbour."})
    monkeypatch.chdir(tmp_path / "other")
    assert best(retriever, "boat permit metres").citation == f"{tmp_path}/docs/harbour.txt:3"


def test_a_linked_file_is_cited_by_the_link_where_that_leads_there(retriever: Retriever) -> None:
    hit = best(retriever, "isle lamp")
    assert (hit.source, hit.citation) == ("docs/link.txt", "docs/link.txt:1")


def test_a_file_that_is_gone_is_cited_by_where_it_was(retriever: Retriever, tmp_path: Path) -> None:
    (tmp_path / "docs" / "harbour.txt").unlink()
    hit = best(retriever, "boat permit metres")
    assert (hit.citation, hit.path) == ("docs/harbour.txt:3", str(tmp_path / "docs" / "harbour.txt"))


def test_a_working_folder_that_is_gone(retriever: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "short-lived").mkdir()
    monkeypatch.chdir(tmp_path / "short-lived")
    (tmp_path / "short-lived").rmdir()
    assert best(retriever, "boat permit metres").citation == f"{tmp_path}/docs/harbour.txt:3"


def test_documents_of_programs_are_cited_by_their_source(retriever: Retriever) -> None:
    retriever.add([Document(id="faq-7", text="The ferry crosses at eight.", source="https://ferry.example/faq")])
    retriever.add([Document(id="faq-8", text="Tickets cost four crowns.")])
    ferry, tickets = best(retriever, "ferry crosses eight"), best(retriever, "tickets cost crowns")
    assert (ferry.path, ferry.citation) == (None, "https://ferry.example/faq:1")
    assert (tickets.path, tickets.citation) == (None, "faq-8:1")


# A passage over two pages, whose second begins with the decision about the visitor centre.
MINUTES = Path(__file__).parent / "documents" / "pdf" / "cases" / "page-citation.pdf"


@pytest.mark.parametrize(("query", "page"), [("游客中心的开馆时间", 2), ("路灯改造的改造范围", 1)])
def test_the_page_cited_is_that_of_the_marked_sentence(
    retriever: Retriever, tmp_path: Path, query: str, page: int
) -> None:
    (tmp_path / "docs" / "minutes.pdf").write_bytes(MINUTES.read_bytes())
    (tmp_path / "docs" / "minutes-again.pdf").write_bytes(MINUTES.read_bytes())
    retriever.sync()
    hit = retriever.search(query, k=1, mode="lexical")[0]
    assert (hit.page, hit.end_page, hit.cited_page) == (1, 2, page)
    (duplicate,) = hit.duplicates
    names = {"docs/minutes.pdf", "docs/minutes-again.pdf"}
    assert {hit.citation, duplicate.citation} == {f"{name}#page={page}" for name in names}
    values = hit.to_dict()
    assert (values["page"], values["end_page"], values["cited_page"]) == (1, 2, page)
    assert values["duplicates"][0]["page"] == page
    passage = retriever.passage(hit.id)
    assert (passage.page, passage.end_page) == (1, 2)


@pytest.mark.parametrize("file", ["all.jsonl", "all.parquet"])
def test_page_breaks_survive_export_and_import(retriever: Retriever, tmp_path: Path, file: str) -> None:
    (tmp_path / "docs" / "minutes.pdf").write_bytes(MINUTES.read_bytes())
    retriever.sync()
    export_index(tmp_path / "index", tmp_path / file)
    import_index(tmp_path / "copy", tmp_path / file)
    with Retriever.open(tmp_path / "copy", model=FakeEncoder()) as copy:
        assert copy.search("游客中心的开馆时间", k=1, mode="lexical")[0].citation == "docs/minutes.pdf#page=2"


def test_a_segment_of_a_build_without_page_breaks_is_read_as_if_there_were_none(
    retriever: Retriever, tmp_path: Path
) -> None:
    (tmp_path / "docs" / "minutes.pdf").write_bytes(MINUTES.read_bytes())
    retriever.sync()
    breaks = set()
    for path in (tmp_path / "index").glob("segments/*/passages.sqlite"):
        breaks |= {row.passage.breaks for row in PassageReader(path, 100).passage_range(0, 10)}
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("ALTER TABLE passages DROP COLUMN places")
            connection.execute("ALTER TABLE passages DROP COLUMN breaks")
        assert {row.passage.breaks for row in PassageReader(path, 100).passage_range(0, 10)} == {()}
    assert len(breaks) == 2


def test_a_near_duplicate_has_the_path_of_its_file(retriever: Retriever, tmp_path: Path) -> None:
    write(tmp_path / "docs", {"copy.txt": f"\n\n{BOAT}"})
    retriever.sync()
    hit = best(retriever, "boat permit metres")
    (duplicate,) = hit.duplicates
    assert {hit.path, duplicate.path} == {str(tmp_path / "docs" / name) for name in ("copy.txt", "harbour.txt")}


SHEET = Document(
    id="budget",
    source="budget.xlsx",
    text="Item: water; 2022: 5\nItem: lamps; 2022: 7\nItem: roads; 2022: 9",
    places=(Place(0, "Sheet 1!A2:B2", 0.8), Place(21, "Sheet 1!A3:B3", 0.8), Place(42, "Sheet 1!A4:B4", 0.8)),
)


@pytest.mark.parametrize("file", ["all.jsonl", "all.parquet"])
def test_a_named_place_is_cited_also_after_export_and_import(retriever: Retriever, tmp_path: Path, file: str) -> None:
    retriever.add([SHEET])
    hit = retriever.search("lamps", k=1, mode="lexical")[0]
    assert (hit.place, hit.citation) == ("Sheet 1!A3:B3", "budget.xlsx#Sheet 1!A3:B3")
    assert hit.to_dict()["place"] == hit.place
    assert (hit.recognised, retriever.passage(hit.id).recognised) == (0.8, 0.8)
    assert retriever.passage(hit.id).place == "Sheet 1!A2:B2"
    assert retriever.context("lamps", mode="lexical").excerpts[0].citation == hit.citation
    export_index(tmp_path / "index", tmp_path / file)
    import_index(tmp_path / "copy", tmp_path / file)
    with Retriever.open(tmp_path / "copy", model=FakeEncoder()) as copy:
        copied = copy.search("lamps", k=1, mode="lexical")[0]
        assert (copied.citation, copied.recognised) == (hit.citation, 0.8)


@pytest.mark.parametrize("confidence", [0.012345, 0.09999, 1e-5, 5e-324])
def test_a_place_of_any_confidence_can_be_read_again(retriever: Retriever, confidence: float) -> None:
    retriever.add([Document(id="x", text="Lamps are lit.", places=(Place(0, "page=1", confidence),))])
    [hit] = retriever.search("lamps", mode="lexical")
    assert hit.recognised == round(confidence, 3)
    assert retriever.verify() == []


@pytest.mark.parametrize(
    "place", [Place(99, "x"), Place(-1, "x"), Place(0, " "), Place(0, "a\nb"), Place(0, "x", 1.5), "x"]
)
def test_a_place_that_is_none_is_refused(retriever: Retriever, place: Any) -> None:
    with pytest.raises(UsageError, match="invalid place"):
        retriever.add([Document(id="x", text="words", places=(place,))])
