"""OFD: text by its places, pages, templates, outline, annotations, attachments, signatures, broken documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ofd_maker import SPACE, make_ofd, page_xml, text_object

from retriever.errors import ReadError

Read = Callable[..., Any]

TITLE_TEXT = "关于停水检修的通知"
TITLE = text_object(TITLE_TEXT, 60, 30, size=7)
LINES = [
    text_object("各用户：因管网改造，定于本周三上午九点起停水检修，", 20, 50),
    text_object("预计当日十二点恢复供水，请提前储水。", 20, 57),
]


def test_lines_are_joined_to_paragraphs_by_their_places(read: Read) -> None:
    document = read("a.ofd", make_ofd(page_xml(TITLE, *LINES))).only
    assert document.text == (
        "关于停水检修的通知\n\n各用户：因管网改造，定于本周三上午九点起停水检修，预计当日十二点恢复供水，请提前储水。"
    )
    assert document.pages == (0,)


def test_pages_have_their_offsets_and_pages_without_text_are_noticed(read: Read) -> None:
    reading = read("a.ofd", make_ofd(page_xml(TITLE), page_xml(), page_xml(*LINES)))
    document = reading.only
    assert [document.text[at:].split()[0][:2] for at in document.pages] == ["关于", "各用", "各用"]
    assert reading.notices == ["no text on page 2"]


def test_properties_and_signatures_become_metadata(read: Read) -> None:
    info = (
        "<ofd:Title>停水通知</ofd:Title><ofd:Author>水务局</ofd:Author><ofd:CreationDate>2024-10-01</ofd:CreationDate>"
        "<ofd:Keywords><ofd:Keyword>停水</ofd:Keyword><ofd:Keyword>检修</ofd:Keyword></ofd:Keywords>"
    )
    parts = {
        "Doc_0/Signs/Signatures.xml": f'<ofd:Signatures {SPACE}><ofd:Signature ID="1" BaseLoc="Sign_0/S.xml"/>'
        "</ofd:Signatures>",
        "Doc_0/Signs/Sign_0/S.xml": f"<ofd:Signature {SPACE}><ofd:SignedInfo><ofd:SignatureDateTime>2024-10-02"
        "</ofd:SignatureDateTime></ofd:SignedInfo></ofd:Signature>",
    }
    body = "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>"
    document = read("a.ofd", make_ofd(page_xml(*LINES), info=info, body=body, parts=parts)).only
    assert document.title == "停水通知"
    assert document.metadata == {
        "author": "水务局",
        "created": "2024-10-01",
        "keywords": ["停水", "检修"],
        "signed": ["2024-10-02"],
    }


def test_the_outline_gives_headings_on_their_pages(read: Read) -> None:
    def entry(title: str, page: int, inner: str = "") -> str:
        goal = f'<ofd:Actions><ofd:Action><ofd:Goto><ofd:Dest PageID="p{page}"/></ofd:Goto></ofd:Action></ofd:Actions>'
        return f'<ofd:OutlineElem Title="{title}">{goal}{inner}</ofd:OutlineElem>'

    heads = [text_object("一、总则", 20, 90, size=6), text_object("（一）目的", 20, 120, size=5)]
    wide = [text_object("本办法适用于本市行政区域内的供水、用水及其监督管理活动", 20, y) for y in (60, 67)]
    first, second = page_xml(*LINES, heads[0], text_object("目录", 20, 150)), page_xml(*heads, *wide)
    more = f"<ofd:Outlines>{entry('一、 总则', 1, entry('（一）目的', 1))}</ofd:Outlines>"
    document = read("a.ofd", make_ofd(first, second, more=more)).only
    assert [(item.level, document.text[item.start : item.end]) for item in document.headings] == [
        (1, "一、总则"),
        (2, "（一）目的"),
    ]
    assert document.headings[0].start >= document.pages[1]
    more = f"<ofd:Outlines>{entry('没有的', 0)}{entry('也没有', 0)}{entry('（一）目的', 1)}</ofd:Outlines>"
    assert read("b.ofd", make_ofd(first, second, more=more)).only.headings is None


def test_templates_and_annotations_take_part_and_watermarks_do_not(read: Read) -> None:
    common = '<ofd:TemplatePage ID="t" BaseLoc="Tpls/Tpl_0/Content.xml"/>'
    annotations = (
        f'<ofd:PageAnnot {SPACE}><ofd:Annot Type="Stamp"><ofd:Appearance Boundary="20 80 60 20">'
        f'{text_object("批注文字", 0, 5)}</ofd:Appearance></ofd:Annot><ofd:Annot Type="Watermark"><ofd:Appearance '
        f'Boundary="0 0 60 20">{text_object("水印", 0, 5)}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>'
    )
    parts = {
        "Doc_0/Tpls/Tpl_0/Content.xml": page_xml(text_object("水务局文件", 70, 15, size=9)),
        "Doc_0/Annotations.xml": f'<ofd:Annotations {SPACE}><ofd:Page PageID="p0"><ofd:FileLoc>A.xml'
        "</ofd:FileLoc></ofd:Page></ofd:Annotations>",
        "Doc_0/A.xml": annotations,
    }
    page = page_xml(*LINES, template='<ofd:Template TemplateID="t" ZOrder="Background"/>')
    more = "<ofd:Annotations>Annotations.xml</ofd:Annotations>"
    text = read("a.ofd", make_ofd(page, common=common, more=more, parts=parts)).only.text
    assert text.startswith("水务局文件\n\n各用户")
    assert text.endswith("批注文字")
    assert "水印" not in text


def test_attached_files_are_documents(read: Read) -> None:
    parts: dict[str, str | bytes] = {
        "Doc_0/Attachs/Attachments.xml": f'<ofd:Attachments {SPACE}><ofd:Attachment Name="附表" Format="csv">'
        '<ofd:FileLoc>f1.csv</ofd:FileLoc></ofd:Attachment><ofd:Attachment Name="a.txt">'
        "<ofd:FileLoc>/Doc_0/none</ofd:FileLoc></ofd:Attachment></ofd:Attachments>",
        "Doc_0/Attachs/f1.csv": "id,text\n1,泵站\n",
    }
    more = "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>"
    reading = read("a.ofd", make_ofd(page_xml(*LINES), more=more, parts=parts))
    assert [(document.source, document.text) for document in reading.documents[1:]] == [("docs/a.ofd!附表.csv", "泵站")]
    assert [item.source for item in reading.skipped] == ["docs/a.ofd!a.txt"]


@pytest.mark.parametrize(
    ("objects", "text"),
    [
        (
            [text_object("竖排的文字", 190, 30, down="4 4 4 4"), text_object("第二列在左", 180, 30, down="4 4 4 4")],
            "竖排的文字第二列在左",
        ),
        ([text_object("转过来的字", 20, 200, ctm="0 -1 1 0 0 0")], "转过来的字"),
        ([text_object("稀疏", 20, 30, delta="9"), text_object("words apart", 60, 30)], "稀疏words apart"),
        ([text_object(character, 20 + 4 * at, 30) for at, character in enumerate("逐字放置的文字")], "逐字放置的文字"),
        ([text_object("370", 20, 30, delta="g 2 4.2")], "370"),
        ([text_object("姓名", 20, 30), text_object("张三", 60, 30)], "姓名张三"),
        (["<ofd:PageBlock>" + text_object("块中块", 20, 30) + "</ofd:PageBlock>"], "块中块"),
        (['<ofd:TextObject Visible="false"><ofd:TextCode>x</ofd:TextCode></ofd:TextObject>', TITLE], TITLE_TEXT),
    ],
)
def test_characters_come_in_the_order_of_reading(read: Read, objects: list[str], text: str) -> None:
    found = read("a.ofd", make_ofd(page_xml(*objects))).only.text
    assert "".join(found.replace("|", "").split()) == text.replace(" ", "")
    assert "words apart" in found or "words apart" not in text


def test_a_header_on_every_page_does_not_stand_between_sentences(read: Read) -> None:
    pages = [
        page_xml(text_object("水务局季度运行报告汇编", 70, 12), text_object(f"第{number}页的文字。", 20, 100))
        for number in "一二三四"
    ]
    assert read("a.ofd", make_ofd(*pages)).only.text.count("季度运行报告") == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"words", "cannot be unpacked"),
        (make_ofd(page_xml()), "has no text"),
        (make_ofd(page_xml(*LINES), info="<a>"), "cannot be read"),
        (make_ofd(page_xml(*LINES), parts={"Encryptions.xml": "<a/>"}), "encrypted"),
        (make_ofd(page_xml(*LINES)).replace(b"Document.xml", b"Documend.xml"), "is missing"),
    ],
)
def test_broken_and_empty_documents_are_refused(read: Read, data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read("a.ofd", data)


def test_composite_objects_that_show_others_a_million_times_end(read: Read) -> None:
    shows = '<ofd:CompositeObject ResourceID="{}" Boundary="0 0 9 9"/>'
    units = "".join(
        f'<ofd:CompositeGraphicUnit ID="{number}"><ofd:Content>{shows.format(number + 1) * 60}</ofd:Content>'
        "</ofd:CompositeGraphicUnit>"
        for number in range(4)
    )
    resources = f'<ofd:Res xmlns:ofd="http://www.ofdspec.org/2016">{units}</ofd:Res>'
    page = page_xml(*LINES, shows.format(0) * 60)
    data = make_ofd(page, common="<ofd:PublicRes>Units.xml</ofd:PublicRes>", parts={"Doc_0/Units.xml": resources})
    assert read("a.ofd", data).only.text.startswith("各用户")


def test_a_broken_page_is_reported_and_the_others_are_read(read: Read) -> None:
    reading = read("a.ofd", make_ofd("<broken", page_xml(*LINES)))
    assert reading.only.text.startswith("各用户")
    assert [item.source for item in reading.skipped] == ["docs/a.ofd#page=1"]


def test_a_template_is_unpacked_once_and_a_broken_one_is_noticed(read: Read) -> None:
    common = '<ofd:TemplatePage ID="t" BaseLoc="Tpl/t.xml"/>'
    pages = [
        page_xml(text_object(f"第{at}页", 20, 40 + at), template='<ofd:Template TemplateID="t"/>') for at in range(40)
    ]
    template = page_xml(text_object("表头", 20, 20)).replace("<ofd:Content>", f"{' ' * 500_000}<ofd:Content>")
    reading = read("a.ofd", make_ofd(*pages, common=common, parts={"Doc_0/Tpl/t.xml": template}))
    assert "表头" in reading.only.text
    assert "第39页" in reading.only.text
    assert not reading.skipped
    reading = read("b.ofd", make_ofd(*pages[:2], common=common, parts={"Doc_0/Tpl/t.xml": "<ofd:Page"}))
    assert "第1页" in reading.only.text
    assert [notice for notice in reading.notices if "left out" in notice] == [
        "a part of the OFD document was left out: the OFD document is broken: Doc_0/Tpl/t.xml cannot be read"
    ]
