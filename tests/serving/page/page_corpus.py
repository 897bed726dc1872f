"""The documents that the tests of the page search: a few languages, a long one, a PDF, twins, and a hostile one."""

from __future__ import annotations

import shutil
from pathlib import Path

EXAMPLES = Path(__file__).parents[3] / "examples" / "corpus"

HARBOUR = """---
team: harbour
---

# Harbour of Tallow Bay

## 1. Dredging

The dredger Morwenna clears the northern channel every March. In 2023 she lifted 41,000 cubic metres of silt, more
than in any year since the breakwater was built.

## 2. Fees

A yacht of up to ten metres pays 18 crowns a night. Fishing boats of the bay pay nothing.

## 3. Tides

🌊🌊🌊 Spring tides 𝒜 rise 6.2 metres above the chart datum, and the lock keeper closes the gates two hours before.
"""

LIBRARY = """云溪图书馆借阅规则

一、借书数量

每位读者最多可以借阅十二册图书，其中外文图书不超过四册。借期为三十天，可以续借一次。

二、逾期处理

逾期归还的，每册每天收取二角滞纳金。遗失图书的，按原价的两倍赔偿，也可以自行购买相同版本归还。

三、开放时间

周二至周日九时至二十一时开放，周一闭馆。法定节假日照常开放，除夕下午提前到十六时闭馆。
"""

WELL = """بئر القرية

حُفرت البئر القديمة في القرية عام 1912 بعمق 34 مترًا، ويشرب منها مئتا بيت.

تُغلق البئر كل يوم جمعة للصيانة، ويحفظ المفتاح عند الشيخ سالم.
"""

TWIN = """# Bakery of {place}

The bakery in {place} bakes rye bread on Tuesdays and Fridays from four in the morning, and sells what is left at half
price after six in the evening. Orders for feasts are taken until noon of the day before.
"""

# What a document may try on a page; the fields of the metadata, the title and the headings try, too.
HOSTILE = """---
title: "<script>window.owned = 'title'</script>"
"<img src=x onerror=owned=1>": "<svg onload=owned=2>"
link: "javascript:window.owned=3"
---

# <img src=x onerror="window.owned = 'heading'"> zebra stables

The zebra stables <script>window.owned = 'text'</script> stand in <b id="smuggled">Quern</b>.
[Zebra](javascript:owned=4)
<iframe srcdoc="<script>parent.owned = 5</script>"></iframe> </span></mark><style>body { display: none }</style>

Zebra \u202egnp.exe\u202c and \u2066an isolate that never ends, {{7*7}} ${7*7} <a href="//example.invalid">away</a>.
"""
HOSTILE_NAME = "<img src=x onerror=window.owned=6>\u202etxt.md"
# A plain text keeps every character of it.
HOSTILE_TEXT = """<script>window.owned = 'plain'</script> giraffe yard

The giraffe yard <img src=x onerror="window.owned = 'plain image'"> lies behind </div></article></main> the mill.
javascript:owned=7
&lt;script&gt; \u202eevil\u202c \u2066open \x1b[31mred\x1b[0m {{constructor.constructor('owned=8')()}}
"""


def write_corpus(folder: Path) -> Path:
    """Write all documents into a folder."""
    folder.mkdir(parents=True)
    files = {
        "harbour.md": HARBOUR,
        "图书馆.txt": LIBRARY,
        "well.txt": WELL,
        "bakery-a.md": TWIN.format(place="Elmsworth"),
        "bakery-b.md": TWIN.format(place="Elmsworth") + "\nClosed in August.\n",
        HOSTILE_NAME: HOSTILE,
        "yard.txt": HOSTILE_TEXT,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copy(EXAMPLES / "防汛应急预案.pdf", folder / "防汛.pdf")
    return folder


def write_chronicle(folder: Path) -> Path:
    """Write one long document, of more passages than are shown at first."""
    folder.mkdir(parents=True)
    years = [
        f"## {year}\n\nIn the year {year} the village counted {year % 97 + 120} sheep, {year % 13 + 3} wells and "
        f"{year % 31 + 40} chimneys, and the clerk wrote it down without a word about the weather.\n"
        for year in range(1500, 1580)
    ]
    (folder / "chronicle.md").write_text("# Chronicle of Oxhill\n\n" + "\n".join(years), encoding="utf-8")
    return folder
