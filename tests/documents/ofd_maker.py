"""Builds OFD documents from scratch, after GB/T 33190."""

from __future__ import annotations

from archive_makers import make_zip

SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def text_object(
    text: str, x: float, y: float, *, size: float = 4.0, delta: str = "", ctm: str = "", down: str = ""
) -> str:
    """A text whose baseline begins at ``x``, ``y`` in mm from the upper left corner."""
    usual = " ".join(f"{size * (0.5 if character.isascii() else 1.0)}" for character in text[:-1])
    steps = "" if down else delta or usual
    across = f' DeltaX="{steps}"' if steps else ""
    below = f' DeltaY="{down}"' if down else ""
    turned = f' CTM="{ctm}"' if ctm else ""
    return (
        f'<ofd:TextObject Boundary="{x} {y - size} 100 {size}" Size="{size}"{turned}>'
        f'<ofd:TextCode X="0" Y="{size}"{across}{below}>{text}</ofd:TextCode></ofd:TextObject>'
    )


def page_xml(*objects: str, template: str = "") -> str:
    """The content of a page."""
    return (
        f"<ofd:Page {SPACE}>{template}<ofd:Content><ofd:Layer>{''.join(objects)}</ofd:Layer></ofd:Content></ofd:Page>"
    )


def make_ofd(
    *pages: str,
    info: str = "",
    common: str = "",
    more: str = "",
    body: str = "",
    parts: dict[str, str | bytes] | None = None,
) -> bytes:
    """An OFD document of these pages, with further elements of its parts and further parts."""
    listed = "".join(
        f'<ofd:Page ID="p{number}" BaseLoc="Pages/Page_{number}/Content.xml"/>' for number in range(len(pages))
    )
    files: dict[str, str | bytes] = {
        "OFD.xml": f"<ofd:OFD {SPACE}><ofd:DocBody><ofd:DocInfo>{info}</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml"
        f"</ofd:DocRoot>{body}</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {SPACE}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297"
        f"</ofd:PhysicalBox></ofd:PageArea>{common}</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages>{more}</ofd:Document>",
        **{f"Doc_0/Pages/Page_{number}/Content.xml": page for number, page in enumerate(pages)},
        **(parts or {}),
    }
    return make_zip(files)
