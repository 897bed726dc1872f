"""A member that ends the process in which it is read harms no other member of its container."""

from __future__ import annotations

import io
import sys
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from file_makers import make_docx, paragraph

from retriever.documents import IsolatedReader, ReadRequest
from retriever.documents.attempts import MAX_DEATHS, Attempts, DeathError
from retriever.documents.limits import MB, ReadLimits
from retriever.documents.protocol import ProtocolError
from retriever.errors import UnfinishedReadError
from retriever.reports import Notice, SkippedSource, WaitingPages
from retriever.types import Document

CASES = Path(__file__).parent / "cases" / "hostile"
BOMB = (CASES / "nested-xobjects.pdf").read_bytes()
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs limits of the kernel")


def make_zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def make_message(attachments: dict[str, bytes]) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Two files"
    message.set_content("the message itself")
    for name, data in attachments.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def read(path: Path, data: bytes) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The sources and texts of the documents of a file, and what was reported."""
    path.write_bytes(data)
    reports: list[Notice | SkippedSource | WaitingPages] = []
    with IsolatedReader() as files:
        documents = list(files.read(ReadRequest(path, path.name), report=reports.append))
        # The next file is read as ever.
        page = path.with_name("next.html")
        page.write_text("<p>next")
        assert [item.text for item in files.read(ReadRequest(page, page.name), report=reports.append)] == ["next"]
    told = [
        (item.source, item.reason if isinstance(item, SkippedSource) else getattr(item, "message", ""))
        for item in reports
    ]
    return [(document.source, document.text) for document in documents], told


GOOD = {"a.docx": make_docx(paragraph("first")), "rows.csv": b"id,text\n1,second\n2,third\n"}
LAST = {"z.html": b"<p>last", "odd.xyz": b"?"}


@pytest.mark.parametrize("container", ["zip", "mail", "nested"])
def test_the_other_members_are_read_and_each_thing_is_told_once(
    tmp_path: Path, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Half of what files may take: the system fills every page of it.
    monkeypatch.setattr("retriever.documents.limits.MEMORY", 256 * MB)
    members = {**GOOD, "bomb.pdf": BOMB, **LAST}
    if container == "mail":
        documents, reports = read(tmp_path / "a.eml", make_message(members))
        name = "a.eml!"
        assert documents[0][0] == "a.eml"
        assert "the message itself" in documents.pop(0)[1]
    elif container == "nested":
        documents, reports = read(tmp_path / "a.zip", make_zip({"b.zip": make_zip(members), "c.md": b"outside"}))
        name = "a.zip!b.zip!"
        assert documents.pop() == ("a.zip!c.md", "outside")
    else:
        documents, reports = read(tmp_path / "a.zip", make_zip(members))
        name = "a.zip!"
    assert documents == [
        (f"{name}a.docx", "first"),
        (f"{name}rows.csv", "second"),
        (f"{name}rows.csv", "third"),
        (f"{name}z.html", "last"),
    ]
    assert len(reports) == len(set(reports)) == 2
    assert [source for source, _ in reports] == [f"{name}bomb.pdf", name[:-1]]
    assert "crashed" in reports[0][1] or "takes more than" in reports[0][1]
    assert reports[1][1] == "not indexed (unsupported type): 1 .xyz"


def test_a_member_that_takes_all_the_time_leaves_some_to_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retriever.documents.limits.SECONDS", 1)
    monkeypatch.setattr("retriever.documents.limits.SECONDS_A_MB", 0)
    # A busy machine may take long to give it this second.
    monkeypatch.setattr("retriever.documents.isolated.PATIENCE", 200)
    slow = b"\n" * 20_000_000
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("slow.jsonl", slow)
        archive.writestr("z.html", "<p>last")
    documents, reports = read(tmp_path / "a.zip", buffer.getvalue())
    assert documents == [("a.zip!z.html", "last")]
    assert reports == [("a.zip!slow.jsonl", "the file cannot be read: it takes more than 1 s")]


def make_attempts(reports: list[Notice | SkippedSource | WaitingPages]) -> Attempts:
    return Attempts("a.zip", ReadLimits(0, 20, 0), reports.append)


def test_a_file_is_given_up_after_so_many_deaths() -> None:
    reports: list[Notice | SkippedSource | WaitingPages] = []
    attempts = make_attempts(reports)
    for number in range(MAX_DEATHS):
        attempts.enter(f"a.zip!{number}.pdf", 0.0)
        attempts.blame(DeathError("it died"))
    assert attempts.passed_over == [f"a.zip!{number}.pdf" for number in range(MAX_DEATHS)]
    assert reports == [SkippedSource(name, "it died") for name in attempts.passed_over]
    attempts.enter("a.zip!more.pdf", 0.0)
    with pytest.raises(UnfinishedReadError, match="it died"):
        attempts.blame(DeathError("it died"))


def test_all_attempts_take_no_more_than_twice_the_time() -> None:
    attempts = make_attempts([])
    allowed = []
    for name in "abc":
        allowed.append(attempts.limits.seconds)
        attempts.enter(f"a.zip!{name}.pdf", 12.5)
        attempts.blame(DeathError("it takes more than 20 s"))
    assert [*allowed, attempts.limits.seconds] == [20, 20, 14, 2]
    attempts.enter("a.zip!d.pdf", 12.5)
    with pytest.raises(DeathError):
        attempts.blame(DeathError("it takes more than 2 s"))


def test_a_death_outside_of_members_ends_the_file() -> None:
    for name in ("", "a.zip"):
        attempts = make_attempts([])
        if name:
            attempts.enter("a.zip!b.pdf", 0.0)
            attempts.enter(name, 0.0)
        with pytest.raises(DeathError):
            attempts.blame(DeathError("it died"))


@pytest.mark.parametrize("name", ["b.zip", "a.zip.pdf", "", "/etc/passwd!a"])
def test_a_child_is_at_no_other_file(name: str) -> None:
    with pytest.raises(ProtocolError):
        make_attempts([]).enter(name, 0.0)


def test_what_an_earlier_attempt_gave_is_not_new() -> None:
    reports: list[Notice | SkippedSource | WaitingPages] = []
    attempts = make_attempts(reports)
    row, other = (Document("x", "text", source=f"a.zip!{name}") for name in ("rows.csv", "b.md"))
    assert [attempts.is_new(item) for item in (row, row, other)] == [True] * 3
    attempts.pass_on(Notice("a.zip", "odd"))
    attempts.enter("a.zip!c.pdf", 0.0)
    attempts.blame(DeathError("it died"))
    assert [attempts.is_new(item) for item in (row, row, row, other, other)] == [False, False, True, False, True]
    attempts.pass_on(Notice("a.zip", "odd"))
    attempts.pass_on(Notice("a.zip", "odder"))
    assert reports == [Notice("a.zip", "odd"), SkippedSource("a.zip!c.pdf", "it died"), Notice("a.zip", "odder")]
