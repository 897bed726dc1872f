"""Made corpora of known topics, and maps of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from fake_encoder import FakeEncoder

from retriever import Document, Retriever

TOPICS = {
    "harbour": ["anchor", "berth", "quay", "pilot", "ferry", "tide", "mooring", "vessel", "lighthouse", "captain"],
    "orchard": ["apple", "blossom", "pruning", "cider", "grafting", "harvest", "pear", "ladder", "beehive", "petal"],
    "railway": [
        "locomotive",
        "signal",
        "timetable",
        "platform",
        "carriage",
        "conductor",
        "junction",
        "freight",
        "tunnel",
    ],
}
GRAMMAR = ["the", "of", "and", "with", "under", "after"]
CHINESE = {
    "电梯": ["加装电梯", "业主", "井道", "物业公司", "楼层"],
    "防汛": ["防汛预案", "水库", "堤坝", "抢险队伍", "降雨"],
}
LINKING = ["同时", "应当", "并且", "要求"]


def make_documents(each: int = 12) -> list[Document]:
    """Documents of the topics, ``each`` of every one; the id begins with the topic."""
    chance = random.Random(0)
    return [
        Document(f"{topic}-{number}", " ".join(_mix(chance, words, GRAMMAR, 24)).capitalize() + ".", language="en")
        for topic, words in TOPICS.items()
        for number in range(each)
    ]


def make_chinese() -> list[Document]:
    """Chinese documents of two topics, whose words stand beside each other without spaces."""
    chance = random.Random(1)
    return [
        Document(f"{topic}-{number}", "".join(_mix(chance, words, LINKING, 16)) + "。", language="zh")
        for topic, words in CHINESE.items()
        for number in range(20)
    ]


def _mix(chance: random.Random, words: Sequence[str], grammar: Sequence[str], count: int) -> list[str]:
    return [chance.choice(words) if place % 3 else chance.choice(grammar) for place in range(count)]


def make_index(folder: Path, documents: Sequence[Document]) -> Retriever:
    """An open index of documents, added one after the other by fives, as a program that runs for long does."""
    retriever = Retriever.open(folder, create=True, model=FakeEncoder())
    for start in range(0, len(documents), 5):
        retriever.add(documents[start : start + 5])
    return retriever
