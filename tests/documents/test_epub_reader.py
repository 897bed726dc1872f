"""EPUB: chapters in reading order, headings, metadata, protected and broken books."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from archive_makers import make_zip
from sample_files import make_epub

from retriever.errors import ReadError

Read = Callable[..., Any]

PAGE = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{}</body></html>'
METADATA = (
    "<dc:title>水利志</dc:title><dc:creator>张三</dc:creator><dc:creator>李四</dc:creator><dc:language>zh-CN</dc:language>"
    '<dc:date>2021-03-05</dc:date><dc:publisher>出版社</dc:publisher><meta property="dcterms:modified">2022</meta>'
)
ENCRYPTION = (
    '<encryption xmlns:e="e"><e:EncryptedData><e:EncryptionMethod Algorithm="{}"/><e:CipherData><e:CipherReference '
    'URI="x/a.xhtml"/></e:CipherData></e:EncryptedData></encryption>'
)


def test_chapters_are_read_in_order_with_their_headings(read: Read) -> None:
    pages = {
        "b.xhtml": PAGE.format("<h1>第一章</h1><p>甲<a id='x'/>乙</p>"),
        "a.xhtml": PAGE.format("<h2>一节</h2><p>丙</p>"),
    }
    document = read("a.epub", make_epub(pages, metadata=METADATA)).only
    assert document.text == "第一章\n\n甲乙\n\n一节\n\n丙"
    assert [(item.level, item.text) for item in document.headings] == [(1, "第一章"), (2, "一节")]
    assert (document.title, document.language) == ("水利志", "zh")
    assert document.metadata == {
        "author": ["张三", "李四"],
        "date": "2021-03-05",
        "publisher": "出版社",
        "modified": "2022",
    }


@pytest.mark.parametrize("edition", [2, 3])
def test_the_table_of_contents_gives_headings_where_pages_have_none(read: Read, edition: int) -> None:
    nav = (
        '<html xmlns:e="e"><nav e:type="toc"><ol><li><a href="a.xhtml">One</a><ol><li><a href="b.xhtml#p">Two</a></li>'
        "</ol></li></ol></nav></html>"
    )
    ncx = (
        "<ncx><navMap><navPoint><navLabel><text>One</text></navLabel><content src='a.xhtml'/><navPoint><navLabel>"
        "<text>Two</text></navLabel><content src='b.xhtml#p'/></navPoint></navPoint></navMap></ncx>"
    )
    pages = {"a.xhtml": PAGE.format("<p>One</p><p>words</p>"), "b.xhtml": PAGE.format("<p>more</p>")}
    contents = {"nav": nav} if edition == 3 else {"ncx": ncx}
    document = read("a.epub", make_epub(pages, **contents)).only
    assert document.text == "One\n\nwords\n\nTwo\n\nmore"
    assert [(item.level, item.text) for item in document.headings] == [(1, "One"), (2, "Two")]


def test_what_is_encrypted_is_reported_and_fonts_do_not_count(read: Read) -> None:
    pages = {"a.xhtml": PAGE.format("<p>甲</p>"), "b.xhtml": PAGE.format("<p>乙</p>")}
    fonts = ENCRYPTION.format("http://www.idpf.org/2008/embedding")
    assert read("a.epub", make_epub(pages, parts={"META-INF/encryption.xml": fonts})).only.text == "甲\n\n乙"
    parts = {"META-INF/encryption.xml": ENCRYPTION.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc")}
    reading = read("a.epub", make_epub(pages, parts=parts))
    assert reading.only.text == "乙"
    assert [item.reason for item in reading.skipped] == ["1 parts of the book are encrypted (DRM)"]
    with pytest.raises(ReadError, match="DRM"):
        read("a.epub", make_epub({"a.xhtml": pages["a.xhtml"]}, parts=parts))


def test_a_missing_page_is_noticed(read: Read) -> None:
    book = make_epub({"a.xhtml": PAGE.format("<p>甲</p>"), "b.xhtml": ""})
    reading = read("a.epub", book.replace(b"x/b.xhtml", b"x/c.xhtml"))
    assert (reading.only.text, reading.notices) == ("甲", ["a page of the book is missing: x/b.xhtml"])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"words", "cannot be unpacked"),
        (make_zip({"a.xhtml": "x"}), "has no list of its parts"),
        (make_epub({"a.xhtml": "<p> </p>"}), "contains no text"),
        (make_epub({"a.xhtml": "x"}, metadata="<dc:title>"), "cannot be read"),
    ],
)
def test_a_broken_or_empty_book_is_refused(read: Read, data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read("a.epub", data)


def test_a_book_that_unpacks_to_too_much_is_refused(read: Read) -> None:
    book = make_epub({"a.xhtml": PAGE.format("<p>words</p>" + " " * 20_000_000)})
    with pytest.raises(ReadError, match="not unpacked"):
        read("a.epub", book)


def test_a_page_that_cannot_be_read_is_reported(read: Read) -> None:
    pages = {"a.xhtml": PAGE.format("<p>甲</p>"), "b.xhtml": PAGE.format("<div>" * 5000 + "乙"), "c.xhtml": " \n"}
    reading = read("a.epub", make_epub(pages))
    assert reading.only.text == "甲"
    assert [item.source for item in reading.skipped] == ["docs/a.epub!x/b.xhtml"]
