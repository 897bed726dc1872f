"""A whole search: what every list of hits is like, whatever is asked."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from library import FILES, Library
from small_index import ask, create_index, sync_index, write

from retriever.index.local.index import LocalIndex
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.scoring.score_baseline import ScoreBaseline
from retriever.options import SearchOptions
from retriever.search.pipeline import search
from retriever.types import Mode

MODES: tuple[Mode, ...] = ("hybrid", "dense", "lexical")
QUESTIONS = ("Who gives out the permit?", "图书馆周末开放吗", "lamp", "билет на паром", "🚲", "fish 图书 паром")
BACKGROUND = ScoreBaseline(0.0, 0.2, 0.0, 0.2)


@pytest.mark.parametrize(("question", "mode"), [*product(QUESTIONS, MODES)])
def test_hits_are_ranked_scored_and_cite_the_words_of_the_file(library: Library, question: str, mode: Mode) -> None:
    hits = library.ask(question, k=100, mode=mode)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert len({hit.id for hit in hits}) == len(hits)
    assert hits == sorted(hits, key=lambda hit: -hit.score)
    for hit in hits:
        assert 0.0 <= hit.score <= 1.0
        text = Path(hit.source).read_text(encoding="utf-8")
        assert text[hit.start : hit.end] == hit.text
        assert hit.line == text.count("\n", 0, hit.start) + 1
        assert hit.citation == f"{hit.source}:{hit.line}"
        assert all(0 <= span.start < span.end <= len(hit.text) for span in hit.highlights)


@pytest.mark.parametrize(
    ("mode", "rerank", "stages"),
    [
        ("hybrid", None, {"dense", "lexical", "late"}),
        ("hybrid", 0, {"dense", "lexical"}),
        ("dense", None, {"dense"}),
        ("dense", 50, {"dense", "late"}),
        ("lexical", None, {"lexical"}),
    ],
)
def test_the_scores_are_those_of_the_stages_that_took_part(
    library: Library, mode: Mode, rerank: int | None, stages: set[str]
) -> None:
    hits = library.ask("the permit for boats", mode=mode, rerank=rerank)
    assert hits
    for hit in hits:
        assert set(hit.scores) == stages
        assert all(-1.0 <= score <= 1.0 for score in hit.scores.values())


@pytest.mark.parametrize("mode", MODES)
def test_the_passage_that_answers_is_first(library: Library, mode: Mode) -> None:
    first = library.ask("When is the permit given out in the harbour office?", mode=mode)[0]
    assert "Mondays before noon" in first.text
    assert (first.title, first.language, first.page) == ("The harbour", "en", None)


def test_fewer_hits_are_the_beginning_of_more(library: Library) -> None:
    for mode in MODES:
        hits = library.ask("the lamp, the permit and the fish", k=50, mode=mode)
        assert len(hits) >= 3
        for k in range(1, len(hits)):
            assert library.ask("the lamp, the permit and the fish", k=k, mode=mode) == hits[:k]


@pytest.mark.parametrize("mode", MODES)
def test_room_is_made_for_no_more_hits_than_there_are(library: Library, mode: Mode) -> None:
    # Room for so many would end the process, not just the search.
    assert library.ask("fish 图书 паром", k=10**9, mode=mode) == library.ask("fish 图书 паром", k=1000, mode=mode)


def test_more_hits_than_passages_are_all_passages(library: Library) -> None:
    hits = library.ask("lamp", k=10_000)
    assert len(hits) == library.index.snapshot().passages


def test_lexical_search_finds_only_what_shares_a_word(library: Library) -> None:
    assert {Path(hit.source).parent.name for hit in library.ask("lamp", mode="lexical")} == {"copies"}
    assert library.ask("zeppelin", mode="lexical") == []


def test_lexical_search_needs_no_model(library: Library) -> None:
    def none() -> EmbeddingModel:
        raise AssertionError("the model was asked for")

    snapshot = library.index.snapshot()
    assert snapshot.settings is not None
    options = SearchOptions(mode="lexical", duplicates="show")
    response = search(snapshot, snapshot.settings, "lamp", options, location="library", model=none)
    assert len(response.hits) == 6
    assert (response.query, response.location, response.generation, response.mode) == ("lamp", "library", 1, "lexical")
    assert response.took_ms >= 0


def test_ties_are_ordered_by_path(library: Library) -> None:
    for mode in MODES:
        hits = library.ask("when is the lamp on the pier lit", k=6, mode=mode)
        assert [Path(hit.source).name for hit in hits] == [f"{number}.txt" for number in range(6)]
        assert len({hit.score for hit in hits}) == 1


def test_passages_of_one_score_are_still_told_apart(tmp_path: Path, encoder: FakeEncoder) -> None:
    """The score of both is 1 to six decimals."""
    files = {f"{n}.txt": f"the boat of the pier leaves at {n} in the morning" for n in range(200)}
    files |= {"a.txt": "lamp lamp lamp lamp lamp and the boat " * 2, "z.txt": "lamp " * 40}
    index = create_index(tmp_path / "index", encoder, write(tmp_path / "docs", files))
    first, second = ask(index, encoder, "lamp", mode="lexical")
    assert (first.source.endswith("z.txt"), first.score) == (True, second.score)


def test_candidates_are_what_either_stage_finds(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    like = {f"{number}.txt": f"Of all that and of all this, {number}." for number in range(4)}
    rare = "A zeppelin hung over fields, woods, hills, farms, roads, mills, ponds, towns."
    index = create_index(tmp_path / "index", encoder, write(tmp_path / "docs", {**like, "rare.txt": rare}))
    query = "Of all that and of all this, zeppelin"
    monkeypatch.setattr("retriever.search.pipeline.CANDIDATES", 3)
    monkeypatch.setattr("retriever.search.pipeline.CANDIDATES_PER_HIT", 0)
    monkeypatch.setattr("retriever.search.pipeline.WIDEST", 0)
    found = {mode: [hit.text for hit in ask(index, encoder, query, mode=mode, rerank=0)] for mode in MODES}
    assert rare not in found["dense"]
    assert found["lexical"] == [rare]
    assert set(found["hybrid"]) == {*found["dense"], rare}


def test_what_is_not_reranked_stays_below_what_is(library: Library) -> None:
    question = "Is the north quay closed to boats?"
    plain = library.ask(question, k=50, rerank=0)
    for count in (1, 3, 8):
        hits = library.ask(question, k=50, rerank=count)
        assert ["late" in hit.scores for hit in hits] == [True] * count + [False] * (len(hits) - count)
        assert {hit.id for hit in hits[:count]} == {hit.id for hit in plain[:count]}
        assert [hit.id for hit in hits[count:]] == [hit.id for hit in plain[count:]]
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("mode", ["hybrid", "dense"])
def test_as_many_are_reranked_as_are_asked_for(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    files = {f"{n}.txt": f"the boat of the pier leaves at {n} in the morning" for n in range(30)}
    index = LocalIndex.create(tmp_path / "index")
    sync_index(index, encoder, write(tmp_path / "docs", files), token_vectors=False)
    monkeypatch.setattr("retriever.search.pipeline.CANDIDATES", 3)
    compared: list[str] = []
    of_passages = encoder.encode_passage_tokens
    monkeypatch.setattr(encoder, "encode_passage_tokens", lambda texts: (compared.extend(texts), of_passages(texts))[1])
    for count, reranked in ((20, 20), (10**12, 30)):
        compared.clear()
        ask(index, encoder, "when does the boat leave", k=1, mode=mode, rerank=count)
        assert len(compared) == reranked


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("图书馆规则", "圖書館之規則"),
        ("借閱期限", "借閱期限為三十日"),
        ("圖書館週末開放時間", "县图书馆周末延长开放时间。"),
        ("ABC-123", "ＡＢＣ－１２３"),
        ("ｐｅｒｍｉｔ", "permit"),
        ("ｶﾅｶﾞﾜ", "カナガワ"),
        ("БИЛЕТ", "Билет"),
    ],
)
def test_other_forms_of_the_same_characters_match(library: Library, question: str, answer: str) -> None:
    hits = library.ask(question, mode="lexical")
    assert answer in hits[0].text
    assert hits[0].highlights


def test_neighbours_are_the_passages_around_a_hit(library: Library) -> None:
    index = library.index.snapshot()
    for hit in library.ask("permit for boats", k=50, context=2):
        [stored] = [own for own in index.find_documents([hit.document]) if own[0].document.source == hit.source]
        place = next(item.position for item in stored if item.id == hit.id)
        texts = [item.passage.text for item in stored]
        assert [neighbour.text for neighbour in hit.before] == texts[max(0, place - 2) : place]
        assert [neighbour.text for neighbour in hit.after] == texts[place + 1 : place + 3]
        text = Path(hit.source).read_text(encoding="utf-8")
        for neighbour in (*hit.before, *hit.after):
            assert text[neighbour.start : neighbour.end] == neighbour.text
    assert any(len(hit.before) == 2 for hit in library.ask("permit for boats", k=50, context=2))


def test_no_context_is_fetched_unasked(library: Library) -> None:
    assert all(hit.before == hit.after == () for hit in library.ask("permit"))


@pytest.mark.parametrize("mode", MODES)
def test_an_index_of_one_passage(tmp_path: Path, encoder: FakeEncoder, mode: Mode) -> None:
    index = create_index(tmp_path / "index", encoder, write(tmp_path / "docs", {"a.txt": "One lamp."}))
    hits = ask(index, encoder, "Where is the lamp?", mode=mode, context=3)
    assert [(hit.rank, hit.text, hit.before, hit.after) for hit in hits] == [(1, "One lamp.", (), ())]


@pytest.mark.parametrize("mode", MODES)
def test_an_index_without_passages_gives_no_hits(tmp_path: Path, encoder: FakeEncoder, mode: Mode) -> None:
    docs = write(tmp_path / "docs", {"a.txt": "One lamp."})
    index = create_index(tmp_path / "index", encoder, docs)
    (docs / "a.txt").unlink()
    sync_index(index, encoder, docs, allow_empty=True)
    assert ask(index, encoder, "lamp", mode=mode) == []


def test_a_row_is_cited_by_its_id_line_and_metadata(tmp_path: Path, encoder: FakeEncoder) -> None:
    rows = '{"id": "a", "text": "One lamp."}\n{"id": "b", "text": "Two boats.", "title": "Boats", "year": 1904}\n'
    index = create_index(tmp_path / "index", encoder, write(tmp_path / "docs", {"rows.jsonl": rows}))
    hit = ask(index, encoder, "boats")[0]
    assert (hit.document, hit.title, hit.line, dict(hit.metadata)) == ("b", "Boats", 2, {"year": 1904})
    assert (hit.start, hit.end) == (0, len(hit.text))


@pytest.mark.parametrize("query", ["灯" * 10_000, "lamp " * 2_000, "lamp \ud83d", "lamp\x00", "lamp 🚲 灯 لمبة лампа"])
def test_an_unusual_question_is_answered(library: Library, query: str) -> None:
    for mode in ("hybrid", "dense"):
        assert len(library.ask(query, k=3, mode=mode)) == 3


@given(st.text(min_size=1, max_size=40), st.sampled_from(MODES), st.integers(1, 12), st.integers(0, 5))
def test_any_question_is_answered_the_same_way_each_time(
    library: Library, words: str, mode: Mode, k: int, rerank: int
) -> None:
    rerank = 0 if mode == "lexical" else rerank
    query = f"permit {words}"
    hits = library.ask(query, k=k, mode=mode, rerank=rerank)
    assert hits == library.ask(query, k=k, mode=mode, rerank=rerank)
    assert 1 <= len(hits) <= k
    assert hits == sorted(hits, key=lambda hit: -hit.score)


def test_hits_are_ready_for_json(library: Library) -> None:
    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(isinstance(name, str) and plain(item) for name, item in value.items())
        if isinstance(value, list):
            return all(map(plain, value))
        return value is None or type(value) in (str, int, float, bool)

    for mode in MODES:
        assert all(plain(hit.to_dict()) for hit in library.ask("permit 图书馆", mode=mode, context=1))


def test_an_open_index_answers_as_the_one_that_wrote(library: Library) -> None:
    other = LocalIndex.open(library.index.path)
    for question in QUESTIONS:
        assert ask(other, FakeEncoder(), question) == library.ask(question)
    assert {Path(hit.source).name for hit in library.ask("lamp", k=100)} == {Path(name).name for name in FILES}


@pytest.mark.parametrize("mode", MODES)
def test_a_document_is_found_by_its_title(tmp_path: Path, encoder: FakeEncoder, mode: Mode) -> None:
    rows = [
        f'{{"id": "{n}", "title": "Ledger of pier {n}", "text": "The keeper wrote down boat{n} and what it paid."}}'
        for n in range(60)
    ]
    rows.append('{"id": "talk", "title": "Talk", "text": "Every ledger of every pier, 41 in all, is kept by Ann."}')
    index = create_index(tmp_path / "index", encoder, write(tmp_path / "docs", {"rows.jsonl": "\n".join(rows)}))
    if mode != "dense":
        assert ask(index, encoder, "Ledger of pier 41", mode=mode)[0].document == "41"
    write(tmp_path / "docs", {"rows.jsonl": "\n".join(rows[:41] + rows[42:])})
    sync_index(index, encoder, tmp_path / "docs")
    assert index.snapshot().term_statistics(["ledger"]).document_frequency == {"ledger": 60}
