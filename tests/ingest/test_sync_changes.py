"""A sync follows the files: what it says it did is what it did, and what did not change costs nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import paragraph, sources, sync_index, write

from retriever.errors import UsageError
from retriever.index.local.index import LocalIndex
from retriever.reports import SyncReport


def counts(report: SyncReport) -> dict[str, int]:
    """The numbers of a report that are not 0."""
    names = ("added", "changed", "moved", "removed", "unchanged")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def test_everything_is_added_at_first(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    report = sync_index(index, encoder, docs)
    assert counts(report) == {"added": 3}
    assert (report.generation, report.committed, report.documents) == (1, True, 3)
    assert report.passages == report.embedded == index.snapshot().passages
    assert (report.reused, report.skipped, report.notices) == (0, (), ())
    assert set(sources(index)) == {"docs/river.txt", "docs/orchard.md", "docs/town/bakery.txt"}


def test_nothing_changed_makes_no_generation_and_embeds_nothing(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    first = sync_index(index, encoder, docs)
    again = FakeEncoder()
    report = sync_index(index, again, docs)
    assert counts(report) == {"unchanged": 3}
    assert (report.generation, report.committed, report.embedded, report.reused) == (1, False, 0, 0)
    assert (report.documents, report.passages) == (first.documents, first.passages)
    assert again.embedded == []


def test_a_file_written_again_with_the_same_bytes_is_unchanged(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    sync_index(index, encoder, docs)
    os.utime(docs / "river.txt", (1, 1))
    report = sync_index(index, encoder, docs)
    assert (counts(report), report.committed) == ({"unchanged": 3}, False)


def test_every_kind_of_change_at_once(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    write(docs, {"ferry.txt": "The ferry crosses at eight.", "mill.txt": "The mill is shut."})
    sync_index(index, encoder, docs)
    (docs / "mill.txt").unlink()
    (docs / "ferry.txt").rename(docs / "crossing.txt")
    write(docs, {"orchard.md": "Apples keep until May.", "new.txt": "A new bridge is planned."})
    report = sync_index(index, encoder, docs)
    assert counts(report) == {"added": 1, "changed": 1, "moved": 1, "removed": 1, "unchanged": 2}
    assert (report.generation, report.documents) == (2, 5)
    held = sources(index)
    assert held["docs/orchard.md"] == "Apples keep until May."
    assert held["docs/crossing.txt"] == "The ferry crosses at eight."
    assert not {"docs/mill.txt", "docs/ferry.txt"} & set(held)


def test_a_moved_file_is_not_embedded_again(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, docs)
    (docs / "town").rename(docs / "village")
    (docs / "river.txt").rename(docs / "village" / "stream.txt")
    report = sync_index(index, encoder, docs)
    assert (counts(report), report.embedded) == ({"moved": 2, "unchanged": 1}, 0)
    assert set(sources(index)) == {"docs/village/stream.txt", "docs/orchard.md", "docs/village/bakery.txt"}


def test_copies_that_become_one_are_one_move_and_one_removal(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    shutil.copy(docs / "river.txt", docs / "copy.txt")
    sync_index(index, encoder, docs)
    (docs / "copy.txt").unlink()
    (docs / "river.txt").rename(docs / "stream.txt")
    assert counts(sync_index(index, encoder, docs)) == {"moved": 1, "removed": 1, "unchanged": 2}


def test_a_file_that_becomes_two_is_one_move_and_one_addition(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    sync_index(index, encoder, docs)
    shutil.copy(docs / "river.txt", docs / "copy.txt")
    (docs / "river.txt").rename(docs / "stream.txt")
    assert counts(sync_index(index, encoder, docs)) == {"moved": 1, "added": 1, "unchanged": 2}


def test_a_file_moved_over_another(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, docs)
    (docs / "river.txt").replace(docs / "orchard.md")
    assert counts(sync_index(index, encoder, docs)) == {"changed": 1, "removed": 1, "unchanged": 1}


def test_an_edited_paragraph_embeds_itself_and_few_around_it(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    text = [paragraph(number) for number in range(80)]
    write(docs, {"long.txt": "\n\n".join(text)})
    whole = sync_index(index, encoder, docs)
    assert whole.passages > 40
    text[40] = text[40].replace(text[40].split()[3], "lighthouse")
    write(docs, {"long.txt": "\n\n".join(text)})
    again = FakeEncoder()
    report = sync_index(index, again, docs)
    assert counts(report) == {"changed": 1, "unchanged": 3}
    assert 1 <= report.embedded <= 3
    assert report.embedded == len(again.embedded)
    assert "lighthouse" in again.embedded[0]


def test_equal_texts_are_embedded_once(index: LocalIndex, encoder: FakeEncoder, tmp_path: Path) -> None:
    docs = write(tmp_path / "many", {f"{number}.txt": "The same words everywhere." for number in range(5)})
    report = sync_index(index, encoder, docs)
    assert (report.passages, report.embedded, report.reused) == (5, 1, 4)


def test_a_folder_without_documents_empties_what_came_from_it(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    sync_index(index, encoder, docs)
    shutil.rmtree(docs)
    docs.mkdir()
    report = sync_index(index, encoder, docs, allow_empty=True)
    assert (counts(report), report.documents, report.passages) == ({"removed": 3}, 0, 0)
    assert [notice.source for notice in report.notices] == ["docs"]


def test_other_sources_stay(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    other = write(Path("other"), {"hill.txt": "The hill is bare.", "dale.txt": "The dale is green."})
    sync_index(index, encoder, docs, other)
    shutil.rmtree(docs)
    docs.mkdir()
    (other / "dale.txt").unlink()
    assert counts(sync_index(index, encoder, other)) == {"removed": 1, "unchanged": 1}
    assert len(sources(index)) == 4
    assert counts(sync_index(index, encoder, docs, allow_empty=True)) == {"removed": 3}
    assert set(sources(index)) == {"other/hill.txt"}


def test_one_file_of_a_folder_touches_no_other(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, docs)
    write(docs, {"river.txt": "The river is dry.", "orchard.md": "The orchard is bare."})
    assert counts(sync_index(index, encoder, docs / "river.txt")) == {"changed": 1}
    assert sources(index)["docs/orchard.md"].startswith("Pears")


def test_a_pattern_lets_go_of_what_it_no_longer_matches(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, "docs/**/*.txt")
    assert set(sources(index)) == {"docs/river.txt", "docs/town/bakery.txt"}
    (docs / "town" / "bakery.txt").unlink()
    assert counts(sync_index(index, encoder, "docs/**/*.txt")) == {"removed": 1, "unchanged": 1}


def test_a_source_that_vanished_is_refused_and_loses_nothing(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    sync_index(index, encoder, docs)
    docs.rename("elsewhere")
    with pytest.raises(UsageError, match="docs"):
        sync_index(index, encoder, "docs")
    assert len(sources(index)) == 3


def test_no_source_is_refused(index: LocalIndex, encoder: FakeEncoder) -> None:
    with pytest.raises(UsageError, match="no source"):
        sync_index(index, encoder)


def test_the_index_in_the_source_is_not_indexed(encoder: FakeEncoder, docs: Path) -> None:
    index = LocalIndex.create(docs / "index")
    (docs / "index" / "README.md").write_text("What an index folder holds.")
    sync_index(index, encoder, docs)
    report = sync_index(index, encoder, docs)
    assert (counts(report), report.skipped) == ({"unchanged": 3}, ())


def test_rebuild_starts_from_nothing_but_embeds_nothing_twice(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    other = write(Path("other"), {"hill.txt": "The hill is bare."})
    first = sync_index(index, encoder, docs, other)
    report = sync_index(index, encoder, docs, rebuild=True)
    assert (counts(report), report.committed, report.generation) == ({"added": 3}, True, 2)
    assert (report.embedded, report.reused) == (0, first.passages - 1)
    assert "other/hill.txt" not in sources(index)


def test_the_passage_length_is_kept_for_later_syncs(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    text = "\n\n".join(paragraph(number) for number in range(12))
    write(docs, {"long.txt": text})
    short = sync_index(index, encoder, docs, passage_tokens=40)
    write(docs, {"longer.txt": text})
    report = sync_index(index, encoder, docs)
    assert report.embedded == 0
    assert report.passages > short.passages
