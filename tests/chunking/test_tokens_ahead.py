"""What is tokenised ahead, many texts in one call, gives the passages that one text at a time gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from retriever.chunking.passages import chunk
from retriever.chunking.settings import ChunkSettings
from retriever.types import Document

TEXT = "".join(
    f"第{number}章 供水\n\n" + "居民反映自来水浑浊，物业说正在修。" * (number % 7) + "\n\n" for number in range(900)
)


def tokenise(text: str) -> npt.NDArray[np.int32]:
    return np.array([(at, at + 1) for at, character in enumerate(text) if not character.isspace()], np.int32).reshape(
        -1, 2
    )


@pytest.mark.parametrize("text", ["", TEXT, "很长" * 9_000], ids=["empty", "sections", "one line"])
def test_passages_are_those_of_one_text_at_a_time(text: str) -> None:
    calls: list[int] = []

    def tokenise_many(texts: Sequence[str]) -> list[npt.NDArray[np.int32]]:
        calls.append(sum(map(len, texts)))
        return [tokenise(text) for text in texts]

    document, settings = Document("d", text), ChunkSettings(60, 90, 12)
    plain = chunk(document, token_spans=tokenise, limit=200, settings=settings)
    ahead = chunk(document, token_spans=tokenise, token_spans_of_many=tokenise_many, limit=200, settings=settings)
    assert ahead == plain
    # Nothing is asked for that need not be, and no call grows with the document.
    assert len(calls) <= 4 + len(text) // 10_000 * 2
    assert max(calls, default=0) < 80_000
