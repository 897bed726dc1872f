"""A few files in several languages and what asks their index."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fake_encoder import FakeEncoder
from small_index import ask

from retriever.hits import Hit
from retriever.index.local.index import LocalIndex
from retriever.types import Mode

FILES = {
    "harbour.md": "# The harbour\n\n"
    "Boats longer than nine metres need a permit.\n\n"
    "The permit is given out on Mondays before noon, in the harbour office.\n\n"
    "At low tide the north quay is closed to all boats.\n\n"
    "The fee for a berth is forty crowns a month.\n",
    "market.txt": "The market\n\nFish is sold from six o'clock. The stalls for fish stand by the quay.\n",
    **{f"copies/{number}.txt": "The lamp on the pier is lit at dusk." for number in range(6)},
    "图书馆.txt": "县图书馆周末延长开放时间。\n\n借书证办理须持身份证，押金一百元，退证时退还。\n\n阅览室不得饮食。\n",
    "規則.txt": "圖書館之規則\n\n借閱期限為三十日，逾期每日罰款五角。\n",
    "編号.txt": "部品番号はＡＢＣ－１２３、保管場所はカナガワ倉庫です。\n",
    "отчёт.txt": "Паром ходит дважды в день. Билет стоит девять рублей.\n",
}


@dataclass(frozen=True)
class Library:
    """The files, their index, and a way to ask it."""

    folder: Path
    index: LocalIndex
    encoder: FakeEncoder

    def ask(
        self, query: str, k: int = 10, mode: Mode = "hybrid", context: int = 0, rerank: int | None = None
    ) -> list[Hit]:
        return ask(self.index, self.encoder, query, k, mode, context, rerank)
