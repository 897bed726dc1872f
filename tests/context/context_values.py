"""Documents, their passages as an index holds them, and hits, for the tests of contexts."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from retriever.chunking.passages import chunk
from retriever.chunking.settings import ChunkSettings
from retriever.hits import Hit
from retriever.index.identity import passage_id
from retriever.index.interface import StoredPassage
from retriever.text.sentences import split_sentences
from retriever.types import Document, StoredDocument

_TOKEN = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+|[^\w\s]")

_SENTENCES = st.sampled_from(
    [
        "第一句话。",
        "资金由业主分摊，一楼不出资。",
        "The lift costs 150,000 euros. ",
        "Who pays?",
        "短。",
        "電梯 ",
        "a b c d",
    ]
)
_BREAKS = st.sampled_from(["", "", "\n", "\n\n", "\n　　", " \n", "\r\n", "\t"])
TEXTS = st.lists(st.tuples(_SENTENCES, _BREAKS), min_size=1, max_size=14).map(
    lambda pieces: "".join(sentence + between for sentence, between in pieces)
)
DOCUMENTS = TEXTS.map(lambda text: Document("reports/a.txt", text, source="reports/a.txt"))


def token_spans(text: str) -> npt.NDArray[np.int32]:
    return np.array([match.span() for match in _TOKEN.finditer(text)], np.int32).reshape(-1, 2)


def count_words(text: str) -> int:
    return len(_TOKEN.findall(text))


def index_passages(document: Document, first: int = 0, size: int = 6) -> list[StoredPassage]:
    """The passages of a document, of about ``size`` tokens each, with refs from ``first`` on."""
    source = document.source or document.id
    key = f"/{source}#{document.id}"
    stored = StoredDocument(key, document.id, source, f"/{source}", "", "", document.title, document.language)
    passages = chunk(document, token_spans=token_spans, limit=20 * size, settings=ChunkSettings(size, 2 * size, 2))
    return [
        StoredPassage(first + at, f"{passage_id(key, passage):016x}", at, passage, stored)
        for at, passage in enumerate(passages)
    ]


def make_hit(rank: int, stored: StoredPassage, index: str = "i") -> Hit:
    """A hit whose best sentence is the last of its passage."""
    passage, document = stored.passage, stored.document
    sentences = split_sentences(passage.text)
    return Hit(
        rank=rank,
        score=1 / rank,
        id=stored.id,
        document=document.id,
        source=document.source,
        title=document.title,
        heading=passage.heading,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        line=passage.line,
        page=passage.page,
        language=passage.language,
        sentence=sentences[-1] if sentences else None,
        path=document.file,
        index=index,
    )
