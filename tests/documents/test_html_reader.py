"""HTML: the visible text of a page, with its headings."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.documents import read_file
from retriever.errors import ReadError
from retriever.types import Heading

Read = Callable[..., Any]

PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title> 加装电梯
 实施方案 </title><style>p { color: red }</style>
<meta name="author" content="住建局"><meta property="article:published_time" content="2024-05-01"></head>
<body><nav><a href="/">首页</a></nav><script>var hidden = 1;</script>
<h1>关于<em>加装</em>电梯的
通知</h1>
<p>各街道：<br>现将方案
印发给你们。</p><!-- comment -->
<h2>一、补贴</h2>
<p>Every lift   gets&nbsp;a subsidy
of 200&lt;300.</p>
<table><caption>表一</caption><tr><th>楼层</th><th>系数</th></tr>
<tr><td><p>二楼</p><p>以上</p></td><td>0.5</td></tr></table>
<ul><li>第一项</li><li>第二项</li></ul>
<pre>  keep
    this</pre>
<p hidden>unseen</p></body></html>"""


def test_the_visible_text_of_a_page_is_read(read: Read) -> None:
    document = read("a.html", PAGE).only
    assert document.text.split("\n\n") == [
        "关于加装电梯的通知",
        "各街道：\n现将方案印发给你们。",
        "一、补贴",
        "Every lift gets\xa0a subsidy of 200<300.",
        "表一\n楼层 | 系数\n二楼 以上 | 0.5\n第一项\n第二项",
        "keep\n    this",
    ]
    assert document.title == "加装电梯实施方案"
    assert document.language == "zh"
    assert document.metadata == {"author": "住建局", "date": "2024-05-01"}


def test_headings_are_at_their_spans(read: Read) -> None:
    document = read("a.html", PAGE).only
    assert [(heading.level, heading.text) for heading in document.headings] == [
        (1, "关于加装电梯的通知"),
        (2, "一、补贴"),
    ]
    assert all(document.text[heading.start : heading.end] == heading.text for heading in document.headings)


def test_a_layout_table_is_not_data(read: Read) -> None:
    page = "<table><tr><td><h1>题目</h1><p>甲</p></td><td><p>乙</p><table><tr><td>丙<td>丁</table></td></tr></table>"
    document = read("a.html", page).only
    assert document.text == "题目\n\n甲\n\n乙\n\n丙 | 丁"
    assert document.headings == (Heading("题目", 1, 0, 2),)


@pytest.mark.parametrize("space", ["&nbsp;", "\u3000", "\x1c", "\u2003&nbsp;", "\x85"])
def test_a_heading_of_white_space_is_none(read: Read, space: str) -> None:
    document = read("a.html", f"<h1>{space}</h1><p>{space}</p><h2>Title</h2><p>Text</p>").only
    assert document.text == "Title\n\nText"
    assert [heading.text for heading in document.headings or ()] == ["Title"]


def test_a_page_without_headings_has_no_marked_up_outline(read: Read) -> None:
    assert read("a.htm", "<p>一、总体要求</p>").only.headings is None


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ('<meta charset="gb2312">', "gb18030"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gbk">', "gb18030"),
        ('<?xml version="1.0" encoding="Big5"?>', "big5"),
        ("<meta charset=shift_jis>", "cp932"),
    ],
)
def test_a_declared_encoding_needs_no_guess(read: Read, declared: str, encoding: str) -> None:
    reading = read("a.xhtml", f"{declared}<p>安全</p>".encode(encoding))
    assert reading.only.text == "安全"
    assert reading.notices == []


def test_a_wrong_declaration_is_ignored(read: Read) -> None:
    assert read("a.html", "<meta charset=gb2312><p>其实是别的编码</p>").only.text == "其实是别的编码"
    text = "全区城市管理工作会议在区政府召开，各街道负责同志参加。"
    assert read("b.html", f"<meta charset=utf-8><p>{text}</p>".encode("gbk")).only.text == text


def test_a_given_encoding_and_a_mark_override_the_declaration(read: Read) -> None:
    page = "<meta charset=gbk><p>安全</p>"
    assert read("a.html", codecs.BOM_UTF16_LE + page.encode("utf-16-le")).only.text == "安全"
    assert read("b.html", page.encode("big5hkscs", "ignore"), encoding="big5hkscs").only.text


def test_a_page_without_visible_text_is_refused(read: Read) -> None:
    with pytest.raises(ReadError, match="no text"):
        read("a.html", "<html><body><script>render()</script><nav>menu</nav></body></html>")


def test_deep_nesting_is_read_or_refused(read: Read) -> None:
    assert read("a.html", "<div>" * 1500 + "<p>深处的字</p>" + "</div>" * 1500).only.text == "深处的字"
    with pytest.raises(ReadError, match="nested too deep"):
        read("b.html", "<p>浅处的字</p>" + "<div>" * 20_000 + "<p>深处的字</p>")


TAGS = [
    "<h1>",
    "</h1>",
    "<h2>",
    "<p>",
    "</p>",
    "<br>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<li>",
    "<pre>",
    "</pre>",
    "<nav>",
    "</nav>",
    "<b>",
    "</b>",
]
pieces = st.lists(st.sampled_from([*TAGS, "甲", "word ", "\n"]), max_size=40)


@given(pieces)
def test_any_markup_keeps_spans_and_words(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    path = tmp_path_factory.mktemp("pages") / "a.html"
    path.write_text("<body>" + "".join(parts))
    try:
        (document,) = read_file(path, source="a.html", report=lambda _: None)
    except ReadError:
        assert "<nav>" in parts or not {"甲", "word "} & set(parts)
        return
    for heading in document.headings or ():
        assert document.text[heading.start : heading.end] == heading.text
    if "<nav>" not in parts:
        assert document.text.count("甲") == parts.count("甲")
        assert document.text.count("word") == parts.count("word ")


def test_ruby_is_one_word_with_its_reading_apart(read: Read) -> None:
    page = (
        "<html lang='ja'><p><ruby>東<rp>(</rp><rt>とう</rt><rp>)</rp>京<rp>(</rp><rt>きょう</rt><rp>)</rp></ruby>の"
        "<ruby>水<rt>すい</rt></ruby><ruby>道<rt>どう</rt></ruby>が<ruby>行<rt></rt></ruby>。</p></html>"
    )
    document = read("a.html", page).only
    assert document.text == "東京の水道が行。"
    assert document.metadata == {"ruby": ["東京（とうきょう）", "水道（すいどう）"]}


def test_merged_cells_keep_their_columns_and_labels(read: Read) -> None:
    page = (
        "<table><caption>收费标准</caption><thead><tr><th rowspan=2>类别</th><th colspan=2>单价</th></tr>"
        "<tr><th>城区</th><th>乡镇</th></tr></thead><tbody><tr><td>居民</td><td>2.1</td><td>1.8</td></tr></tbody></table>"
    )
    assert read("a.html", page).only.text == ("收费标准\n类别 | 单价 | 单价\n类别 | 城区 | 乡镇\n居民 | 2.1 | 1.8")
    rest = "<table><tr><th rowspan=0>x<td>1<tr><td>2<br>3<tr><td colspan=x rowspan=-1>4</table>"
    assert read("b.html", rest).only.text == "x | 1\nx | 2 3\nx | 4"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("10<sup>3</sup>人，100m<sup>2</sup>", "10^3人，100m²"),
        ("2020<sup><a href='#n'>[1]</a></sup>年，2020<sup>1</sup>年", "2020[1]年，2020^1年"),
        ("5<sup>th</sup> of CO<sub>2</sub>", "5th of CO₂"),
        ("<sup>甲<p>乙</p></sup>丙", "甲\n\n乙\n\n丙"),
        ("Ver&shy;wal<wbr>tung &amp; &lt;b&gt; &#x4E2D;", "Verwaltung & <b> 中"),
        ("甲<span style='Display : none'>隐</span><span style='visibility:hidden'>藏</span><b hidden>x</b>", "甲"),
        ("<template>t</template><noscript>n</noscript><select><option>o</select>甲", "甲"),
        ("<details><summary>概要</summary>细节</details><i hidden=until-found>找到</i>", "概要\n\n细节\n\n找到"),
        ("<dl><dt>水费<dd>每吨两元<dt>电费<dd>每度五角</dl>", "水费\n每吨两元\n电费\n每度五角"),
        ("图<img src='data:image/png;base64,AAAA'>：data:image/png;base64,iVBORw0KGgo=。", "图：。"),
        ("<h2>上<br>下</h2>", "上 下"),
    ],
)
def test_inline_markup(read: Read, markup: str, text: str) -> None:
    assert read("a.html", f"<body>{markup}</body>").only.text == text


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup>", "E=mc²"),
        ("<msup><mn>10</mn><mn>3</mn></msup>", "10^3"),
        ("<mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow></mfrac>", "a/(b+1)"),
        ("<msubsup><mi>x</mi><mn>1</mn><mi>k</mi></msubsup><msub><mi>y</mi><mi>i</mi></msub>", "x₁^ky_i"),
        ("<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt><mroot><mi>y</mi><mn>3</mn></mroot>", "√(x+1)³√y"),
        ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><mi>i</mi>", "∑_i^ni"),
        ("<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable>", "[1, 2]"),
        ("<semantics><mi>x</mi><annotation encoding='application/x-tex'>\\frac</annotation></semantics>", "x"),
        ("<msup><mi>x</mi></msup><mphantom><mi>z</mi></mphantom>", "x"),
    ],
)
def test_a_formula_is_read_in_order(read: Read, formula: str, text: str) -> None:
    page = f"<p>公式<span style='display:none'><math alttext='{{\\tex}}'>{formula}</math></span>。</p>"
    assert read("a.html", page).only.text == f"公式{text}。"


def test_a_formula_without_content_has_its_alternative_text(read: Read) -> None:
    assert read("a.html", "<p><math alttext='a + b'></math></p>").only.text == "a + b"
    deep = "<mrow>" * 1200 + "<mi>x</mi>" + "</mrow>" * 1200
    assert read("b.html", f"<p>深<math>{deep}</math></p>").only.text == "深x"


@pytest.mark.parametrize(
    ("page", "origin"),
    [
        (
            "<!DOCTYPE html>\n<!-- saved from url=(0023)https://example.org/a -->\n<p>x",
            {"url": "https://example.org/a"},
        ),
        (
            "<!DOCTYPE html><html><!--\n Page saved with SingleFile \n url: https://example.org/b \n saved date: "
            "Tue Oct 01 2024\n--><p>x",
            {"url": "https://example.org/b", "saved": "Tue Oct 01 2024"},
        ),
        ("<link rel=canonical href='https://example.org/c'><p>x", {"url": "https://example.org/c"}),
        ("<meta property='og:url' content='https://example.org/d'><p>x", {"url": "https://example.org/d"}),
        ("<link rel=canonical href='/c'><!-- saved from url=(0014)about:internet --><p>x", {}),
        ("<meta itemprop=datePublished content=2024-10-01><p>x", {"date": "2024-10-01"}),
    ],
)
def test_where_a_page_comes_from_is_metadata(read: Read, page: str, origin: dict[str, str]) -> None:
    assert read("a.html", page).only.metadata == origin


@pytest.mark.parametrize(
    "table",
    [
        "<table><caption>收费标准</caption>{}</table>",
        "<table>{}<caption style='caption-side: bottom'>收费标准</caption></table>",
        "<figure><table>{}</table><figcaption>收费标准</figcaption></figure>",
        "<figure><div><table>{}</table></div><figcaption><p>收费标准</p></figcaption></figure>",
    ],
)
def test_the_caption_of_a_table_stands_right_above_it(read: Read, table: str) -> None:
    rows = "<tr><th>类别</th><th>单价</th></tr><tr><td>居民</td><td>2</td></tr>"
    page = f"<p>说明。</p>{table.format(rows)}<p>之后。</p>"
    assert read("a.html", page).only.text == "说明。\n\n收费标准\n类别 | 单价\n居民 | 2\n\n之后。"


def test_the_caption_of_another_figure_stays_where_it_is(read: Read) -> None:
    page = (
        "<figure><img src=a.png><figcaption>水厂</figcaption></figure><p>说明。</p><table><tr><td>a<td>b</table>"
        "<figure><table><tr><td>c<td>d</table><figcaption>表一</figcaption>来源：水务局</figure>"
    )
    assert read("a.html", page).only.text == "水厂\n\n说明。\n\na | b\n\nc | d\n\n表一\n\n来源：水务局"


@pytest.mark.parametrize("declared", ["unicode_escape", "raw_unicode_escape", "punycode", "cp037", "utf-16", "utf-32"])
def test_a_page_is_in_no_encoding_in_which_it_could_not_say_so(read: Read, declared: str) -> None:
    data = rf"<meta charset={declared}><p>C:\u00fc\x41, im Süden der Stadt</p>".encode("cp1252")
    assert read("a.html", data).only.text == r"C:\u00fc\x41, im Süden der Stadt"


@pytest.mark.parametrize(
    "head",
    [
        "<caption><h3>Tabelle</h3></caption><tr><th>Item<th>2021",
        "<tr><th><h4>Item</h4><th><h4>2021</h4>",
        "<thead><tr><th><p><b><h4>Item</h4></b><th>2021</thead>",
    ],
)
def test_headings_in_heads_of_tables_do_not_part_its_rows(read: Read, head: str) -> None:
    text = read("a.html", f"<table>{head}<tr><th><h5>water</h5><td>12<tr><td>gas<td>15</table>").only.text
    assert text.removeprefix("Tabelle\n") == "Item | 2021\nwater | 12\ngas | 15"


def test_a_table_around_sections_is_the_layout_of_a_page(read: Read) -> None:
    data = "<table><tr><th><h2>One</h2></tr><tr><td>words</td><td><h2>Two</h2>more</td></tr></table>"
    document = read("a.html", data).only
    assert document.text == "One\n\nwords\n\nTwo\n\nmore"
    assert [heading.text for heading in document.headings] == ["One", "Two"]


def test_the_title_of_a_drawing_is_not_that_of_the_page(read: Read) -> None:
    assert read("a.html", "<body><svg><title>icon</title></svg><h1>Page</h1><p>words").only.title == "Page"
