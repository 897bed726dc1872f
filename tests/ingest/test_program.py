"""Documents that a program adds: replaced by id, removed by id or filter, read as they were given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FailingEncoder, FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from small_index import paragraph, write

from retriever import AddReport, Document, Progress, Retriever
from retriever.errors import FilterError, FingerprintMismatchError, UsageError
from retriever.ingest.program_checks import check_document
from retriever.types import Heading, Place

ODD_IDS = (
    "/docs/river.txt",
    "docs/river.txt",
    "../up",
    "rows.jsonl#7",
    "program:a",
    "#",
    " ",
    "nul\0inside",
    "nul\0",
    "half \ud83d",
    "é",
    "e\u0301",
    "x" * 10_000,
    "'; DROP TABLE documents; --",
    "%_*",
)


@pytest.fixture
def retriever(tmp_path: Path) -> Iterator[Retriever]:
    with Retriever.open(tmp_path / "added", create=True, model=FakeEncoder()) as opened:
        yield opened


def texts(retriever: Retriever) -> dict[str, str]:
    """The text of every document in the index, by id."""
    ids = [document.document for document in retriever.documents()]
    return {id_: " ".join(one.text for one in retriever.document(id_).passages) for id_ in ids}


def counts(report: AddReport) -> tuple[int, int, int]:
    return report.added, report.replaced, report.unchanged


def test_documents_are_added_replaced_and_left_as_they_are(retriever: Retriever) -> None:
    first = [Document("a", text="The lamp is lit."), Document("b", text="The boat is late.")]
    report = retriever.add(first)
    assert (counts(report), report.committed, report.generation) == ((2, 0, 0), True, 1)
    assert (report.documents, report.passages, report.embedded) == (2, 2, 2)
    report = retriever.add([Document("a", text="The lamp is out."), first[1], Document("c", text="A third.")])
    assert (counts(report), report.documents, report.embedded) == ((1, 1, 1), 3, 2)
    assert texts(retriever) == {"a": "The lamp is out.", "b": "The boat is late.", "c": "A third."}
    report = retriever.add(iter(first[1:]))
    assert (counts(report), report.committed, report.generation) == ((0, 0, 1), False, 2)
    assert (report.embedded, report.reused) == (0, 0)
    assert not retriever.search("lit", mode="lexical")


@pytest.mark.parametrize(
    "changed",
    [{"title": "Other"}, {"language": "de"}, {"source": "https://a.example"}, {"metadata": {"year": 1999}}],
    ids=lambda changed: next(iter(changed)),
)
def test_a_document_differs_in_everything_that_is_kept(retriever: Retriever, changed: dict[str, Any]) -> None:
    document = Document("a", text="The lamp is lit.")
    retriever.add([document])
    assert counts(retriever.add([replace(document, **changed)])) == (0, 1, 0)
    found = retriever.document("a")
    assert {name: getattr(found, name) for name in changed} == changed


HELD = (None, "one", "two")
GIVEN = (("one", "two"), ("one", "two", "one"), ("one", "one"), ("two", "one", "two"))
# How far apart they come: within a group of eight and beyond. Each of these comes with each of both.
BETWEEN = (0, 1, 7, 8, 20)
CASES = [
    (between, HELD[(number + place) % len(HELD)], texts)
    for number, between in enumerate(BETWEEN)
    for place, texts in enumerate(GIVEN)
]


@pytest.mark.parametrize(("between", "held", "given"), CASES)
def test_of_documents_with_one_id_the_last_counts(
    retriever: Retriever, between: int, held: str | None, given: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was there before, however far apart they come, and in the report as well."""
    monkeypatch.setattr("retriever.ingest.program._BATCH", 8)
    _check_that_the_last_counts(retriever, between, held, given)


@pytest.mark.parametrize("between", [255, 256])
def test_the_last_counts_at_the_size_of_a_group(retriever: Retriever, between: int) -> None:
    _check_that_the_last_counts(retriever, between, "two", ("one", "two", "one"))


def _check_that_the_last_counts(retriever: Retriever, between: int, held: str | None, given: tuple[str, ...]) -> None:
    if held:
        retriever.add([Document("same", text=held)])

    def stream() -> Iterator[Document]:
        for place, text in enumerate(given):
            yield Document("same", text=text)
            yield from (Document(f"{place}-{number}", text="other") for number in range(between))

    report = retriever.add(stream())
    others = between * len(given)
    last = given[-1]
    same = (others + (held is None), int(held not in (None, last)), int(held == last))
    assert counts(report) == same
    assert (report.documents, report.passages) == (others + 1, others + 1)
    assert [one.text for one in retriever.document("same").passages] == [last]
    hits = retriever.search("one two", mode="lexical", duplicates="show", k=5)
    assert [(hit.document, hit.text) for hit in hits] == [("same", last)]
    assert retriever.verify(deep=True) == []


def test_ids_may_hold_anything(retriever: Retriever, docs: Path) -> None:
    retriever.sync(docs)
    added = [Document(id_, text=f"Text {number}.") for number, id_ in enumerate(ODD_IDS)]
    assert counts(retriever.add(added)) == (len(ODD_IDS), 0, 0)
    assert counts(retriever.add(added)) == (0, 0, len(ODD_IDS))
    for number, id_ in enumerate(ODD_IDS):
        source = None if id_ != "docs/river.txt" else f"program:{id_}"
        found = retriever.document(id_, source=source)
        assert (found.id, found.source, found.path, found.passages[0].text) == (id_, id_, None, f"Text {number}.")
        assert retriever.passage(found.passages[0].id).document == id_
    report = retriever.remove(*ODD_IDS)
    assert (report.removed, report.missing, report.documents) == (len(ODD_IDS), (), 3)


@given(st.lists(st.text(st.characters(codec=None), min_size=1, max_size=4), min_size=1, max_size=6))
def test_any_text_is_an_id(ids: list[str]) -> None:
    for id_ in ids:
        assert check_document(Document(id_, text=id_, title=id_, metadata={id_: id_}), 0).source == id_


def test_an_id_that_a_file_has_too_is_told_apart_by_source(retriever: Retriever, docs: Path) -> None:
    retriever.sync(docs)
    name = "docs/orchard.md"
    retriever.add([Document(name, text="No pears here.")])
    absolute = str(docs.resolve() / "orchard.md")
    with pytest.raises(UsageError, match=r"several documents have the id 'docs/orchard\.md'") as refused:
        retriever.document(name)
    assert refused.value.hint == f"name the source: one of {absolute}, program:{name}"
    assert "Pears" in retriever.document(name, source=absolute).passages[0].text
    assert retriever.document(name, source=f"program:{name}").passages[0].text == "No pears here."
    assert retriever.remove(name).removed == 1
    assert retriever.document(name).path == absolute


METADATA: dict[str, Any] = {
    "text": "housing",
    "empty": "",
    "whole": 7,
    "large": 2**63,
    "number": -1.5,
    "yes": True,
    "list": ["a", 2, 0.5, False],
    "none of it": [],
    "有": "一",
    "half \ud83d": "\udc00",
    "nul": "a\0b",
}


def test_metadata_comes_back_as_it_was_given(retriever: Retriever) -> None:
    retriever.add([Document("a", text="The lamp.", metadata=METADATA)])
    assert retriever.document("a").metadata == METADATA
    assert retriever.search("lamp")[0].metadata == METADATA
    assert counts(retriever.add([Document("a", text="The lamp.", metadata=dict(reversed(METADATA.items())))])) == (
        0,
        0,
        1,
    )
    assert retriever.search("lamp", where="whole = 7 and list = 2 and yes = true")
    assert not retriever.search("lamp", where="whole = 8")


def test_what_is_given_may_be_changed_afterwards(retriever: Retriever) -> None:
    fields = {"team": "housing"}

    def stream() -> Iterator[Document]:
        yield Document("a", text="The lamp.", metadata=fields)
        fields["team"] = "roads"

    retriever.add(stream())
    assert retriever.document("a").metadata == {"team": "housing"}


OF_A = "document 'a': "
REFUSED: dict[str, tuple[Any, str, str]] = {
    "no document": ({"id": "a"}, "documents[1] is not a Document: {'id': 'a'}", "Document("),
    "no id": (Document(""), "documents[1] has no id", "give each document an id"),
    "an id that is a number": (Document(7), "documents[1]: id must be text: 7", "str()"),  # type: ignore[arg-type]
    "no text": (Document("a", text=None), "documents[1]: text must be text: None", "str()"),  # type: ignore[arg-type]
    "a language by name": (Document("a", language="English"), OF_A + "unknown language code 'English'", "'zh'"),
    "metadata of None": (Document("a", metadata=None), OF_A + "metadata must be a mapping: None", "dict"),  # type: ignore[arg-type]
    "a field that is None": (
        Document("a", metadata={"x": None}),
        OF_A + "metadata field 'x' cannot be kept: None",
        "leave the field out",
    ),
    "a nested field": (
        Document("a", metadata={"x": {"y": 1}}),
        OF_A + "metadata field 'x' cannot be kept: {'y': 1}",
        "lists of these",
    ),
    "a nested list": (Document("a", metadata={"x": [[1]]}), OF_A + "metadata field 'x' cannot be kept: [[1]]", "lists"),
    "a tuple": (Document("a", metadata={"x": (1,)}), OF_A + "metadata field 'x' cannot be kept: (1,)", "lists"),
    "bytes": (Document("a", metadata={"x": b"y"}), OF_A + "metadata field 'x' cannot be kept: b'y'", "lists"),
    "no number": (
        Document("a", metadata={"x": float("nan")}),
        OF_A + "metadata field 'x' cannot be kept: nan",
        "finite",
    ),
    "a number too large": (
        Document("a", metadata={"x": 10**5000}),
        OF_A + "metadata field 'x' cannot be kept: a huge number",
        "64 bits",
    ),
    "a name that is no text": (
        Document("a", metadata={1: "x"}),  # type: ignore[dict-item]
        OF_A + "the name of a metadata field must be text: 1",
        "str()",
    ),
    "a heading beyond the text": (
        Document("a", text="Lamp", headings=(Heading("Lamp", 1, 0, 5),)),
        OF_A + "invalid heading Heading(text='Lamp', level=1, start=0, end=5)",
        "within the 4 characters",
    ),
    "headings out of order": (
        Document("a", text="A B", headings=(Heading("B", 1, 2, 3), Heading("A", 1, 0, 1))),
        OF_A + "headings are out of order",
        "sort them",
    ),
    "pages beyond the text": (Document("a", text="A", pages=(0, 9)), OF_A + "invalid pages (0, 9)", "1 characters"),
    "pages out of order": (Document("a", text="ABC", pages=(0, 2, 1)), OF_A + "invalid pages (0, 2, 1)", "ascending"),
    "line 0": (Document("a", line=0), OF_A + "invalid line 0", "from 1"),
    "a line that no index keeps": (Document("a", line=1 << 70), OF_A + f"invalid line {1 << 70}", "from 1"),
    "no line": (Document("a", line=True), OF_A + "invalid line True", "from 1"),
}
# Values that are nearly right, which would be stored as what no reader takes for an offset.
NEARLY: dict[str, dict[str, Any]] = {
    "invalid heading": {
        "headings": [
            (Heading(*values),)
            for values in [(5, 1, 0, 3), ("One", "1", 0, 3), ("One", 1.5, 0, 3), ("One", True, 0, 3),
                           ("One", 1, "0", 3), ("One", 1, 0.0, 3), ("One", 1, 0, None)]
        ]
    },
    "invalid place": {
        "places": [
            (Place(*values),)
            for values in [("0", "A1"), (0.0, "A1"), (0.5, "A1"), (None, "A1"), (True, "A1"), (0, 5), (0, "A1", "1")]
        ]
    },
    "invalid pages": {"pages": [("0",), (0.5,), (True,), (None,)]},
    "headings must be a tuple": {"headings": [5, "One", iter(())]},
    "pages must be a tuple": {"pages": [5, "0", None]},
    "places must be a tuple": {"places": [5, "A1", None]},
}  # fmt: skip


@pytest.mark.parametrize(("document", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_kept_is_refused_and_nothing_is_added(
    retriever: Retriever, document: Any, message: str, hint: str
) -> None:
    retriever.add([Document("first", text="Before.")])
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$") as refused:
        retriever.add([Document("good", text="After."), document])
    assert hint in refused.value.hint
    assert texts(retriever) == {"first": "Before."}


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        (message, field, value)
        for message, cases in NEARLY.items()
        for field, values in cases.items()
        for value in values
    ],
)
def test_a_place_of_another_type_harms_no_index(retriever: Retriever, message: str, field: str, value: Any) -> None:
    retriever.add([Document("first", text="Before.")])
    with pytest.raises(UsageError, match=f"^document 'a': {message}"):
        retriever.add([Document("a", text="One lamp.", **{field: value})])
    assert texts(retriever) == {"first": "Before."}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Document("a", text="One."), "not an iterable of documents: one Document, 'a'"),
        ("a.txt", "not an iterable of documents: 'a.txt'"),
        ({"id": "a"}, "not an iterable of documents: {'id': 'a'}"),
        (None, "not an iterable of documents: None"),
    ],
)
def test_what_is_no_iterable_of_documents_is_refused(retriever: Retriever, given: Any, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        retriever.add(given)


def test_a_document_with_empty_text_is_kept_without_passages(retriever: Retriever) -> None:
    report = retriever.add([Document("empty", title="Nothing", metadata={"n": 1}), Document("blank", text=" \n\0 \n")])
    assert (counts(report), report.documents) == ((2, 0, 0), 2)
    assert counts(retriever.add([Document("empty", title="Nothing", metadata={"n": 1})])) == (0, 0, 1)
    found = retriever.document("empty")
    assert (found.title, found.metadata, found.passages) == ("Nothing", {"n": 1}, ())
    assert counts(retriever.add([Document("empty", text="No more.")])) == (0, 1, 0)
    assert [one.text for one in retriever.document("empty").passages] == ["No more."]
    assert retriever.remove("blank").removed == 1


def test_title_language_and_headings_that_are_given_are_taken(retriever: Retriever) -> None:
    body = f"Lamps\n{paragraph(1)}\nBoats\n{paragraph(2)}"
    second = body.index("Boats")
    headings = (Heading("Lamps", 1, 0, 5), Heading("Boats", 1, second, second + 5))
    given = Document("a", text=body, title="The quay", language="nl", headings=headings, pages=(0, second))
    retriever.add([given], passage_tokens=30)
    found = retriever.document("a")
    assert (found.title, found.language) == ("The quay", "nl")
    assert [(one.heading, one.page) for one in found.passages if one.start in (0, second)] == [
        (("Lamps",), 1),
        (("Boats",), 2),
    ]
    assert all(body[one.start : one.end] == one.text for one in found.passages)


def test_title_and_language_that_are_not_given_are_found(retriever: Retriever) -> None:
    retriever.add([Document("a", text="# 关于图书馆的通知\n\n县图书馆周末延长开放时间，借书证押金一百元。")])
    found = retriever.document("a")
    assert (found.language, bool(found.title)) == ("zh", True)


def test_what_a_generator_raises_reaches_the_caller_and_its_embeddings_are_kept(retriever: Retriever) -> None:
    retriever.add([Document("first", text="Before.")])

    def stream(end: int) -> Iterator[Document]:
        for number in range(600):
            if number == end:
                raise LookupError("the database went away")
            yield Document(f"{number}", text=paragraph(number, 20))

    with pytest.raises(LookupError, match="went away"):
        retriever.add(stream(550))
    assert texts(retriever) == {"first": "Before."}
    report = retriever.add(stream(601))
    assert (report.added, report.reused, report.embedded) == (600, 512, 88)
    assert not list(Path(retriever.location).glob("segments/*.tmp"))
    assert retriever.verify(deep=True) == []


def test_an_interrupted_call_goes_on_where_it_stopped(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    documents = [Document(f"{number}", text=paragraph(number, 20)) for number in range(40)]
    with Retriever.open(tmp_path / "i", create=True, model=FailingEncoder(4, 5, interrupt)) as retriever:
        with pytest.raises(KeyboardInterrupt):
            retriever.add(documents)
        assert retriever.documents() == []
    with Retriever.open(tmp_path / "i", model=FakeEncoder()) as retriever:
        report = retriever.add(documents)
    assert (report.added, report.embedded, report.reused) == (40, 20, 20)


def test_a_generator_may_read_the_index_but_not_write_to_it(retriever: Retriever) -> None:
    retriever.add([Document("first", text="The lamp.")])

    def searching() -> Iterator[Document]:
        yield Document("second", text=f"Found: {retriever.search('lamp')[0].text}")

    retriever.add(searching())
    assert texts(retriever)["second"] == "Found: The lamp."

    def writing() -> Iterator[Document]:
        retriever.remove("first")
        yield Document("third", text="Lost.")

    with pytest.raises(UsageError, match="already committing to the index"):
        retriever.add(writing())
    assert set(texts(retriever)) == {"first", "second"}


def test_progress_counts_every_document_and_ends_with_the_commit(retriever: Retriever) -> None:
    heard: list[Progress] = []
    documents = [Document(f"{number}", text=f"Text {number}.") for number in range(700)]
    for _ in range(2):
        heard.clear()
        retriever.add(documents, on_progress=heard.append)
        assert heard[-1].stage == "commit"
        done = [one.done for one in heard if one.stage == "index"]
        assert done == sorted(done)
        assert done[-1] == 700
        assert len(set(done)) >= 3


def test_documents_are_removed_by_id_and_by_filter(retriever: Retriever) -> None:
    teams = ("housing", "roads")
    added = [Document(f"{n}", text=f"Text {n}.", metadata={"n": n, "team": teams[n % 2]}) for n in range(10)]
    retriever.add(added)
    report = retriever.remove("1", "nowhere", "1", "0", "also nowhere", "nowhere")
    assert (report.removed, report.missing, report.documents) == (2, ("nowhere", "also nowhere"), 8)
    assert (report.committed, report.generation) == (True, 2)
    report = retriever.remove("nowhere")
    assert (report.removed, report.committed, report.generation, report.documents) == (0, False, 2, 8)
    report = retriever.remove("2", where="team = roads and n > 4")
    assert (report.removed, report.missing) == (4, ())
    assert set(texts(retriever)) == {"3", "4", "6", "8"}
    assert retriever.remove(where="n = 99").removed == 0
    assert retriever.remove(where="language = ''").removed == 0
    assert retriever.remove(where="document = 3 or document = 4").removed == 2
    assert retriever.remove(where="n >= 0").documents == 0
    assert retriever.remove(where="n >= 0").removed == 0
    assert not retriever.search("text")
    assert counts(retriever.add(added)) == (10, 0, 0)


def test_a_filter_that_cannot_be_meant_removes_nothing(retriever: Retriever, docs: Path) -> None:
    retriever.sync(docs)
    retriever.add([Document("a", text="The lamp.", metadata={"team": "housing"})])
    for where, message in {
        "not tema = housing": "no document has a field 'tema'",
        "page > 1": "'page' is a field of passages",
        "not (heading = x)": "'heading' is a field of passages",
        "team =": "unexpected end of filter",
    }.items():
        with pytest.raises(FilterError, match=message):
            retriever.remove(where=where)
    with pytest.raises(UsageError, match="nothing to remove"):
        retriever.remove()
    with pytest.raises(UsageError, match=r"the id of a document must be text: \['a'\]") as refused:
        retriever.remove(["a"])  # type: ignore[arg-type]
    assert "remove(*ids)" in refused.value.hint
    assert len(retriever.documents()) == 4


def test_a_filter_removes_no_document_of_a_file(retriever: Retriever, docs: Path) -> None:
    retriever.sync(docs)
    retriever.add([Document("a", text="Pears and a lamp.")])
    assert retriever.remove(where="title != nothing or not title = nothing").removed == 1
    assert len(retriever.documents()) == 3


def test_the_document_of_a_file_is_not_removed(retriever: Retriever, docs: Path) -> None:
    retriever.sync(docs)
    retriever.add([Document("a", text="A lamp.")])
    with pytest.raises(
        UsageError, match=r"document 'docs/river\.txt' comes from the file /.*river\.txt, not from"
    ) as no:
        retriever.remove("a", "docs/river.txt")
    assert no.value.hint == "delete the file and sync, or forget its source"
    assert len(retriever.documents()) == 4


def test_passages_and_documents_that_are_not_there(retriever: Retriever) -> None:
    retriever.add([Document("a", text="The lamp.", source="https://a.example/lamp")])
    passage = retriever.document("a", source="https://a.example/lamp").passages[0]
    assert retriever.passage(passage.id, context=1).source == "https://a.example/lamp"
    assert retriever.search("lamp")[0].citation.startswith("https://a.example/lamp")
    for id_ in ("0" * 16, "", "a", "half \ud83d"):
        with pytest.raises(UsageError, match="no passage has the id"):
            retriever.passage(id_)
    with pytest.raises(UsageError, match=r"no document has the id 'b'$"):
        retriever.document("b")
    with pytest.raises(UsageError, match=r"no document has the id 'a' in 'elsewhere'$"):
        retriever.document("a", source="elsewhere")


def test_another_model_is_refused(retriever: Retriever) -> None:
    retriever.add([Document("a", text="The lamp.")])
    with (
        Retriever.open(retriever.location, model=FakeEncoder("other")) as other,
        pytest.raises(FingerprintMismatchError),
    ):
        other.add([Document("b", text="The boat.")])
    with pytest.raises(FingerprintMismatchError):
        retriever.add([Document("b", text="The boat.")], passage_tokens=33)
    assert set(texts(retriever)) == {"a"}


def test_files_and_documents_of_a_program_share_an_index(retriever: Retriever, tmp_path: Path) -> None:
    """Their settings are one another's, whichever came first."""
    retriever.add([Document("a", text=paragraph(1, 200))], passage_tokens=40, token_vectors=True)
    retriever.sync(write(tmp_path / "files", {"b.txt": paragraph(1, 200)}))
    assert retriever.status().settings["passage_tokens"] == 40
    of_program, of_file = (retriever.document(id_).passages for id_ in ("a", str(tmp_path / "files" / "b.txt")))
    assert [one.text for one in of_program] == [one.text for one in of_file]
