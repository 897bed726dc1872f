"""Query sets from files: every documented format, and the errors of malformed lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.errors import UsageError
from retriever.evaluation import Question, Relevant, read_queries
from retriever.types import Span

EXAMPLES = Path(__file__).parents[2] / "examples" / "questions.jsonl"


def jsonl(folder: Path, *rows: Any) -> Path:
    path = folder / "questions.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_with_every_kind_of_judgement(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path,
        {
            "query": " who pays for old lifts? ",
            "documents": ["a.txt", {"document": "7", "grade": 2}, {"source": "b.txt"}],
        },
        "",
        {"id": "x", "question": "谁出钱？", "documents": {"a.txt": 1, "b.txt": 3, "c.txt": 0}, "topic": "lifts"},
        {"id": 9, "query": "où ?", "language": "fr", "passages": [{"source": "a.txt", "start": 3, "end": 8}]},
        {
            "query": "when",
            "language": "en",
            "texts": ["2 May", "2 May"],
            "passages": [{"text": "in May", "grade": 2}, {"document": "7", "text": "May"}],
        },
    )
    found = read_queries(path)
    assert found.notices == ()
    assert found.questions == (
        Question(
            "1",
            "who pays for old lifts?",
            (Relevant("a.txt"), Relevant("7", grade=2), Relevant("b.txt")),
            "en",
        ),
        Question("x", "谁出钱？", (Relevant("a.txt"), Relevant("b.txt", grade=3)), "zh"),
        Question("9", "où ?", (Relevant("a.txt", Span(3, 8)),), "fr"),
        Question(
            "5", "when", (Relevant(text="in May", grade=2), Relevant("7", text="May"), Relevant(text="2 May")), "en"
        ),
    )
    assert [question.by_document for question in found.questions] == [True, True, False, False]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "invalid JSON"),
        ("[" * 100_000, "invalid JSON"),
        ("[]", "not a JSON object"),
        ({"documents": ["a"]}, "no question"),
        ({"query": " ", "documents": ["a"]}, "query is not a string, or is blank"),
        ({"query": 5, "documents": ["a"]}, "query is not a string, or is blank"),
        ({"query": "x", "id": "", "documents": ["a"]}, "the id is"),
        ({"query": "x", "id": True, "documents": ["a"]}, "the id is"),
        ({"query": "x", "id": [1], "documents": ["a"]}, "the id is"),
        ({"query": "x", "language": 1, "documents": ["a"]}, "language is not a string"),
        ({"query": "x"}, "the question has no judgements"),
        ({"query": "x", "documents": "a"}, "documents is not a list"),
        ({"query": "x", "documents": [""]}, "an entry is not a string"),
        ({"query": "x", "documents": [None]}, "an entry is not a string"),
        ({"query": "x", "documents": [{"grade": 1}]}, "a document has no name"),
        ({"query": "x", "documents": [{"document": "a", "grade": "1"}]}, "the grade '1' is not an integer"),
        ({"query": "x", "documents": {"a": 0.5}}, "the grade 0.5 is not an integer"),
        ({"query": "x", "documents": {"a": True}}, "the grade True is not an integer"),
        ({"query": "x", "documents": {"a": 1_000_001}}, "the grade 1000001 is not within ±1,000,000"),
        ({"query": "x", "documents": {"a": -(2**40)}}, "the grade -1099511627776 is not within ±1,000,000"),
        ({"query": "x", "documents": ["a"], "texts": ["b"]}, "documents cannot be combined with texts"),
        ({"query": "x", "texts": "b"}, "texts is not a list"),
        ({"query": "x", "texts": ["\u200b"]}, "an entry is not a string, or is blank"),
        ({"query": "x", "passages": ["b"]}, "a passage is not an object"),
        ({"query": "x", "passages": [{"source": "a"}]}, "neither a valid start and end"),
        ({"query": "x", "passages": [{"source": "a", "start": 5, "end": 5}]}, "neither a valid start and end"),
        ({"query": "x", "passages": [{"source": "a", "start": -1, "end": 5}]}, "neither a valid start and end"),
        ({"query": "x", "passages": [{"source": "a", "start": 1.0, "end": 5}]}, "neither a valid start and end"),
        ({"query": "x", "passages": [{"start": 1, "end": 5}]}, "a document has no name"),
        ({"query": "x", "passages": [{"source": "a", "text": ""}]}, "text is not a string, or is blank"),
        ({"query": "x", "answerable": True}, "the question has no judgements"),
        ({"query": "x", "answerable": "no"}, "answerable is neither true nor false"),
        ({"query": "x", "answerable": None}, "answerable is neither true nor false"),
        ({"query": "x", "answerable": False, "texts": ["b"]}, "not answerable, but has a relevant item"),
        ({"query": "x", "id": "1", "documents": ["a"]}, "duplicate id '1', first used on line 1"),
    ],
)
def test_a_malformed_row_is_reported_with_its_line(tmp_path: Path, row: Any, message: str) -> None:
    path = jsonl(tmp_path, {"query": "fine", "documents": ["a"]}, "", row)
    with pytest.raises(UsageError, match="line 3: ") as error:
        read_queries(path)
    assert message in str(error.value)
    assert path.name in str(error.value)


CLASSIC = """
<top>
<num> Number: 301
<title> International Organized
   Crime
<desc> Description:
Identify organizations.
</top>

<top><num>302</num><title>Topic: Polio</title></top>
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_classic_topics(tmp_path: Path, line_end: str, mark: str) -> None:
    topics = tmp_path / "topics"
    topics.write_bytes((mark + CLASSIC.replace("\n", line_end)).encode())
    qrels = written(tmp_path, "qrels", "301 0 a.txt 1\n301 0 b.txt 0\n302 Q0 b.txt 2\n302 0 c.txt -1\n")
    assert read_queries(topics, qrels).questions == (
        Question("301", "International Organized Crime", (Relevant("a.txt"),), "en"),
        Question("302", "Polio", (Relevant("b.txt", grade=2),), "en"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<top>\n<num>1<title>a", "line 1: the topic has no </top>"),
        ("<top>\n<num>1<title>a\n<top>\n<num>2<title>b</top>", "line 1: the topic has no </top>"),
        ("\n<top><title>a</top>", "line 2: the topic has no <num>"),
        ("<top><num>1<title> </top>", "line 1: the topic 1 has no <title>"),
        ("<top><num>1<desc>a</top>", "line 1: the topic 1 has no <title>"),
        ("<top><num>1<title>a</top>\n\nmore", "line 3: text outside"),
        ("<topic>", "line 1: text outside"),
    ],
)
def test_malformed_classic_topics(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        read_queries(written(tmp_path, "topics", text), written(tmp_path, "qrels", "1 0 a 1"))
    assert message in str(error.value)


def test_tab_separated_topics_and_judgements_with_spaces_in_names(tmp_path: Path) -> None:
    topics = written(tmp_path, "topics.tsv", "q1\twho pays for lifts\n\nq2\t谁出钱？\n")
    qrels = written(tmp_path, "qrels.tsv", "query-id\tcorpus-id\tscore\nq1\tmy report.txt\t1\nq2\ta.txt\t2\n")
    assert [(item.id, item.query, item.relevant) for item in read_queries(topics, qrels).questions] == [
        ("q1", "who pays for lifts", (Relevant("my report.txt"),)),
        ("q2", "谁出钱？", (Relevant("a.txt", grade=2),)),
    ]


def test_rows_take_their_judgements_from_qrels(tmp_path: Path) -> None:
    path = jsonl(tmp_path, {"_id": "q1", "text": "who pays", "metadata": {}}, {"_id": "q2", "text": "and when"})
    found = read_queries(path, written(tmp_path, "qrels", "q1 0 a 1\nq9 0 a 1\n"))
    assert [question.id for question in found.questions] == ["q1"]
    [unknown, left_out] = found.notices
    assert "ids without a question (1): q9" in unknown
    assert "questions without a relevant item were left out (1): q2" in left_out


@pytest.mark.parametrize(
    ("topics", "qrels", "message"),
    [
        ("no tab here", "1 0 a 1", "topics, line 1: not an id and a query"),
        ("1\ta\n\tb", "1 0 a 1", "topics, line 2: not an id and a query"),
        ("1\ta\n1\tb", "1 0 a 1", "topics, line 2: duplicate id '1', first used on line 1"),
        ("1\ta", "1 0 a 1\n\n1 a", "qrels, line 3: expected 3 or 4 columns, found 2"),
        ("1\ta", "1 0 a b 1", "qrels, line 1: expected 3 or 4 columns, found 5"),
        ("1\ta", "1\t\ta\t1", "qrels, line 1: empty column"),
        ("1\ta", "1 0 a one", "qrels, line 1: the grade 'one' is not an integer"),
        ("1\ta", "1 0 a 1099511627776", "qrels, line 1: the grade 1099511627776 is not within ±1,000,000"),
        ("1\ta", "1 0 a 1\n1 0 a 2", "qrels, line 2: conflicting grades for query '1' and document 'a'"),
        ("1\ta", "2 0 a 1", "no question ids in common"),
        ("1\ta", "1 0 a 0", "no question of"),
        ("1\ta", "", "contains no judgements"),
        (" \n", "1 0 a 1", "contains no questions"),
        ('{"query": "a", "documents": ["b"]}', "1 0 a 1", "topics, line 1: the question has judgements, but"),
    ],
)
def test_malformed_topics_and_judgements(tmp_path: Path, topics: str, qrels: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        read_queries(written(tmp_path, "topics", topics), written(tmp_path, "qrels", qrels))
    assert message in str(error.value)


def test_topics_without_judgements_name_the_option(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 1: the question has no judgements") as error:
        read_queries(written(tmp_path, "topics", "1\ta"))
    assert "--qrels" in error.value.hint


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_queries(tmp_path / "absent.jsonl")
    with pytest.raises(UsageError, match="cannot read"):
        read_queries(tmp_path)
    path = tmp_path / "gbk.tsv"
    path.write_bytes("1\tfine\n2\t谁出钱".encode("gbk"))
    with pytest.raises(UsageError, match=r"gbk.tsv, line 2: not UTF-8"):
        read_queries(path)


def test_a_file_that_does_not_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retriever.evaluation.source.MOST", 1 << 20)
    path = tmp_path / "endless.jsonl"
    path.symlink_to("/dev/zero")
    with pytest.raises(UsageError, match=r"cannot read .*endless.jsonl: it has more than 1 MB"):
        read_queries(path)


@given(st.text(), st.text())
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, topics: str, qrels: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "topics").write_bytes(topics.encode("utf-8", "replace"))
    (folder / "qrels").write_bytes(qrels.encode("utf-8", "replace"))
    try:
        found = read_queries(folder / "topics", folder / "qrels")
    except UsageError:
        return
    assert found.questions


def test_questions_without_an_answer(tmp_path: Path) -> None:
    answered = {"id": "a", "query": "who pays", "language": "en", "documents": ["a.txt"]}
    none = {"id": "b", "query": "谁出钱？", "language": "zh", "answerable": False, "documents": []}
    for row in (none, {**none, "documents": {"a.txt": 0}}):
        found = read_queries(jsonl(tmp_path, answered, row))
        assert [(item.id, item.answerable, item.relevant) for item in found.questions] == [
            ("a", True, (Relevant("a.txt"),)),
            ("b", False, ()),
        ]
        assert found.notices == ()
    with pytest.raises(UsageError, match=r"no question of .* has a relevant item"):
        read_queries(jsonl(tmp_path, none))


def test_questions_without_an_answer_beside_qrels(tmp_path: Path) -> None:
    path = jsonl(tmp_path, {"id": "a", "query": "who pays"}, {"id": "b", "query": "and when", "answerable": False})
    found = read_queries(path, written(tmp_path, "qrels", "a 0 a.txt 1\n"))
    assert [item.answerable for item in found.questions] == [True, False]
    assert read_queries(path, written(tmp_path, "qrels", "a 0 a.txt 1\nb 0 a.txt 0\n")) == found
    with pytest.raises(UsageError, match=r"line 2: the question is not answerable, but .*qrels has a relevant"):
        read_queries(path, written(tmp_path, "qrels", "a 0 a.txt 1\nb 0 a.txt 1\n"))


def test_an_uncertain_language_is_accepted_if_the_set_has_it(tmp_path: Path) -> None:
    short = {"query": "who pays for old lifts?", "texts": ["x"]}
    assert [item.language for item in read_queries(jsonl(tmp_path, short)).questions] == [""]
    sure = {"query": "how are the owners of the lowest floor compensated for the loss of light?", "texts": ["x"]}
    assert [item.language for item in read_queries(jsonl(tmp_path, short, sure)).questions] == ["en", "en"]
    told = {"query": "?", "language": "en", "texts": ["x"]}
    assert [item.language for item in read_queries(jsonl(tmp_path, told, short)).questions] == ["en", "en"]


def test_the_example_questions() -> None:
    found = read_queries(EXAMPLES)
    answerable = [question for question in found.questions if question.answerable]
    assert (len(answerable), len(found.questions)) == (50, 62)
    assert {len(question.relevant) for question in answerable} == {1}
    assert not any(question.by_document for question in answerable)


def test_a_number_of_any_length_is_a_mistake_of_its_line(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text(f'{{"query": "x", "documents": {{"a": {"9" * 5000}}}}}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="line 1: invalid JSON: a number is too long"):
        read_queries(tmp_path / "q.jsonl")


@pytest.mark.parametrize("grade", [1_000_001, 2**40, "1", 1.5, None])
def test_a_program_gives_no_grade_that_cannot_be_counted(grade: Any) -> None:
    with pytest.raises(UsageError, match="is not an integer within ±1,000,000"):
        Relevant("a", grade=grade)
