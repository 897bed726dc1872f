"""Documents of frameworks come back as they were given: any text, any metadata that JSON has."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from hypothesis import example, given
from hypothesis import strategies as st

from retriever import CitedDocument, CitedPassage, Retriever
from retriever.chunking.passages import chunk
from retriever.chunking.settings import ChunkSettings
from retriever.errors import UsageError
from retriever.ingest.program_checks import check_document
from retriever.integrations.metadata import FIELD, pack, restore_text, unpack, unpack_extra

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SPACED = st.lists(st.sampled_from(["Lamp.", "# Head", "灯。", "x" * 90, " ", "\n", "\n\n", "\t", "\r\n", "\u3000"]))


@given(st.dictionaries(st.text() | st.sampled_from(["title", "source", "ruby", FIELD]), JSON, max_size=4))
def test_metadata_comes_back_and_the_index_can_keep_it(metadata: dict[str, Any]) -> None:
    document = check_document(pack("id", "text", metadata), 0)
    assert unpack(document.metadata) == metadata
    assert {name: type(value) for name, value in unpack(document.metadata).items()} == {
        name: type(value) for name, value in metadata.items()
    }


@given(SPACED.map("".join))
@example(" ")
@example("a\n")
@example("")
def test_a_text_comes_back_however_it_is_cut(text: str) -> None:
    document = pack("id", text, {})
    encoder = FakeEncoder()
    settings = ChunkSettings(target=4, maximum=8, minimum=2)
    passages = chunk(document, token_spans=encoder.token_spans, limit=encoder.passage_limit, settings=settings)
    cited = tuple(CitedPassage("p", "id", "", "", (), one.text, one.start, one.end, 1, None, "") for one in passages)
    assert restore_text(CitedDocument("id", "", "", "", document.metadata, cited)) == text


def test_text_and_metadata_come_back_from_an_index(index: Retriever) -> None:
    texts = ["\n\nThe lamp\r\nis lit.\t ", "", " ", "# Fees\n\n\nTen cents.  \n # Hours\nNine."]
    metadata = {"nested": {"a": [1, {"b": None}]}, "team": "housing", "none": None, "ruby": ["東京（とうきょう）"]}
    index.add(pack(str(number), text, metadata, {"kind": number}) for number, text in enumerate(texts))
    read = index.read_documents()
    assert [restore_text(document) for document in read] == texts
    assert [unpack(document.metadata) for document in read] == [metadata] * 4
    assert [unpack_extra(document.metadata) for document in read] == [{"kind": number} for number in range(4)]
    [hit] = index.search("lamp", where="team = housing", k=1)
    assert unpack(hit.metadata) == metadata


@pytest.mark.parametrize("value", [math.nan, math.inf, (1, 2), {1: 2}, {"a": {1}}, object(), b"bytes", 1j])
def test_what_json_cannot_hold_is_refused_in_words(value: object) -> None:
    with pytest.raises(UsageError, match="document 'id': metadata field 'odd' cannot be kept") as caught:
        pack("id", "text", {"odd": value})
    assert "JSON" in caught.value.hint


def test_an_error_shows_a_value_that_is_deep_or_long_in_short() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (deep, ["x" * 10_000, math.nan], {"a": deep}):
        with pytest.raises(UsageError, match="cannot be kept") as caught:
            pack("id", "text", {"odd": value})
        assert len(str(caught.value)) < 500


def test_fields_keep_their_order() -> None:
    metadata = {"nested": {"b": 1, "a": 2}, "plain": 1, "none": None, "last": "x"}
    assert list(unpack(pack("id", "text", metadata).metadata)) == list(metadata)


OTHERS = [
    *("no json", "[1]", 5, '"text"', "[" * 100_000, '{"metadata": 5}', '{"metadata": null}', '{"extra": [1]}'),
    *('{"order": 5}', '{"order": [[1]]}', '{"spaces": 5}', '{"spaces": {" ": 5}}', '{"spaces": {" ": ["x"]}}'),
    *('{"spaces": {"words": [0]}}', '{"spaces": {"": [0]}}', '{"spaces": {" ": [[1]]}}'),
]


@pytest.mark.parametrize("value", OTHERS, ids=lambda value: str(value)[:30])
def test_a_field_that_another_program_wrote_hides_nothing(value: object) -> None:
    assert unpack({FIELD: value, "a": 1}) == {"a": 1}
    assert unpack_extra({FIELD: value}) == {}
    passages = tuple(CitedPassage("p", "id", "", "", (), "lamp", at, at + 4, 1, None, "") for at in (0, 5))
    assert restore_text(CitedDocument("id", "", "", "", {FIELD: value}, passages)) == "lamp lamp"


def test_longer_white_space_than_a_document_has_is_not_believed() -> None:
    passages = [
        CitedPassage(
            id=str(start), document="a", source="a", title="", heading=(), text="Lamp.", start=start, end=start + 5,
            line=1, page=None, end_page=None, place="", recognised=None, language="en", metadata={},
        )
        for start in (0, 6, 12)
    ]  # fmt: skip
    hidden = json.dumps({"spaces": {" " * 1_000_000: [5, 11]}})
    document = CitedDocument("a", "a", "", "en", {FIELD: hidden}, tuple(passages))
    assert restore_text(document) == "Lamp. Lamp. Lamp."
