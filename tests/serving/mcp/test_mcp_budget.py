"""Budgets hold for every tool and resource, whatever the documents are like; the estimate is on the high side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from retriever import Document, Encoder, Retriever
from retriever.serving.mcp.budget import count_json_tokens, count_tokens, cut_text
from retriever.serving.mcp.fitting import fit
from retriever.serving.mcp.indexes import ServedIndex, ServedIndexes
from retriever.serving.mcp.resources import list_documents, read_resource
from retriever.serving.mcp.tool import Answer
from retriever.serving.mcp.tools import documents, passage, search, status

CORPUS = Path(__file__).parents[3] / "examples" / "corpus"
WORD = "harbour"
TEXTS = {
    "long words": f"{WORD} " + "pneumonoultramicroscopic" * 40,
    "digits": f"{WORD} " + "3.14159265 " * 40,
    "emoji": f"{WORD} " + "🚢👩‍🔬 " * 40,
    "thai": f"{WORD} " + "เรือออกจากท่าเวลาเก้าโมงเช้า " * 40,
    "chinese": f"{WORD} " + "汛期每天安排两名干部值班。" * 40,
    "quotes": f"{WORD} " + '"\\\n\t' * 100,
    "short": f"{WORD} closes at nine.",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedIndexes]:
    """Documents of one passage or many, with titles, ids and metadata that are longer than any budget."""
    location = tmp_path_factory.mktemp("budget") / "index"
    with Retriever.open(location, create=True, model=FakeEncoder()) as retriever:
        retriever.add(
            Document(
                id=f"{name}/{'i' * 300}",
                text=f"# {name} {'heading ' * 200}\n\n{text}\n\n{text[::-1]} {WORD}",
                title=f"{name} {'title ' * 300}",
                source=f"https://example.org/{'s' * 900}",
                metadata={"notes": "n " * 4000, "year": number},
            )
            for number, (name, text) in enumerate(TEXTS.items())
        )
    indexes = ServedIndexes([ServedIndex("index", str(location))])
    yield indexes
    indexes.close()


def check(answer: Answer, budget: int) -> None:
    assert count_tokens(answer.text) <= budget
    assert count_json_tokens(answer.values) <= budget


budgets = st.integers(500, 8000)


@settings(max_examples=15)
@given(budget=budgets, k=st.integers(1, 50))
def test_hits_fit(served: ServedIndexes, budget: int, k: int) -> None:
    arguments = search.SearchArguments(query=WORD, k=k, mode="lexical", max_tokens=budget)
    answer = search.run(served, arguments)
    check(answer, budget)
    hits = answer.values["hits"]
    assert hits
    assert len(hits) + answer.values["left_out"] <= k
    assert served.get("index").passage(hits[0]["id"]).text.startswith(hits[0]["text"])
    assert hits[0]["end"] - hits[0]["start"] == len(hits[0]["text"])


@settings(max_examples=15)
@given(budget=budgets, context=st.integers(0, 20), data=st.data())
def test_passages_fit(served: ServedIndexes, budget: int, context: int, data: st.DataObject) -> None:
    retriever = served.get("index")
    listed = data.draw(st.sampled_from(retriever.documents()))
    opened = data.draw(st.sampled_from(retriever.document(listed.document).passages))
    answer = passage.run(served, passage.PassageArguments(id=opened.id, context=context, max_tokens=budget))
    check(answer, budget)
    assert opened.text.startswith(answer.values["text"])


@given(budget=budgets)
@settings(max_examples=10)
def test_listings_fit(served: ServedIndexes, budget: int) -> None:
    check(documents.run(served, documents.DocumentsArguments(max_tokens=budget)), budget)
    check(status.run(served, status.StatusArguments(max_tokens=budget)), budget)


@pytest.mark.parametrize("budget", [500, 2000, 8000])
def test_a_document_is_read_in_parts_that_fit(served: ServedIndexes, budget: int) -> None:
    listed, following = list_documents(served, None)
    assert following is None
    assert len(listed) == len(TEXTS)
    for item in listed:
        uri, parts = item.uri, []
        while uri:
            text = read_resource(served, uri, budget)
            assert count_tokens(text) <= budget
            parts.append(text)
            _, _, rest = text.rpartition("continues at ")
            uri = rest.rstrip(")\n") if rest.startswith("retriever://") else ""
        # A passage that is longer than the budget is cut; the next part begins with the next one.
        for opened in served.get("index").document(_id_of(item.uri)).passages:
            assert any(f"\n{opened.text[:20]}" in part for part in parts)


def _id_of(uri: str) -> str:
    from urllib.parse import parse_qs, urlsplit

    return parse_qs(urlsplit(uri).query)["id"][0]


def test_the_estimate_is_on_the_high_side(bundled: Encoder) -> None:
    texts = [path.read_text(encoding="utf-8") for path in CORPUS.iterdir() if path.suffix in (".txt", ".md")]
    for text in [*texts, *(TEXTS[name] for name in ("digits", "emoji", "thai", "chinese"))]:
        assert count_tokens(text) >= len(bundled.token_spans(text))  # type: ignore[attr-defined]


@given(st.text(max_size=300), st.integers(0, 200))
def test_a_text_is_cut_at_the_last_place_that_fits(text: str, budget: int) -> None:
    cut = cut_text(text, budget)
    assert text.startswith(cut)
    assert count_tokens(cut) <= budget
    assert cut == text or count_tokens(text) > budget


@given(
    st.lists(
        st.builds(
            lambda text, title, note: {
                "text": text,
                "title": title,
                "heading": [title],
                "start": 5,
                "end": 5 + len(text),
                "metadata": {"note": note},
                "scores": {"dense": 0.5},
            },
            *[st.text(max_size=400)] * 3,
        ),
        max_size=6,
    ),
    st.integers(100, 3000),
)
def test_items_fit_in_order_and_their_texts_stay_slices(items: list[dict[str, Any]], room: int) -> None:
    kept = fit(items, room)
    assert bool(kept) == bool(items)
    assert sum(count_json_tokens(item) for item in kept) <= room
    for item, whole in zip(kept, items, strict=False):
        assert whole["text"].startswith(item["text"])
        assert item["end"] - item["start"] == len(item["text"])
