"""Files made to harm, read in this process: each is read right or refused, at a cost that grows with its size only."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from file_makers import W, make_docx, paragraph

from retriever.documents import read_file
from retriever.documents.delimited import _Records
from retriever.documents.interface import Source
from retriever.documents.lines import Line
from retriever.errors import ReadError, UnfinishedReadError, UsageError
from retriever.types import Document

Read = Callable[..., Any]
CASES = Path(__file__).parent / "cases" / "hostile"


def numbering(level: str) -> dict[str, str]:
    return {
        "word/numbering.xml": f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">{level}</w:abstractNum>'
        f'<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    }


def item(text: str, level: str = "0") -> str:
    return (
        f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr></w:pPr>'
        f"<w:r><w:t>{text}</w:t></w:r></w:p>"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list-level-superscript.docx", "1. item one"),
        ("list-level-5000-digits.docx", "1. item one"),
        ("list-letters-huge-start.docx", "item one"),
    ],
)
def test_numbers_that_are_none_count_as_missing(read: Read, name: str, text: str) -> None:
    assert read(name, (CASES / name).read_bytes()).only.text.endswith(text)
    assert len(read(name, (CASES / name).read_bytes()).only.text) < 300


def test_nested_text_boxes_are_read_once_each(read: Read) -> None:
    text = read("a.docx", (CASES / "nested-text-boxes.docx").read_bytes()).only.text
    assert text.split() == [*(f"level{number}" for number in reversed(range(25))), "x"]


@pytest.mark.parametrize("pattern", ["%1" * 60, "x" * 300], ids=["grows", "long"])
def test_a_label_longer_than_any_number_is_left_out(read: Read, pattern: str) -> None:
    level = (
        f'<w:lvl w:ilvl="0"><w:start w:val="700"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="{pattern}"/></w:lvl>'
    )
    assert read("a.docx", make_docx(item("eins") + item("zwei"), parts=numbering(level))).only.text == "eins\n\nzwei"


def test_letters_are_repeated_as_often_as_word_does(read: Read) -> None:
    level = '<w:lvl w:ilvl="0"><w:start w:val="780"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1."/></w:lvl>'
    text = read("a.docx", make_docx(item("eins") + item("zwei"), parts=numbering(level))).only.text
    assert text == f"{'z' * 30}. eins\n\n781. zwei"


def test_a_part_that_unpacks_to_more_than_its_entry_states_is_refused(read: Read) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", f"<w:document {W}>{' ' * 30_000_000}</w:document>")
    honest = buffer.getvalue()
    size = (30_000_000 + len(f"<w:document {W}></w:document>")).to_bytes(4, "little")
    assert honest.count(size) == 2
    with pytest.raises(ReadError, match=r"document\.xml cannot be read"):
        read("a.docx", honest.replace(size, (100).to_bytes(4, "little")))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_part_compressed_by_a_method_of_other_archives_is_refused(read: Read, method: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as package:
        package.writestr("word/document.xml", f"<w:document {W}><w:body>{paragraph('words')}</w:body></w:document>")
    with pytest.raises(ReadError, match=r"document\.xml cannot be read"):
        read("a.docx", buffer.getvalue())


def test_nested_fields_are_left_out_however_deep(read: Read) -> None:
    document = read("a.jsonl", (CASES / "deep.jsonl").read_bytes()).only
    assert (document.text, document.metadata) == ("hello world", {})


def test_control_characters_stay_text(read: Read) -> None:
    assert read("a.jsonl", (CASES / "c1-controls.jsonl").read_bytes()).only.text.startswith("flood ")


def test_fields_that_are_left_out_are_named_up_to_a_limit(read: Read) -> None:
    rows = "".join(f'{{"text": "words", "field{number}": [[1]]}}\n' for number in range(5000))
    (notice,) = read("a.jsonl", rows).notices
    assert notice.endswith("and others")
    assert len(notice) < 2000


def test_open_quotes_cost_a_line_each(read: Read) -> None:
    with pytest.raises(ReadError, match="none of the 2500 rows can be read; line 2: unclosed quote"):
        read("a.csv", (CASES / "open-quotes.csv").read_bytes())


class CountedLine(Line):
    """A line that counts how often its text is looked at."""

    looks = 0

    def __getattribute__(self, name: str) -> Any:
        if name == "text":
            CountedLine.looks += 1
        return super().__getattribute__(name)


@pytest.mark.parametrize("text", ['x","', '"x', '"x,""', '"'])
def test_a_line_is_looked_at_a_bounded_number_of_times(text: str) -> None:
    CountedLine.looks = 0
    records = list(_Records(iter([CountedLine(number, text) for number in range(3000)]), ",", None).read())
    assert records
    assert CountedLine.looks < 6 * 3000


class PanicError(BaseException):
    """What libraries in Rust raise when they give up: no Exception."""


def failing(error: BaseException) -> Callable[[Path], Callable[[Source], Iterator[Document]]]:
    def read_and_fail(source: Source) -> Iterator[Document]:
        yield Document("a", text="words")
        raise error

    return lambda path: read_and_fail


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RecursionError("maximum depth"), "nested too deeply"),
        (MemoryError(), "too much memory"),
        (AssertionError("no such\npage" * 50), "failed with AssertionError: no such page"),
        (PanicError("index out of range"), "failed with PanicError: index out of range"),
        (UsageError("no such codec", hint="take another"), "no such codec"),
        (OSError(5, "Input/output error"), "Input/output error"),
    ],
)
def test_whatever_a_reader_raises_is_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, reason: str
) -> None:
    monkeypatch.setattr("retriever.documents.read.find_reader", failing(error))
    (tmp_path / "a.txt").write_text("words", encoding="utf-8")
    documents = read_file(tmp_path / "a.txt", source="a.txt", report=lambda _: None)
    assert next(documents).text == "words"
    with pytest.raises(UnfinishedReadError, match=reason) as caught:
        next(documents)
    assert len(str(caught.value)) < 300
    assert caught.value.hint == getattr(error, "hint", "")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_what_ends_the_program_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    monkeypatch.setattr("retriever.documents.read.find_reader", failing(error))
    (tmp_path / "a.txt").write_text("words", encoding="utf-8")
    with pytest.raises(type(error)):
        list(read_file(tmp_path / "a.txt", source="a.txt", report=lambda _: None))
