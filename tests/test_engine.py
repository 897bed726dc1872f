"""The facade: one object from files to hits, for many threads, beside other processes, refused where it must be."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from fake_encoder import FakeEncoder
from fork_server import run
from small_index import write

from retriever import Hit, Progress, Retriever, SearchResponse, SyncReport
from retriever.errors import (
    FingerprintMismatchError,
    IndexNotFoundError,
    IndexWriteError,
    ModelError,
    UsageError,
)
from retriever.index.interface import Changes
from retriever.index.local.index import LocalIndex
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import Encoder
from retriever.types import Mode

FILES = {
    "harbour.md": "# The harbour\n\nBoats longer than nine metres need a permit.\n\nThe quay is closed at low tide.\n",
    "图书馆.txt": "县图书馆周末延长开放时间。借书证押金一百元。\n",
}


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Made-up models under the names that tests use, and which of them were loaded."""
    loaded: list[str] = []

    def load(name: str) -> EmbeddingModel:
        loaded.append(name)
        return EmbeddingModel(FakeEncoder(name))

    monkeypatch.setattr("retriever.search.loaded.load", load)
    return loaded


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write(tmp_path / "docs", FILES)


@pytest.fixture
def built(tmp_path: Path, docs: Path, loads: list[str]) -> Retriever:
    retriever = Retriever.open(tmp_path / "index", create=True)
    retriever.sync(docs)
    return retriever


def change_analyzer(retriever: Retriever, version: str) -> None:
    """Let the index be one that another version of the analyzer wrote."""
    index = LocalIndex.open(Path(retriever.location))
    settings = index.snapshot().settings
    assert settings
    index.commit(Changes([], [], replace(settings, analyzer=version)))


def test_from_files_to_hits_with_the_bundled_model(tmp_path: Path, docs: Path, bundled: Encoder) -> None:
    with mock.patch("retriever.search.loaded.load", return_value=EmbeddingModel(bundled, checked=False)):
        retriever = Retriever.open(tmp_path / "index", create=True)
        report = retriever.sync(docs)
        assert isinstance(report, SyncReport)
        assert (report.added, report.skipped, report.committed) == (2, (), True)
        hits = retriever.search("周末图书馆开门吗？", k=5)
        assert all(isinstance(hit, Hit) for hit in hits)
        first = hits[0]
        assert first.source == first.document == str(docs / "图书馆.txt")
        assert (first.rank, first.text, first.start, first.line) == (1, FILES["图书馆.txt"].strip(), 0, 1)
        assert 1 >= first.score > 2 * hits[1].score > 0
        assert retriever.search("Who needs permission for a long ship?")[0].source.endswith("harbour.md")
        assert retriever.search("lamp \ud83d")


def test_a_response_says_what_answered(built: Retriever) -> None:
    response = built.search("permit", k=1, mode="dense")
    assert isinstance(response, SearchResponse)
    assert (response.query, response.generation, response.mode, len(response.hits)) == ("permit", 1, "dense", 1)
    assert response.location == built.location
    assert response.to_dict()["hits"][0]["rank"] == 1
    assert response == built.search("permit", k=1, mode="dense")
    assert list(response) == list(response.hits)
    assert response[0] is response.hits[0]


def test_an_index_opens_with_its_own_model(tmp_path: Path, docs: Path, loads: list[str]) -> None:
    Retriever.open(tmp_path / "index", create=True, model="other").sync(docs)
    retriever = Retriever.open(tmp_path / "index")
    assert loads == ["other"]
    assert retriever.search("permit")
    assert retriever.sync(docs).unchanged == 2
    assert loads == ["other", "other"]
    assert retriever.status().model == "other"


def test_a_model_folder_is_known_by_its_absolute_path(
    tmp_path: Path, docs: Path, loads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    Retriever.open("index", create=True, model="model").sync(docs)
    monkeypatch.chdir(docs)
    assert Retriever.open("../index").search("permit")
    assert loads == [str(tmp_path / "model")] * 2


def test_the_model_is_loaded_once_and_only_where_it_is_needed(built: Retriever, loads: list[str]) -> None:
    retriever = Retriever.open(built.location)
    loads.clear()
    retriever.status()
    retriever.verify()
    assert retriever.search("permit", mode="lexical")
    assert loads == []
    retriever.warm()
    retriever.search("permit")
    retriever.search("quay", mode="dense")
    assert loads == ["bundled"]


def test_another_model_is_refused_with_the_command_that_mends_it(built: Retriever, docs: Path) -> None:
    other = Retriever.open(built.location, model="other")
    for refused in (lambda: other.search("permit"), lambda: other.sync(docs)):
        with pytest.raises(FingerprintMismatchError, match="model: bundled there, other here") as caught:
            refused()
        assert "retriever index" in caught.value.hint
        assert "--rebuild" in caught.value.hint
    assert other.search("permit", mode="lexical")
    assert other.sync(docs, rebuild=True).embedded > 0
    assert other.search("permit")
    with pytest.raises(FingerprintMismatchError):
        Retriever.open(built.location, model="bundled").search("permit")


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_an_index_of_a_later_analyzer_is_refused(built: Retriever, docs: Path, mode: Mode) -> None:
    change_analyzer(built, "of another time")
    for refused in (lambda: built.search("permit", mode=mode), lambda: built.sync(docs)):
        with pytest.raises(FingerprintMismatchError, match="of another time there") as caught:
            refused()
        assert "update retriever" in caught.value.hint
        assert f"--index {built.location} --rebuild" in caught.value.hint


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_an_index_of_another_chunker_is_searched_but_not_written(built: Retriever, docs: Path, mode: Mode) -> None:
    before = built.search("permit", mode=mode)
    with mock.patch("retriever.chunking.settings.CHUNKER_VERSION", "of another time"):
        assert built.search("permit", mode=mode).hits == before.hits
        with pytest.raises(FingerprintMismatchError, match="chunker") as caught:
            built.sync(docs)
    assert f"--index {built.location} --rebuild" in caught.value.hint


def test_the_same_name_with_other_weights_is_refused(built: Retriever) -> None:
    other = Retriever.open(built.location)
    with (
        mock.patch("retriever.search.loaded.load", return_value=EmbeddingModel(FakeEncoder("bundled", weights="2"))),
        pytest.raises(FingerprintMismatchError, match="weights"),
    ):
        other.search("permit")


def test_a_model_that_does_not_exist_leaves_no_index(tmp_path: Path, docs: Path) -> None:
    with pytest.raises(ModelError):
        Retriever.open(tmp_path / "index", create=True, model="no such model").sync(docs)
    assert not (tmp_path / "index").exists()


def test_a_source_or_an_encoding_that_does_not_exist_leaves_no_index(
    tmp_path: Path, docs: Path, loads: list[str]
) -> None:
    with Retriever.open(tmp_path / "index", create=True) as retriever:
        with pytest.raises(UsageError, match="nowhere"):
            retriever.sync(docs, "nowhere")
        with pytest.raises(UsageError, match="klingon"):
            retriever.sync(docs, encoding="klingon")
        assert not Path(retriever.location).exists()
        assert retriever.sync(docs).added == 2


def test_no_index_is_an_error_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError):
        Retriever.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_an_index_is_never_made_among_other_things(docs: Path) -> None:
    with pytest.raises(IndexWriteError, match="not an index"):
        Retriever.open(docs, create=True)


def test_an_empty_index_says_so(tmp_path: Path, loads: list[str]) -> None:
    retriever = Retriever.open(tmp_path / "index", create=True)
    with pytest.raises(IndexNotFoundError, match="empty") as caught:
        retriever.search("permit")
    assert caught.value.hint == (
        f"add documents: retriever index SOURCE... --index {retriever.location} (in Python: Retriever.sync or "
        "Retriever.add)"
    )
    retriever.warm()
    assert loads == []
    status = retriever.status()
    assert (status.generation, status.documents, status.passages, status.model) == (0, 0, 0, "")
    assert not Path(retriever.location).exists()


def test_an_index_that_was_emptied_has_no_hits(built: Retriever, docs: Path) -> None:
    for path in docs.iterdir():
        path.unlink()
    assert built.sync(docs, allow_empty=True).removed == 2
    assert built.search("permit").hits == ()


def test_status_in_numbers(built: Retriever, docs: Path) -> None:
    status = built.status()
    assert (status.index, status.generation, status.documents) == (built.location, 1, 2)
    assert status.passages == sum(status.languages.values()) == len(built.search("permit", k=100))
    assert set(status.languages) == {"en", "zh"}
    assert (status.model, status.dimension, status.segments) == ("bundled", 32, 1)
    on_disk = sum(file.stat().st_size for file in Path(built.location).rglob("*") if file.is_file())
    assert 0 < sum(status.bytes.values()) <= on_disk
    assert status.settings["encoder"] == FakeEncoder("bundled").description.fingerprint
    assert status.to_dict()["documents"] == 2
    (docs / "harbour.md").unlink()
    built.sync(docs)
    assert (built.status().generation, built.status().documents) == (2, 1)


def test_a_closed_retriever_says_so_and_another_goes_on(built: Retriever, docs: Path) -> None:
    other = Retriever.open(built.location)
    with built as same:
        assert same is built
        hits = built.search("permit")
    for refused in (lambda: built.search("permit"), built.status, built.warm, lambda: built.sync(docs)):
        with pytest.raises(UsageError, match="closed"):
            refused()
    built.close()
    assert other.search("permit") == hits
    with Retriever.open(built.location) as again:
        assert again.search("permit") == hits


def test_progress_goes_through_the_stages(tmp_path: Path, docs: Path, loads: list[str]) -> None:
    seen: list[Progress] = []
    Retriever.open(tmp_path / "index", create=True).sync(docs, on_progress=seen.append)
    assert list(dict.fromkeys(item.stage for item in seen)) == ["scan", "index", "commit"]
    files = [item for item in seen if item.stage == "index"]
    assert [item.done for item in files] == sorted(item.done for item in files)
    assert (files[-1].done, files[-1].total, files[-1].unit) == (2, 2, "files")


def test_another_passage_length_takes_a_rebuild(built: Retriever, docs: Path) -> None:
    with pytest.raises(FingerprintMismatchError, match="has passages of 192 tokens, not 12"):
        built.sync(docs, passage_tokens=12)
    assert built.sync(docs, passage_tokens=12, rebuild=True).committed
    assert built.search("permit")
    assert built.status().settings["passage_tokens"] == 12


def test_a_rebuild_keeps_the_model(tmp_path: Path, docs: Path, loads: list[str]) -> None:
    Retriever.open(tmp_path / "index", create=True, model="other").sync(docs)
    again = Retriever.open(tmp_path / "index")
    again.sync(docs, rebuild=True)
    assert again.status().settings["model"] == "other"
    assert set(loads) == {"other"}


def test_threads_that_search_see_whole_generations(tmp_path: Path, loads: list[str]) -> None:
    """Every generation holds one edition of all files: a hit list of two editions was not of one generation."""
    docs = tmp_path / "docs"
    names = [f"{number}.txt" for number in range(6)]

    def edition(number: int) -> dict[str, str]:
        return {name: f"The lamp of edition {number} stands at place {name}." for name in names}

    retriever = Retriever.open(tmp_path / "index", create=True)
    retriever.sync(write(docs, edition(0)))
    done = threading.Event()

    def search(mode: str) -> list[tuple[int, frozenset[str], int]]:
        seen = []
        while not done.is_set() or not seen:
            response = retriever.search("lamp edition", k=50, mode=mode, duplicates="show")  # type: ignore[arg-type]
            seen.append(
                (response.generation, frozenset(hit.text.split()[4] for hit in response.hits), len(response.hits))
            )
        return seen

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(search, mode) for mode in ("hybrid", "dense", "lexical", "hybrid")]
        try:
            for number in range(1, 5):
                assert retriever.sync(write(docs, edition(number))).changed == 6
        finally:
            done.set()
        answers = [answer for future in running for answer in future.result()]
    assert {count for *_, count in answers} == {6}
    assert all(editions == {str(generation - 1)} for generation, editions, _ in answers)
    assert retriever.search("lamp").generation == 5


WRITER = """
import sys
from unittest import mock
from fake_encoder import FakeEncoder
from retriever import Retriever
from retriever.index.interface import Changes
from retriever.index.local.index import LocalIndex
from retriever.models.embedding_model import EmbeddingModel
with mock.patch("retriever.search.loaded.load", return_value=EmbeddingModel(FakeEncoder("bundled"))):
    Retriever.open(sys.argv[1]).sync(sys.argv[2])
"""


WARMED = """
import sys
from unittest import mock
from fake_encoder import FakeEncoder
from retriever import Retriever
from retriever.index.interface import Changes
from retriever.index.local.index import LocalIndex
from retriever.models.embedding_model import EmbeddingModel
with mock.patch("retriever.search.loaded.load", return_value=EmbeddingModel(FakeEncoder("bundled"))):
    retriever = Retriever.open(sys.argv[1])
    retriever.warm()
    before = set(sys.modules)
    assert retriever.search("Who gives out the permit for boats?")
    assert set(sys.modules) == before, set(sys.modules) - before
"""


def test_nothing_is_left_for_the_first_search_to_load(built: Retriever) -> None:
    subprocess.run(
        [sys.executable, "-c", WARMED, built.location],
        env={**os.environ, "PYTHONPATH": f"{Path(__file__).parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
        check=True,
    )


def test_what_another_process_commits_is_seen_by_the_next_search(built: Retriever, docs: Path) -> None:
    assert "nine" in built.search("permit")[0].text
    write(docs, {"harbour.md": "Boats longer than eleven metres need a permit."})
    command = [sys.executable, "-c", WRITER, built.location, str(docs)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    assert run(command, b"", timeout=60, env=environment) == (0, b"", b"")
    response = built.search("permit")
    assert response.generation == 2
    assert "eleven" in response.hits[0].text
    assert not any("nine" in hit.text for hit in response.hits)


def test_a_rebuild_in_another_process_is_seen_too(built: Retriever, docs: Path) -> None:
    Retriever.open(built.location, model="other").sync(docs, rebuild=True)
    assert built.search("permit")
    assert built.status().model == "other"
