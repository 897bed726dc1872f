"""What cannot be read of a file costs that part, and is told."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from archive_makers import make_seven_zip
from ofd_maker import SPACE, make_ofd, page_xml, text_object
from office_makers import make_xlsx

from retriever.errors import ReadError

Read = Callable[..., Any]


def test_of_messages_within_messages_the_outer_ones_are_read(read: Read) -> None:
    head = "Subject: number {0}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b{0}\n\n"
    part = "--b{0}\nContent-Type: text/plain\n\nwords of number {0}\n--b{0}\nContent-Type: message/rfc822\n\n"
    mail = "".join((head + part).format(number) for number in range(400)) + "Subject: the last\n\nwords\n"
    found = read("deep.eml", mail)
    assert found.documents[0].text == "words of number 0"
    assert len(found.documents) > 2
    assert "the rest of it lies in more than 16 messages" in [item.reason for item in found.skipped]


def test_a_broken_document_of_an_ofd_file_leaves_the_others(read: Read) -> None:
    body = f"</ofd:DocBody><ofd:DocBody {SPACE}><ofd:DocInfo/><ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot>"
    file = make_ofd(page_xml(text_object("关于停水的通知", 30, 30)), body=body, parts={"Doc_1/Document.xml": "<broken"})
    found = read("two.ofd", file)
    assert "关于停水的通知" in found.only.text
    assert [item.reason.partition(":")[0] for item in found.skipped] == ["document 2 of 2 in it"]


def test_cells_that_repeat_one_long_string_are_refused_at_once(read: Read) -> None:
    book = make_xlsx({"A": [["a", "b"]]})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in package.namelist():
            data = package.read(name)
            if name.endswith("sheet1.xml"):
                row = "".join(f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c></row>' for at in range(1, 5001))
                start, end = data.index(b"<sheetData>") + 11, data.index(b"</sheetData>")
                data = data[:start] + row.encode() + data[end:]
            copy.writestr(name, data)
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        copy.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}"><si><t>{"x" * 30_000}</t></si></sst>')

    with pytest.raises(ReadError, match="more text than a file of its size may have"):
        read("bomb.xlsx", out.getvalue())


def test_files_of_one_name_in_a_7z_archive_are_told(read: Read) -> None:
    import py7zr

    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        for words in (b"the first text", b"the second text"):
            archive.writef(io.BytesIO(words), "a.txt")
    found = read("twice.7z", out.getvalue())
    assert len(found.documents) == 1
    assert [item.reason for item in found.skipped] == [
        "the archive has several files of this name; one of them is read"
    ]
    assert read("once.7z", make_seven_zip({"a.txt": "x", "b.txt": "y"})).skipped == []
