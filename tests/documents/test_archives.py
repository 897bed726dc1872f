"""Archives: their files are documents of their own, and whatever else is in them is bounded, refused and reported."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from archive_makers import make_tar, make_zip
from file_makers import make_docx, paragraph

from retriever.documents import interface
from retriever.errors import ReadError

Read = Callable[..., Any]

PLAN = "本周三上午九点起停水检修，预计十二点恢复。"
FILES = {"a.txt": PLAN, "deep/er/b.md": "# Title\n\nwords", "deep/c.html": "<h1>Head</h1><p>page"}


MAKERS: dict[str, Callable[[dict[str, str | bytes]], bytes]] = {
    "a.zip": make_zip,
    "a.tar": make_tar,
    "a.tar.gz": lambda files: gzip.compress(make_tar(files)),
    "a.tgz": lambda files: gzip.compress(make_tar(files)),
    "a.tar.bz2": lambda files: bz2.compress(make_tar(files)),
    "a.tar.xz": lambda files: lzma.compress(make_tar(files)),
}
archives = pytest.mark.parametrize("name", MAKERS)


@archives
def test_files_of_an_archive_are_documents(read: Read, name: str) -> None:
    reading = read(name, MAKERS[name]({**FILES, "x/d.docx": make_docx(paragraph("正文"))}))
    assert {document.id: document.text for document in reading.documents} == {
        f"docs/{name}!a.txt": PLAN,
        f"docs/{name}!deep/er/b.md": "# Title\n\nwords",
        f"docs/{name}!deep/c.html": "Head\n\npage",
        f"docs/{name}!x/d.docx": "正文",
    }
    assert all(document.source == document.id for document in reading.documents)
    assert (reading.notices, reading.skipped) == ([], [])


@archives
def test_the_last_of_several_files_of_one_name_is_read(read: Read, name: str) -> None:
    """As when they are unpacked; ``tar -r`` adds a file once more."""
    reading = read(name, MAKERS[name]({"a.txt": "old", "b.txt": "other", "./a.txt": PLAN}))
    assert [(document.id, document.text) for document in reading.documents] == [
        (f"docs/{name}!b.txt", "other"),
        (f"docs/{name}!a.txt", PLAN),
    ]
    assert reading.notices == ["files replaced by later ones of the same name: 1"]


@archives
def test_rows_in_an_archive_have_their_ids(read: Read, name: str) -> None:
    row = '{"id": "k", "text": "甲"}\n'
    documents = read(name, MAKERS[name]({"a.jsonl": row, "b.jsonl": row})).documents
    assert [(document.id, document.source, document.line) for document in documents] == [
        ("k", f"docs/{name}!a.jsonl", 1),
        ("k", f"docs/{name}!b.jsonl", 1),
    ]


@archives
def test_content_decides_in_an_archive_too(read: Read, name: str) -> None:
    reading = read(name, MAKERS[name]({"a.txt": make_docx(paragraph("正文")), "noname": "words", "picture": b"GIF89a"}))
    assert [document.text for document in reading.documents] == ["正文", "words"]
    assert [(item.source, item.reason) for item in reading.skipped] == [
        (f"docs/{name}!picture", "the file is a GIF image")
    ]


@archives
def test_hidden_files_droppings_and_unknown_types_are_left_out(read: Read, name: str) -> None:
    files = {"__MACOSX/._a.txt": "x", ".git/a.txt": "x", "~$a.docx": "x", "a.gif": "x", "B.GIF": "x", "a.txt": "甲"}
    reading = read(name, MAKERS[name](files))
    assert reading.only.text == "甲"
    assert reading.notices == ["not indexed (unsupported type): 2 .gif"]


@archives
def test_paths_that_lead_out_are_refused_and_the_rest_is_read(read: Read, name: str) -> None:
    out = ["/etc/a.txt", "../a.txt", "x/../../a.txt", "C:/a.txt"]
    reading = read(name, MAKERS[name]({**dict.fromkeys(out, "x"), "./b.txt": "甲"}))
    assert reading.only.source == f"docs/{name}!b.txt"
    assert [item.source for item in reading.skipped] == [f"docs/{name}!{path}" for path in out]
    assert {item.reason for item in reading.skipped} == {"its path leads out of the archive"}


@archives
def test_archives_in_archives_are_read_to_a_depth(read: Read, name: str) -> None:
    data: bytes = MAKERS[name]({"a.txt": "甲"})
    for _ in range(3):
        data = MAKERS[name]({"b.txt": "乙", name: data})
    reading = read(name, data)
    assert [document.source.count("!") for document in reading.documents] == [1, 2, 3, 4]
    assert [document.text for document in reading.documents] == ["乙", "乙", "乙", "甲"]
    reading = read(name, MAKERS[name]({name: data, "c.txt": "丙"}))
    assert [document.text for document in reading.documents] == ["乙", "乙", "乙", "丙"]
    assert [item.reason for item in reading.skipped] == ["it lies in more than 4 containers"]


@archives
def test_what_unpacks_to_too_much_is_refused_and_the_rest_is_read(
    read: Read, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(interface, "UNPACKED", 100_000)
    monkeypatch.setattr(interface, "UNPACKED_A_BYTE", 0)
    reading = read(name, MAKERS[name]({"a.txt": "甲", "bomb.txt": "a" * 200_000, "b.txt": "乙"}))
    assert [document.text for document in reading.documents] == ["甲", "乙"]
    assert [item.reason for item in reading.skipped] == [
        "not unpacked: all of the file would come to more than 97.7 KB"
    ]
    reading = read(name, MAKERS[name]({"a.txt": "甲", "long.txt": "a" * 3000, "b.txt": "乙"}), max_file_size=2000)
    assert [document.text for document in reading.documents] == ["甲", "乙"]
    assert "too large" in reading.skipped[0].reason


def test_the_room_of_nested_archives_is_one(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interface, "UNPACKED", 100_000)
    monkeypatch.setattr(interface, "UNPACKED_A_BYTE", 0)
    inner = make_zip({"a.txt": "a" * 40_000})
    reading = read("a.zip", make_zip({f"{number}.zip": inner for number in range(4)}))
    assert len(reading.documents) == 2
    assert [item.source for item in reading.skipped] == ["docs/a.zip!2.zip!a.txt", "docs/a.zip!3.zip!a.txt"]


@archives
def test_only_so_many_files_are_looked_at(read: Read, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(interface, "MEMBERS", 3)
    reading = read(name, MAKERS[name]({f"{number}.txt": "甲" for number in range(9)}))
    assert len(reading.documents) == 3
    assert ["the rest of the archive was not read" in item.reason for item in reading.skipped] == [True]


@archives
def test_an_empty_archive_is_empty_and_a_broken_one_is_refused(read: Read, name: str) -> None:
    with pytest.raises(ReadError, match="holds no files"):
        read(name, MAKERS[name]({}))
    data = MAKERS[name]({f"{number}.txt": f"words {number} " * 999 for number in range(50)})
    with pytest.raises(ReadError, match="broken"):
        read(name, data[:8] + b"x" * 100)


@pytest.mark.parametrize("name", [name for name in MAKERS if name not in ("a.zip", "a.tar.bz2")])
def test_a_cut_archive_is_read_as_far_as_it_goes(read: Read, name: str) -> None:
    data = MAKERS[name]({f"{number}.txt": f"{zlib.crc32(bytes([number]))} " * 3000 for number in range(50)})
    reading = read(name, data[: len(data) // 2])
    assert len(reading.documents) > 9
    assert "broken" in str(reading.skipped) or "may have been cut" in reading.notices[-1]


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "a.zip"])
def test_an_archive_that_ends_in_its_first_bytes_is_refused(read: Read, name: str) -> None:
    data = MAKERS[name]({"a.txt": "words"})
    if data.startswith(b"\x1f\x8b"):
        # With all that a header of gzip may have: extra bytes, a name, a comment and a checksum.
        data = data[:3] + b"\xff" + data[4:10] + b"\2\0ab" + b"name\0" + b"comment\0" + b"\0\0" + data[10:]
    for size in range(1, 30):
        with pytest.raises(ReadError) as refused:
            read(name, data[:size])
        assert "Error" not in str(refused.value)


def test_encrypted_and_damaged_files_are_reported_and_the_rest_is_read(read: Read) -> None:
    data = bytearray(make_zip({"a.txt": "甲" * 99, "b.txt": "乙" * 99, "c.txt": "丙"}))
    places = [at for at in range(len(data)) if data[at : at + 4] == b"PK\x01\x02"]
    data[places[0] + 8] |= 1
    data[data.index(b"b.txt") + 8] ^= 0xFF
    reading = read("a.zip", bytes(data))
    assert reading.only.text == "丙"
    assert [item.source for item in reading.skipped] == ["docs/a.zip!a.txt", "docs/a.zip!b.txt"]
    assert reading.skipped[0].reason == "it is encrypted; pack it without a password"
    assert "broken" in reading.skipped[1].reason


def test_links_are_left_out(read: Read) -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr(link, "/etc/passwd")
        package.writestr("a.txt", "甲")
    reading = read("a.zip", buffer.getvalue())
    assert reading.only.text == "甲"
    told = ["links and special files in the archive were left out: link.txt"]
    assert reading.notices == told
    entry = tarfile.TarInfo("link.txt")
    entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
    reading = read("a.tar", make_tar({"a.txt": "甲"}, entry))
    assert (reading.only.text, reading.notices) == ("甲", told)


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "shift_jis"])
def test_names_are_decoded(read: Read, encoding: str) -> None:
    names = {"gbk": ["资料/停水检修通知.txt", "资料/水费收入汇总.txt"], "shift_jis": ["資料/お知らせについて.txt"]}
    wanted = names.get(encoding, names["gbk"])
    data = make_zip({str(at).ljust(len(name.encode(encoding)), "_"): "甲" for at, name in enumerate(wanted)})
    for at, name in enumerate(wanted):
        # As programs write names that know nothing of Unicode.
        data = data.replace(str(at).ljust(len(name.encode(encoding)), "_").encode(), name.encode(encoding))
    reading = read("a.zip", data)
    assert [document.source for document in reading.documents] == [f"docs/a.zip!{name}" for name in wanted]
    assert bool(reading.notices) == (encoding != "utf-8")


def test_one_packed_file_is_read_as_what_it_is(read: Read) -> None:
    assert read("a.txt.gz", gzip.compress(PLAN.encode("gbk"))).only.source == "docs/a.txt.gz!a.txt"
    assert read("b.bz2", bz2.compress(make_docx(paragraph("正文")))).only.text == "正文"
    assert read("c.txt", lzma.compress(b"words")).only.text == "words"


def test_a_member_that_claims_more_than_there_is_takes_no_time(read: Read) -> None:
    claim = tarfile.TarInfo("b.txt")
    claim.size = 10**15
    reading = read("a.tar", make_tar({"a.txt": "甲"})[:1024] + claim.tobuf())
    assert reading.only.text == "甲"
    assert "too large" in reading.skipped[0].reason
    assert "may have been cut" in reading.notices[-1]
