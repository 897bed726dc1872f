"""Help pages in simplified Chinese: a sentence, a paragraph or a remark of the English page, and what is shown for it.

Texts are looked up whole, with their line breaks as spaces. ``tests/cli/test_chinese_help.py`` finds those that are
missing, and those that no page has any more.
"""

from __future__ import annotations

from retriever_cli.messages.zh_help.answers import ANSWERS
from retriever_cli.messages.zh_help.contents import CONTENTS
from retriever_cli.messages.zh_help.maintenance import MAINTENANCE
from retriever_cli.messages.zh_help.page import PAGE
from retriever_cli.messages.zh_help.searching import SEARCHING
from retriever_cli.messages.zh_help.serving import SERVING

HELP = PAGE | CONTENTS | SEARCHING | ANSWERS | MAINTENANCE | SERVING
