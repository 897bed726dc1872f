"""Whole files of formats that hold others or are marked up as text, and words of these formats for mutations."""

from __future__ import annotations

import gzip

from archive_makers import make_seven_zip, make_tar, make_zip
from ofd_maker import make_ofd, page_xml, text_object
from ole_maker import make_msg, make_ole

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
    "a.ofd": make_ofd(
        page_xml(
            text_object("关于停水的通知", 30, 30), text_object("各用户：", 20, 45), text_object("竖", 190, 30, down="4")
        ),
        info="<ofd:Title>通知</ofd:Title><ofd:Author>人</ofd:Author>",
        more='<ofd:Outlines><ofd:OutlineElem Title="各用户："><ofd:Actions><ofd:Action><ofd:Goto>'
        '<ofd:Dest PageID="p0"/></ofd:Goto></ofd:Action></ofd:Actions></ofd:OutlineElem></ofd:Outlines>',
    ),
    "a.7z": make_seven_zip(FILES),
    "a.srt": "1\n00:00:01,000 --> 00:00:02,500\n<i>本周三</i>\n\n2\n00:01:00,0 --> 00:01:01,0\nwords\n".encode() * 2,
    "a.vtt": "WEBVTT\n\nNOTE x\n\nSTYLE\n::cue {}\n\n"
    "a\n00:01.000 --> 00:02.000 align:start\n<v 甲>本周三</v>\n&lt;\n".encode(),
    "a.mht": b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b; type=text/html; start=<a>\r\n\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-ID: <a>\r\nContent-Location: http://a/\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n<h1>a=3D</h1><iframe src=3D'cid:c'></iframe>\r\n"
    b"--b\r\nContent-Type: text/html\r\nContent-ID: <c>\r\n\r\n<p>words\r\n--b--\r\n",
    "a.tgz": gzip.compress(make_tar(FILES), mtime=0),
    "a.js": "export default class A extends B {\n  async b() { return `停水`; }\n}\n// c\nfunction d() {}\n".encode(),
    "a.ipynb": '{"cells": [{"cell_type": "markdown", "source": ["# 甲\\n", "x"]}, {"cell_type": "code", "source": "y", '
    '"outputs": [{"output_type": "stream", "text": "z"}]}], "metadata": {}}'.encode(),
    "a.rst": "=====\n甲\n=====\n\n.. note:: :ref:`x <y>`\n   :opt: 1\n\nPart\n----\n\n`a <b>`_ ``c``\n".encode(),
    "a.adoc": "= 甲\n:author: A\n\n[x]\n== Part\n----\ncode\n----\n<<a,b>> link:x[y] *z*\n".encode(),
    "a.org": "#+TITLE: 甲\n* Part :t:\n:PROPERTIES:\n:A: 1\n:END:\n[[a][b]] /c/\n".encode(),
    "a.tex": "\\title{甲}\\begin{document}\\section{A \\emph{b}}\n\\'e $x_1$ \\item % c\n\\end{document}".encode(),
    "a.mdx": "import x from 'y'\n\n# 甲\n\n<Tab a={b}>\nwords\n</Tab>\n".encode(),
    "a.json": '{"a": {"b": "本周三上午停水检修"}, "c": ["four words of prose", 1]}'.encode(),
    "a.xml": "<a><title>甲</title><p>本周三上午停水检修<b>x</b>。</p></a>".encode(),
    "a.py": "class A:\n    def b(self):\n        '停水检修'\n\nasync def c(): ...\n".encode(),
    "a.epub": make_epub(
        {"a.xhtml": "<html><body><h1>甲</h1><p>正文</p></body></html>", "b.xhtml": "<p>乙<br/>丙</p>"},
        metadata="<dc:title>书</dc:title><dc:creator>人</dc:creator><dc:date>2024</dc:date>",
        nav='<html><body><nav><ol><li><a href="b.xhtml#x">乙</a></li></ol></nav></body></html>',
    ),
}
UNKNOWN_COMPOUND = (
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xfe\xff\xff\xff",
    b"\x01\0\0\0",
    b"\x16\x24\x01",
    b"\x0f\0\xf0\x0f",
    bytes(64),
)
WORDS_OF_FORMATS: dict[str, tuple[bytes, ...]] = {
    ".xlsx": (
        b"<row>",
        b"<c t='s'><v>",
        b"</row>",
        b"<mergeCell ref='A1:XFD1048576'/>",
        b"r='ZZZ9999999'",
        b"PK\x03\x04",
    ),
    ".pptx": (b"<p:sp>", b"</p:sp>", b"<a:p><a:r><a:t>", b"<a:tbl>", b"gridSpan='99999'", b"PK\x03\x04"),
    ".odp": (b"<draw:page>", b"<draw:frame>", b"</draw:page>", b"<text:p>", b"<presentation:notes>", b"PK\x03\x04"),
    ".odt": (b"<text:list>", b"<text:h text:outline-level='99'>", b"<text:note>", b"<text:p>", b"PK\x03\x04"),
    ".ods": (b"<table:table-row>", b"number-rows-repeated='99999999'", b"number-columns-spanned='9999'", b"PK\x03\x04"),
    ".xls": (*UNKNOWN_COMPOUND, b"\x09\x08\x10\0", b"\x0a\0\0\0", b"\xfc\0", b"\x3c\0"),
    ".doc": (*UNKNOWN_COMPOUND, b"\xec\xa5", b"\x07", b"\x13", b"\r"),
    ".ppt": (*UNKNOWN_COMPOUND, b"\xe8\x03", b"\xa0\x0f", b"\xf5\x0f"),
    ".wps": (
        *UNKNOWN_COMPOUND,
        b"TEXT",
        b"STRS",
        b"EOBJ",
        b"FRAM",
        b"MCLD",
        b"TCD ",
        b"FDPC",
        b"\x11\x82",
        b"\x2a\x22",
    ),
    ".zip": (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"../", b"/", b"\0\0\0\0", b"\xff\xff\xff\xff", b"a.txt"),
    ".7z": (b"7z\xbc\xaf\x27\x1c", bytes(16), b"\xff\xff\xff\xff", b"\x01\x04\x06", b"a.txt"),
    ".srt": (b"00:00:01,000 --> 00:00:02,000\n", b"\n\n", b"<v A>", b"-->", b"{\\an8}", b"<", b"99:99:99,9"),
    ".vtt": (b"WEBVTT\n", b"00:01.000 --> 00:02.000\n", b"\n\n", b"NOTE ", b"STYLE\n", b"<v ", b"<00:01.5>", b"&lrm;"),
    ".mht": (
        b"\r\n--b\r\n",
        b"Content-Type: text/html\r\n",
        b"Content-Location: ",
        b"cid:c",
        b"\r\n\r\n",
        b"=3D",
        b"<",
    ),
    ".tgz": (b"\x1f\x8b\x08", bytes(8), b"ustar", b"\xff\xff\xff\xff"),
    ".js": (b"function a() {\n", b"class A {\n", b"export ", b"async " * 9, b"    ", b"(", b"@a ", b"default "),
    ".ipynb": (b"[", b"]", b"{", b"}", b'"', b'"cells": ', b'"source": ', b'"outputs": ', b"null", b"\\n", b"\\ud800"),
    ".rst": (b"=====\n", b"-----\n", b".. note::", b".. ", b"``", b"`", b":a:`b`", b"*", b"   ", b"::\n"),
    ".adoc": (b"== ", b"----\n", b"////\n", b"[x]\n", b"<<a,", b"link:x[", b"*", b":a: b\n", b"include::x[]\n"),
    ".org": (b"* ", b"** ", b"#+TITLE: ", b":PROPERTIES:\n", b":END:\n", b"[[", b"]]", b"*", b"# ", b"#+BEGIN_SRC\n"),
    ".tex": (b"\\section{", b"{", b"}", b"$", b"\\'", b"%", b"\\begin{verbatim}", b"\\end{document}", b"[", b"\\"),
    ".mdx": (b"import ", b"export ", b"<A ", b"/>", b"</A>", b"{a.b}", b"```\n", b"{", b"\n\n"),
    ".json": (b"[", b"]", b"{", b"}", b'"', b'"text": ', b"null", b"\\n", b"\\ud800", b"1e999", b","),
    ".xml": (b"<a>", b"</a>", b"<title>", b"&b;", b"<!DOCTYPE a>", b"<?x?>", b"<!--", b"<![CDATA[", b"]]>"),
    ".py": (b"class A:\n", b"def b(", b"    ", b"(", b'"', b"\\\n", b"\f", b"async ", b"lambda: ", b"@"),
    ".ofd": (
        b"<ofd:TextCode ",
        b'DeltaX="g 9 ',
        b'CTM="0 1 -1 0 0 0"',
        b"Boundary=",
        b"</ofd:",
        b"../",
        b"NaN",
        b"ID=",
    ),
    ".msg": (b"\xff\xff\xff\xff", b"\xfe\xff\xff\xff", bytes(64), "__substg1.0_".encode("utf-16-le"), b"\x1e\0"),
    ".mbox": (b"\n\nFrom a\nFrom: a\n", b"From ", b">From ", b"Message-ID: <a>\n", b"\n\n", b"Content-Type: "),
    ".epub": (b"<h1>", b"<p>", b"<item ", b"idref=", b"href=", b"</", b"<dc:title>", b"x/../", b"PK\x03\x04"),
    ".tar": (b"ustar", bytes(512), b"../", b"0000644", b"00000000000", b"a.txt", b"L", b"x", b"30 path=a\n"),
}
