"""Reading in a process of its own: the same documents, whatever the file does to the process that reads it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from file_makers import make_docx, make_pdf, paragraph
from hypothesis import given
from hypothesis import strategies as st
from test_damaged_files import WHOLE

from retriever.documents import IsolatedReader, ReadRequest, process, protocol, read_file
from retriever.documents.limits import MB, OUT_OF_MEMORY, OUT_OF_TIME, Enforcer, ReadLimits
from retriever.documents.protocol import (
    CODE,
    ProtocolError,
    digest_code,
    parse_document,
    read_frame,
    write_document,
    write_frame,
)
from retriever.errors import EmptyFileError, ReadError, UnfinishedReadError, UsageError
from retriever.types import Document, Heading, Place

CASES = Path(__file__).parent / "cases" / "hostile"
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, or needs limits of the kernel")


@pytest.fixture(scope="module")
def files() -> Iterator[IsolatedReader]:
    with IsolatedReader() as reader:
        yield reader


def put(path: Path, data: bytes | str) -> ReadRequest:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return ReadRequest(path, path.name)


def read_all(files: IsolatedReader, request: ReadRequest, following: ReadRequest | None = None) -> list[Document]:
    return list(files.read(request, report=lambda _: None, following=following))


def child_of(files: IsolatedReader) -> int:
    """The process id of the child, which a file is being read by."""
    assert files._process is not None
    return files._process._child.pid


def make_text(number: int) -> str:
    return "".join(f'{{"id": {row}, "text": "row {row} of {number}"}}\n' for row in range(1000))


@pytest.mark.parametrize("name", WHOLE)
def test_documents_and_notices_are_those_of_reading_here(files: IsolatedReader, tmp_path: Path, name: str) -> None:
    request = put(tmp_path / name, WHOLE[name])
    here: list[Any] = []
    there: list[Any] = []
    expected = list(read_file(request.path, source=name, report=here.append))
    assert list(files.read(request, report=there.append)) == expected
    assert there == here


def test_options_and_errors_are_those_of_reading_here(files: IsolatedReader, tmp_path: Path) -> None:
    rows = put(tmp_path / "a.csv", "id,text\n1,字\n".encode("gbk"))
    assert read_all(files, ReadRequest(rows.path, "a.csv", encoding="gbk"))[0].text == "字"
    with pytest.raises(UsageError, match="unknown encoding"):
        files.read(ReadRequest(rows.path, "a.csv", encoding="klingon"), report=lambda _: None)
    page = put(tmp_path / "a.html", "<p>" + "words " * 100)
    with pytest.raises(ReadError, match="the limit is 100 bytes") as caught:
        read_all(files, ReadRequest(page.path, "a.html", max_file_size=100))
    assert "--max-file-size" in caught.value.hint
    with pytest.raises(EmptyFileError):
        read_all(files, put(tmp_path / "b.html", ""))
    with pytest.raises(ReadError, match="no longer exists"):
        read_all(files, ReadRequest(tmp_path / "missing.html", "missing.html"))


def test_one_process_reads_many_files_and_the_next_one_in_advance(tmp_path: Path) -> None:
    requests = [put(tmp_path / f"{number}.jsonl", make_text(number)) for number in range(4)]
    with IsolatedReader() as files:
        children = set()
        for request, following in zip(requests, [*requests[1:], None], strict=True):
            documents = read_all(files, request, following)
            assert [document.source for document in documents] == [request.source] * 1000
            assert files._ahead == following
            children.add(child_of(files))
        assert len(children) == 1
        # Another file than the one announced.
        read_all(files, requests[0], requests[1])
        assert read_all(files, requests[3])[0].source == "3.jsonl"
    with pytest.raises(ProcessLookupError):
        os.kill(children.pop(), 0)


def test_what_a_reader_gives_is_read_as_it_comes(files: IsolatedReader, tmp_path: Path) -> None:
    request = put(tmp_path / "a.jsonl", make_text(1) * 50)
    documents = files.read(request, report=lambda _: None)
    assert next(documents).text == "row 0 of 1"
    documents.close()
    assert read_all(files, put(tmp_path / "b.md", "# Title\n"))[0].title == "Title"


@linux
@pytest.mark.parametrize("in_advance", [False, True])
def test_a_file_that_kills_its_reader_harms_no_other(
    tmp_path: Path, in_advance: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Half of what files may take: the system fills every page of it.
    monkeypatch.setattr("retriever.documents.limits.MEMORY", 256 * MB)
    good = put(tmp_path / "a.html", "<p>words")
    bad = ReadRequest(CASES / "nested-xobjects.pdf", "nested-xobjects.pdf")
    with IsolatedReader() as files:
        assert read_all(files, good, bad if in_advance else None)[0].text == "words"
        with pytest.raises(UnfinishedReadError, match=r"crashed \(SIG.*256 MB|takes more than"):
            read_all(files, bad, good if in_advance else None)
        assert read_all(files, good)[0].text == "words"


@linux
def test_a_child_that_is_killed_is_replaced_and_leaves_no_zombie(tmp_path: Path) -> None:
    request = put(tmp_path / "a.jsonl", make_text(1) * 50)
    with IsolatedReader() as files:
        documents = files.read(request, report=lambda _: None)
        assert next(documents).text == "row 0 of 1"
        first = child_of(files)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(UnfinishedReadError, match="killed by the system"):
            list(documents)
        with pytest.raises(ChildProcessError):
            os.waitpid(first, os.WNOHANG)
        assert next(files.read(request, report=lambda _: None)).text == "row 0 of 1"
        assert files._process is None
        assert read_all(files, put(tmp_path / "b.html", "<p>words"))[0].text == "words"
        assert child_of(files) != first


def make_deep_pdf(block: bytes, times: int) -> bytes:
    """A page whose content is deflated twice: a few kilobytes that stand for ``times`` blocks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    twice = zlib.compress(b"\x78\xda" + packed * times + packer.flush(), 9)
    plain = make_pdf([[(72, 700, "words")]])
    begin, end = plain.index(b"<</Length"), plain.index(b"endstream")
    return (
        plain[:begin]
        + b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\n" % (len(twice), twice)
        + plain[end:]
    )


@linux
def test_a_stream_that_is_deflated_twice_ends_its_reader_only(files: IsolatedReader, tmp_path: Path) -> None:
    data = make_deep_pdf(b"0 0 m " * 200_000, 2000)
    assert len(data) < 10_000
    with pytest.raises(UnfinishedReadError, match=r"crashed \(SIG.*512 MB|takes more than"):
        read_all(files, put(tmp_path / "a.pdf", data))
    assert read_all(files, put(tmp_path / "b.pdf", make_pdf([[(72, 700, "words")]])))[0].text == "words"


@linux
def test_a_file_ends_when_its_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retriever.documents.limits.SECONDS", 1)
    monkeypatch.setattr("retriever.documents.limits.SECONDS_A_MB", 0)
    # A busy machine may take long to give it this second.
    monkeypatch.setattr("retriever.documents.isolated.PATIENCE", 200)
    rows = put(tmp_path / "a.jsonl", "\n" * 20_000_000)
    with IsolatedReader() as files:
        with pytest.raises(UnfinishedReadError, match="it takes more than 1 s"):
            read_all(files, rows)
        assert read_all(files, put(tmp_path / "b.html", "<p>words"))[0].text == "words"


def test_a_child_that_does_not_answer_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retriever.documents.process.INTERVAL", 0.02)
    monkeypatch.setattr("retriever.documents.isolated.PATIENCE", 0.01)
    request = put(tmp_path / "a.html", "<p>words")
    with IsolatedReader() as files:
        read_all(files, request)
        os.kill(child_of(files), signal.SIGSTOP)
        with pytest.raises(UnfinishedReadError, match="has not answered"):
            read_all(files, request)


def test_a_file_gives_no_more_than_a_multiple_of_its_size(files: IsolatedReader, tmp_path: Path) -> None:
    """A long name of a column stands in the text of every row."""
    request = put(tmp_path / "a.csv", "id,data" + "x" * 100_000 + "\n" + "1,2\n" * 1000)
    documents = []
    with pytest.raises(UnfinishedReadError, match=r"unpacks to more than 11\.\d MB of text"):
        documents.extend(files.read(request, report=lambda _: None))
    assert read_all(files, put(tmp_path / "b.docx", make_docx(paragraph("words"))))[0].text == "words"


def test_limits_grow_with_the_file() -> None:
    small, large = ReadLimits.of(1000, 64 * MB), ReadLimits.of(6 * MB, 64 * MB)
    assert (small.memory, small.seconds) == (512 * MB, 20)
    assert (large.memory, large.seconds, large.output) == (704 * MB, 110, 200 * MB)
    # A reader of rows holds one row.
    assert ReadLimits.of(10_000 * MB, 64 * MB).memory == ReadLimits.of(64 * MB, 64 * MB).memory


@linux
def test_the_child_holds_nothing_but_its_pipes(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock, IsolatedReader() as files:
        os.set_inheritable(lock.fileno(), True)
        read_all(files, put(tmp_path / "a.html", "<p>words"))
        folder = Path(f"/proc/{child_of(files)}/fd")
        targets = sorted(os.readlink(link).partition(":")[0] for link in folder.iterdir())
    assert targets == ["/dev/null"] * 3 + ["pipe"] * 2


PROGRAM = """
import os, sys, threading
from pathlib import Path
from retriever.documents import IsolatedReader, ReadRequest

def read():
    with IsolatedReader() as files:
        for path in sys.argv[2:]:
            print([document.text for document in files.read(ReadRequest(Path(path), path), report=print)], flush=True)
        child = files._process._child.pid
        print(child, flush=True)
        if sys.argv[1] == "die":
            os.kill(os.getpid(), 9)
        if sys.argv[1] == "wait":
            list(files.read(ReadRequest(Path(path).with_name("endless.csv"), "endless.csv"), report=print))

threads = [threading.Thread(target=read) for _ in range(2 if sys.argv[1] == "threads" else 0)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if not threads:
    read()
"""


def run_program(tmp_path: Path, what: str, *, inline: bool = False) -> subprocess.Popen[str]:
    """A program without a guard around its main module, in a folder with modules of a stranger."""
    folder = tmp_path / "strange"
    folder.mkdir()
    for module in ("json", "lxml", "zipfile", "retriever"):
        (folder / f"{module}.py").write_text("open('taken', 'w').close()\n")
    page = tmp_path / "a.html"
    page.write_text("<p>words")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    start = ["-P", "-c", PROGRAM] if inline else [str(program)]
    command = [sys.executable, *start, what, str(page)]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, start_new_session=True)


@linux
@pytest.mark.parametrize("what", ["plain", "threads"])
def test_programs_need_no_guard_and_strange_folders_are_not_searched(tmp_path: Path, what: str) -> None:
    process = run_program(tmp_path, what)
    out, _ = process.communicate()
    assert process.returncode == 0
    assert out.count("['words']") == (2 if what == "threads" else 1)
    assert not (tmp_path / "strange/taken").exists()


@linux
@pytest.mark.skipif(sys.version_info < (3, 11), reason="-P came with Python 3.11")
def test_a_program_on_the_command_line_can_read(tmp_path: Path) -> None:
    out, _ = run_program(tmp_path, "plain", inline=True).communicate()
    assert "['words']" in out
    assert not (tmp_path / "strange/taken").exists()


def wait_for_end(pid: int) -> bool:
    """Whether a process that is not a child of this one ends within half a minute."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 30)[0])
    finally:
        os.close(descriptor)


@linux
def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    process = run_program(tmp_path, "die")
    assert process.stdout is not None
    process.stdout.readline()
    assert wait_for_end(int(process.stdout.readline()))
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@linux
def test_ctrl_c_ends_both(tmp_path: Path) -> None:
    # Two gigabytes without a line end, which take no place on the disk.
    with (tmp_path / "endless.csv").open("w") as file:
        file.truncate(2_000 * MB)
    process = run_program(tmp_path, "wait")
    assert process.stdout is not None
    process.stdout.readline()
    child = int(process.stdout.readline())
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode == -signal.SIGINT
    assert wait_for_end(child)


def test_a_process_that_nobody_limits_ends_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens where the kernel has no limits, as on macOS and Windows."""
    # Its limit of time would end this very process some tests later.
    monkeypatch.setattr("retriever.documents.limits._limit_by_kernel", lambda limits, memory: None)
    taken = {"memory": 100 * MB, "seconds": 3.0}
    codes: list[int] = []
    enforcer = Enforcer(lambda: int(taken["memory"]), lambda: taken["seconds"], codes.append)
    enforcer.begin(ReadLimits(50 * MB, 20, 0))
    enforcer.check()
    assert codes == []
    taken["memory"] = 151 * MB
    enforcer.check()
    assert OUT_OF_MEMORY in codes
    taken["memory"], taken["seconds"] = 100 * MB, 23.5
    enforcer.check()
    assert OUT_OF_TIME in codes


SAMPLE = Document(
    id="a",
    source="a.pdf",
    text="Title\n\nwords",
    title="Title",
    language="en",
    headings=(Heading("Title", 1, 0, 5),),
    pages=(0, 7),
    places=(Place(0, "A1"), Place(7, "A2:B2")),
    line=3,
    metadata={"n": 1, "x": 1.5, "yes": True, "tags": ["a", 2], "字": "字"},
)


def test_every_field_of_a_document_is_carried() -> None:
    empty = Document("")
    assert all(getattr(SAMPLE, field.name) != getattr(empty, field.name) for field in fields(Document))
    for document in (SAMPLE, Document("a", "words", source="a.pdf")):
        stream = BytesIO()
        write_document(stream, document)
        frame = read_frame(BytesIO(stream.getvalue()))
        assert frame is not None
        assert parse_document(*frame, "a.pdf") == document


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(st.sampled_from([field.name for field in fields(Document) if field.name not in {"source", "text"}]), values)
def test_a_document_of_wrong_values_is_refused(name: str, value: Any) -> None:
    stream = BytesIO()
    write_document(stream, SAMPLE)
    frame = read_frame(BytesIO(stream.getvalue()))
    assert frame is not None
    try:
        document = parse_document({**frame[0], name: value}, frame[1], "a.pdf")
    except ProtocolError:
        return
    assert document.source == "a.pdf"
    json.dumps(dict(document.metadata))
    assert all(0 <= item.start < item.end <= len(document.text) for item in document.headings or ())
    for kind, found in ((str, document.id), (str, document.title), (str, document.language), (tuple, document.pages)):
        assert isinstance(found, kind)


@pytest.mark.parametrize("head", [b"[]", b"{", b"\xff", b"[" * 100_000, b"1"])
def test_a_frame_that_is_none_is_refused(head: bytes) -> None:
    stream = BytesIO()
    write_frame(stream, {}, "text")
    good = stream.getvalue()
    with pytest.raises(ProtocolError):
        read_frame(BytesIO(len(head).to_bytes(4, "big") + good[4:12] + head + b"text"))
    assert read_frame(BytesIO(good[:-1])) is None


def test_a_size_is_looked_at_before_anything_is_read() -> None:
    def refuse(size: int) -> None:
        raise OverflowError(size)

    with pytest.raises(OverflowError, match=str((1 << 32) - 1 + (1 << 60))):
        read_frame(BytesIO(b"\xff" * 4 + (1 << 60).to_bytes(8, "big")), refuse)


def test_a_child_of_a_later_version_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = put(tmp_path / "letter.docx", make_docx(paragraph("The pump was repaired.")))
    note = put(tmp_path / "note.txt", "The valve was changed.")
    children: list[subprocess.Popen[bytes]] = []
    start = process.start_child

    def count(code: str) -> subprocess.Popen[bytes]:
        children.append(start(code))
        return children[-1]

    monkeypatch.setattr(process, "start_child", count)
    monkeypatch.setattr(process, "CODE", CODE + 1)
    with IsolatedReader() as files:
        for _ in range(2):
            with pytest.raises(UnfinishedReadError, match="Retriever was upgraded while this program ran") as caught:
                read_all(files, letter)
            assert caught.value.hint == "start the program again"
        assert [document.text for document in read_all(files, note)] == ["The valve was changed."]
    assert [child.poll() is None for child in children] == [False], "started once, and ended"


def test_both_sides_have_one_code() -> None:
    assert CODE == digest_code(protocol.__file__, "worker.py") != 0
    assert digest_code(protocol.__file__) != CODE, "each of the modules counts"
    assert digest_code(protocol.__file__, "no such module.py") == 0, "a program without sources can read as well"


def test_closing_twice_and_without_a_child_is_allowed() -> None:
    files = IsolatedReader()
    files.close()
    files.close()
    assert threading.active_count() < 50
