"""Builds files of the binary formats from scratch, so that every byte of them is known."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

Placed = tuple[float, float, str]

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
STYLES = f"""<w:styles {W}>
<w:style w:type="paragraph" w:styleId="a0"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="a1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="a2"><w:name w:val="heading 2"/></w:style>
<w:style w:type="paragraph" w:styleId="own"><w:name w:val="Own"/><w:basedOn w:val="a2"/></w:style>
<w:style w:type="paragraph" w:styleId="loop"><w:name w:val="Loop"/><w:basedOn w:val="loop"/></w:style>
</w:styles>"""


def make_docx(body: str, *, core: str = "", parts: dict[str, str] | None = None) -> bytes:
    """A DOCX with this XML as its body."""
    files = {
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://x/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": STYLES,
        "docProps/core.xml": f'<p:coreProperties xmlns:p="p" xmlns:dc="dc" xmlns:dcterms="t">{core}</p:coreProperties>',
        **(parts or {}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return buffer.getvalue()


def paragraph(text: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{properties}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def make_pdf(
    pages: Sequence[Sequence[Placed]],
    *,
    title: str = "",
    encrypted: bool = False,
    annotations: Sequence[bytes] = (),
    page: bytes = b"",
) -> bytes:
    """A PDF with Latin and Chinese lines, 12 points high, at positions in points from the lower left corner.

    What stands between vertical tabs is raised and 7 points high.

    Args:
        pages: the lines of each page.
        title: the title among the properties.
        encrypted: whether it needs a password.
        annotations: the entries of annotations of the first page; those with a field type are fields of a form.
        page: further entries of every page.
    """
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    catalogue, tree = add(b""), add(b"")
    latin = add(b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>")
    descriptor = add(
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[0 -200 1000 900]/ItalicAngle 0"
        b"/Ascent 880/Descent -120/CapHeight 880/StemV 80>>"
    )
    glyphs = add(
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000/FontDescriptor %d 0 R"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>" % descriptor
    )
    chinese = add(
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H/DescendantFonts[%d 0 R]>>" % glyphs
    )
    resources = b"<</Font<</F1 %d 0 R/F2 %d 0 R>>>>" % (latin, chinese)
    notes = [add(b"<</Type/Annot %s>>" % entries) for entries in annotations]
    fields = b" ".join(b"%d 0 R" % note for note, entries in zip(notes, annotations, strict=True) if b"/FT" in entries)
    kids = []
    for lines in pages:
        stream = b"\n".join(_show(*line) for line in lines)
        content = add(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        kids.append(
            add(
                b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources %s/Annots[%s]%s>>"
                % (tree, content, resources, b" ".join(b"%d 0 R" % note for note in notes if not kids), page)
            )
        )
    form = b"/AcroForm<</Fields[%s]>>" % fields if fields else b""
    objects[catalogue - 1] = b"<</Type/Catalog/Pages %d 0 R%s>>" % (tree, form)
    objects[tree - 1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    trailer = b"/Root %d 0 R" % catalogue
    if title:
        trailer += b"/Info %d 0 R" % add(b"<</Title <feff%s>>>" % title.encode("utf-16-be").hex().encode())
    if encrypted:
        secret = add(b"<</Filter/Standard/V 1/R 2/O <%s>/U <%s>/P -4>>" % (b"11" * 32, b"22" * 32))
        trailer += b"/Encrypt %d 0 R/ID[<00><00>]" % secret
    return _file(objects, trailer)


def _show(x: float, y: float, text: str) -> bytes:
    font, encoding = (b"F1", "ascii") if text.isascii() else (b"F2", "utf-16-be")
    shown = b"".join(
        b"/%s %d Tf %d Ts <%s> Tj "
        % (font, 7 if at % 2 else 12, 4 if at % 2 else 0, part.encode(encoding).hex().encode())
        for at, part in enumerate(text.split("\v"))
    )
    return b"BT %.1f %.1f Td %sET" % (x, y, shown)


def _file(objects: list[bytes], trailer: bytes) -> bytes:
    out = b"%PDF-1.7\n"
    table = b"0000000000 65535 f \n"
    for number, body in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size = len(objects) + 1
    return out + b"xref\n0 %d\n%strailer<</Size %d%s>>\nstartxref\n%d\n%%%%EOF" % (size, table, size, trailer, len(out))
