"""``Retriever.map``: what is on a map, and that the same passages always give the same."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from memory_index import MemoryIndex
from topics import TOPICS, make_chinese, make_documents, make_index

from retriever import CorpusMap, Document, MapPoint, Retriever
from retriever.corpus_map.words import SHORTEST, Words, is_number
from retriever.errors import FilterError, IndexNotFoundError
from retriever.text.analyzer import CURRENT


def test_every_passage_is_a_point_that_leads_back_to_its_words(topics: Retriever, drawn: CorpusMap) -> None:
    assert [point.document for point in drawn.points] == sorted(document.id for document in make_documents())
    for point in drawn.points:
        cited = topics.passage(point.id)
        assert {name: getattr(point, name) for name in ("text", "start", "end", "citation", "language", "title")} == {
            name: getattr(cited, name) for name in ("text", "start", "end", "citation", "language", "title")
        }
        assert 0 <= point.x <= 1
        assert 0 <= point.y <= 1
    assert (drawn.passages, drawn.is_sample, drawn.languages) == (36, False, {"en": 36})
    assert (drawn.location, drawn.generation) == (topics.location, topics.status().generation)


def test_the_known_topics_are_the_clusters_and_lie_apart(drawn: CorpusMap) -> None:
    found = [
        {point.document.split("-")[0] for point in drawn.points if point.cluster == cluster.number}
        for cluster in drawn.clusters
    ]
    assert sorted(found, key=min) == [{topic} for topic in sorted(TOPICS)]
    assert [cluster.size for cluster in drawn.clusters] == [12, 12, 12]
    places = np.array([[point.x, point.y] for point in drawn.points])
    labels = np.array([point.cluster for point in drawn.points])
    distances = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(len(places)) * 9
    assert (labels[distances.argmin(axis=1)] == labels).all()


def test_a_cluster_is_named_by_its_own_words(drawn: CorpusMap) -> None:
    for cluster in drawn.clusters:
        topic = next(point.document for point in drawn.points if point.cluster == cluster.number).split("-")[0]
        assert len(cluster.words) >= 3
        assert {word.lower() for word in cluster.words} <= set(TOPICS[topic])
        assert cluster.name == " · ".join(cluster.words[:3])


def test_a_cluster_that_is_alone_in_its_language_is_named_by_the_words_of_its_documents(tmp_path: Path) -> None:
    greek = [
        Document(f"{topic}-{number}", f"{text} {number}.", language="el")
        for topic, texts in {
            "λιμάνι": ["Το πλοίο δένει στο λιμάνι", "Στο λιμάνι το πλοίο περιμένει", "Το πλοίο και το λιμάνι"],
            "ελιά": ["Το λάδι και η ελιά", "Στην ελιά το λάδι ωριμάζει", "Το λάδι της ελιάς, ελιά"],
        }.items()
        for number, text in enumerate(texts)
    ]
    with make_index(tmp_path / "index", greek) as retriever:
        [cluster] = retriever.map(clusters=1).clusters
    assert {"λιμάνι", "ελιά"} & set(cluster.words)
    assert not any(part.isdecimal() for part in cluster.name.split(" · "))


@pytest.mark.parametrize(("title", "name"), [("Water levels", "Water levels"), ("", "table-0.csv")])
def test_a_cluster_without_words_is_named_by_its_title_or_source(tmp_path: Path, title: str, name: str) -> None:
    rows = [Document(f"{row}", f"{row} 17 4.5 {row * 3}", title=title, source="levels/table-0.csv") for row in range(4)]
    with make_index(tmp_path / "index", rows) as retriever:
        [cluster] = retriever.map(clusters=1).clusters
    assert (cluster.words, cluster.name) == ((), name)


def test_the_hits_of_the_question_bear_their_ranks(topics: Retriever, drawn: CorpusMap) -> None:
    hits = topics.search("Where does the ferry berth?", k=3)
    assert [(point.id, point.rank, point.score) for point in drawn.hits] == [
        (hit.id, hit.rank, hit.score) for hit in hits
    ]
    assert drawn.question == "Where does the ferry berth?"
    assert topics.map().hits == ()


def test_a_map_does_not_depend_on_the_order_of_adding(drawn: CorpusMap, tmp_path: Path) -> None:
    documents = make_documents()
    random.Random(5).shuffle(documents)
    with make_index(tmp_path / "other", documents) as other:
        again = other.map("Where does the ferry berth?", k=3)
    assert replace(again, location=drawn.location, generation=drawn.generation) == drawn


def test_any_engine_gives_the_same_map(drawn: CorpusMap) -> None:
    with Retriever.open(MemoryIndex("map"), create=True, model=FakeEncoder()) as retriever:
        retriever.add(make_documents())
        again = retriever.map("Where does the ferry berth?", k=3)
    assert (again.clusters, again.links, again.points) == (drawn.clusters, drawn.links, drawn.points)


def test_a_filter_says_what_is_on_the_map(topics: Retriever) -> None:
    shown = topics.map(where="document ~ 'orchard*'")
    assert {point.document.split("-")[0] for point in shown.points} == {"orchard"}
    assert shown.passages == 12
    assert topics.map(where="document = nothing").points == ()
    with pytest.raises(FilterError):
        topics.map(where="no_such_field = 1")


def test_chinese_names_are_words(tmp_path: Path) -> None:
    with make_index(tmp_path / "index", make_chinese()) as retriever:
        shown = retriever.map(clusters=2)
    by_topic = {
        next(point.document for point in shown.points if point.cluster == cluster.number)[:2]: set(cluster.words)
        for cluster in shown.clusters
    }
    assert by_topic["电梯"] & {"加装电梯", "业主", "井道", "物业公司", "楼层"}
    assert by_topic["防汛"] & {"防汛预案", "水库", "堤坝", "抢险队伍", "降雨"}
    for words in by_topic.values():
        assert words <= {"加装电梯", "业主", "井道", "物业公司", "楼层", "防汛预案", "水库", "堤坝", "抢险队伍", "降雨"}


def test_data_is_no_word() -> None:
    assert Words([f"The key is {'qrst' * 200}, says Donaudampfschifffahrtsgesellschaft."], CURRENT)[0] == {
        *("the", "key", "says", "donaudampfschifffahrtsgesellschaft")
    }


@pytest.mark.parametrize(
    "text",
    [
        "बंदरगाह की खुदाई मार्च में हुई",
        "துறைமுகம் மார்ச் மாதத்தில் ஆழப்படுத்தப்பட்டது",
        "বন্দরটি মার্চ মাসে খনন করা হয়েছে",
        "የወደብ ቁፋሮ",
        "مَرْسَى الميناء",
    ],
)
def test_words_are_whole_in_scripts_with_vowel_signs(text: str) -> None:
    assert Words([text], CURRENT)[0] == {word for word in CURRENT.folding.fold(text).split() if len(word) >= SHORTEST}


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("二十", True),
        ("第十", True),
        ("第三条", True),
        ("三万", True),
        ("百姓", False),
        ("三农", False),
        ("第一书记", False),
        ("电梯", False),
    ],
)
def test_numbers_in_characters_are_no_words(word: str, number: bool) -> None:
    assert is_number(word) is number


def test_near_duplicates_are_linked(tmp_path: Path) -> None:
    text = "The lamp on the pier is lit at dusk by its keeper, who walks there from the village every evening."
    documents = [
        *make_documents(4),
        Document("one", text, language="en"),
        Document("same", text, language="en"),
        Document("near", text.replace("walks", "strolls"), language="en"),
    ]
    with make_index(tmp_path / "index", documents) as retriever:
        shown = retriever.map()
    named = {
        tuple(sorted((shown.points[link.first].document, shown.points[link.second].document))) for link in shown.links
    }
    assert {("one", "same"), ("near", "one")} <= named
    assert all(set(pair) <= {"one", "same", "near"} for pair in named)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_a_few_passages_make_a_map(tmp_path: Path, count: int) -> None:
    with make_index(tmp_path / "index", make_documents()[:count]) as retriever:
        shown = retriever.map("ferry", k=1)
        assert len(shown.points) == count
        assert sum(cluster.size for cluster in shown.clusters) == count
        assert len(shown.hits) == 1
        assert shown.to_html()


def test_copies_of_one_passage_make_a_map(tmp_path: Path) -> None:
    documents = [Document(str(number), "The same words again.") for number in range(30)]
    with make_index(tmp_path / "index", documents) as retriever:
        shown = retriever.map()
    assert [cluster.size for cluster in shown.clusters] == [30]
    assert shown.clusters[0].name == "again · words · same"
    assert len(shown.links) == 29


def test_copies_are_not_divided_into_clusters(tmp_path: Path) -> None:
    texts = ["Lamps at dusk.", "The ferry berths here today."]
    documents = [Document(str(number), texts[number % 2]) for number in range(30)]
    with make_index(tmp_path / "index", documents) as retriever:
        shown = retriever.map(clusters=5)
    assert [cluster.size for cluster in shown.clusters] == [15, 15]


def test_an_index_without_passages_has_an_empty_map(tmp_path: Path) -> None:
    with make_index(tmp_path / "index", make_documents(1)) as retriever:
        retriever.remove(*[document.id for document in make_documents(1)])
        shown = retriever.map("ferry")
        assert (shown.points, shown.clusters, shown.links, shown.hits) == ((), (), (), ())
        assert shown.to_html()
    with (
        Retriever.open(tmp_path / "new", create=True, model=FakeEncoder()) as retriever,
        pytest.raises(IndexNotFoundError),
    ):
        retriever.map()


def test_of_too_many_passages_a_sample_is_shown_with_all_hits(topics: Retriever, tmp_path: Path) -> None:
    shown = topics.map("Where does the ferry berth?", k=4, limit=10)
    assert (shown.passages, shown.is_sample) == (36, True)
    assert 10 <= len(shown.points) <= 14
    assert [point.rank for point in shown.hits] == [1, 2, 3, 4]
    documents = make_documents()
    random.Random(3).shuffle(documents)
    with make_index(tmp_path / "other", documents) as other:
        assert other.map("Where does the ferry berth?", k=4, limit=10).points == shown.points


def test_a_map_is_json(drawn: CorpusMap) -> None:
    read = json.loads(json.dumps(drawn.to_dict(), allow_nan=False))
    assert set(read) == {"index", "generation", "question", "passages", "points", "clusters", "links", "languages"}
    assert set(read["points"][0]) == {*MapPoint.__slots__, "citation"}
    assert read["clusters"][0]["words"] == list(drawn.clusters[0].words)
