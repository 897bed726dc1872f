"""Whole files of formats that hold others or are marked up as text, and words of these formats for mutations."""

from __future__ import annotations

import io
import tarfile
import zipfile

from ole_maker import make_msg, make_ole


def make_zip(files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive with these files, each by its path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return buffer.getvalue()


def make_tar(files: dict[str, str | bytes], *entries: tarfile.TarInfo) -> bytes:
    """A TAR archive with ``entries`` and these files, each by its path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as package:
        for entry in entries:
            package.addfile(entry)
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            package.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


CONTAINER = '<container xmlns="c"><rootfiles><rootfile full-path="x/p.opf"/></rootfiles></container>'


def make_epub(
    pages: dict[str, str], *, metadata: str = "", nav: str = "", ncx: str = "", parts: dict[str, str] | None = None
) -> bytes:
    """An EPUB book of these pages, each by its name, with tables of contents of EPUB 3 and EPUB 2."""
    items = "".join(
        f'<item id="i{number}" href="{name}" media-type="application/xhtml+xml"/>' for number, name in enumerate(pages)
    )
    refs = "".join(f'<itemref idref="i{number}"/>' for number in range(len(pages)))
    items += '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>' if nav else ""
    items += '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>' if ncx else ""
    files: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "x/p.opf": f'<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="dc"><metadata>{metadata}</metadata>'
        f'<manifest>{items}</manifest><spine><itemref idref="nav"/>{refs}</spine></package>',
        **{f"x/{name}": page for name, page in pages.items()},
        **({"x/nav.xhtml": nav} if nav else {}),
        **({"x/toc.ncx": ncx} if ncx else {}),
        **(parts or {}),
    }
    return make_zip(files)


ATTACHED = make_msg({0x3707: "a.txt", 0x3701: b"attached words"}, head=8)
FILES: dict[str, str | bytes] = {
    "a.txt": "坚持稳中求进。" * 9,
    "b/c.md": "# Title\n\nwords",
    "d.jsonl": '{"id": 1, "text": "x"}\n',
}
WHOLE_FILES: dict[str, bytes] = {
    "a.zip": make_zip(FILES),
    "a.tar": make_tar(FILES),
    "a.msg": make_ole(make_msg({0x37: "题", 0x1000: "正文", 0x0C1A: "人"}, attachments=[ATTACHED], n3FDE=936)),
    "a.mbox": b"From a Tue\nFrom: a\nDate: x\nMessage-ID: <a>\n\nwords\n\nFrom b Wed\nFrom: b\n\n>From x\n" * 2,
    "a.epub": make_epub(
        {"a.xhtml": "<html><body><h1>甲</h1><p>正文</p></body></html>", "b.xhtml": "<p>乙<br/>丙</p>"},
        metadata="<dc:title>书</dc:title><dc:creator>人</dc:creator><dc:date>2024</dc:date>",
        nav='<html><body><nav><ol><li><a href="b.xhtml#x">乙</a></li></ol></nav></body></html>',
    ),
}
WORDS_OF_FORMATS: dict[str, tuple[bytes, ...]] = {
    ".zip": (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"../", b"/", b"\0\0\0\0", b"\xff\xff\xff\xff", b"a.txt"),
    ".msg": (b"\xff\xff\xff\xff", b"\xfe\xff\xff\xff", bytes(64), "__substg1.0_".encode("utf-16-le"), b"\x1e\0"),
    ".mbox": (b"\n\nFrom a\nFrom: a\n", b"From ", b">From ", b"Message-ID: <a>\n", b"\n\n", b"Content-Type: "),
    ".epub": (b"<h1>", b"<p>", b"<item ", b"idref=", b"href=", b"</", b"<dc:title>", b"x/../", b"PK\x03\x04"),
    ".tar": (b"ustar", bytes(512), b"../", b"0000644", b"00000000000", b"a.txt", b"L", b"x", b"30 path=a\n"),
}
