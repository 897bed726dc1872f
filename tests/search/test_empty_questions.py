"""Questions that say nothing: particles, the same word again and again, noise, and pages about something else."""

from __future__ import annotations

import base64
import random

import pytest
from example_index import ExampleIndex

from retriever import LIKELY, Document, Retriever

NOISE = random.Random(3)
NOTHING = {
    "one letter many times": "a" * 3000,
    "one letter many times before a word": "A" * 500 + " 电梯",
    "one ideogram many times": "哈" * 300,
    "one word many times": "budget " * 100,
    "a particle many times": "the " * 50,
    "a number many times": "12345 " * 100,
    "a symbol many times": "🙂" * 200,
    "keys": "asdfghjkl " * 60,
    "random letters": "".join(NOISE.choices("abcdefghijklmnopqrstuvwxyz ", k=600)),
    "base64": base64.b64encode(NOISE.randbytes(450)).decode(),
    "a particle": "的",
    "a particle in Japanese": "の",
    "an article": "the",
    "a letter": "a",
    "a letter with dots": "...a...",
    "a quoted particle": "“的”",
    "particles": "the of",
    "only stop words": "how is it",
    "only stop words in Chinese": "的了是",
    "only stop words in Russian": "что это",
}
PAGES = {
    "placeholder text": "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt. "
    * 8,
    "a page about something else": (
        "Growers choose seed potatoes with a few eyes each and set them in ridges once frost is past. Rows are hilled "
        "twice so that light never reaches the tubers, which would turn green and bitter. Blight spreads in wet "
        "weather; airy spacing and resistant strains help most. When leaves yellow, the crop is lifted with a fork on "
        "a dry day, left for an hour, sorted, and stored dark and cool. Floury kinds are mashed or fried, waxy kinds "
        "boiled for salads. In the Andes thousands of kinds are kept, frozen on cold nights, trodden to press out the "
        "water, and dried in the sun. Sailors carried them abroad, where they were first grown as curiosities. A pan "
        "of water, a little salt, twenty minutes: that is all a boiled potato needs. Butter and chives suit it. What "
        "is left over is sliced and browned the next morning with onions, and eaten with an egg on top."
    ),
}
WORDS = [
    "防汛",
    "电梯",
    "budget",
    "Cold Fen",
    "水",
    "人",
    "市",
    "工作",
    "vertedero",
    "津波",
    "тариф",
    "21.8",
    "C++",
    "第一条",
]


@pytest.mark.parametrize("question", NOTHING.values(), ids=NOTHING)
def test_a_question_that_says_nothing_is_not_answered(examples: ExampleIndex, question: str) -> None:
    assert examples.retriever.search(question, 1)[0].score < LIKELY
    context = examples.retriever.context(question, 500)
    assert not context.answerable
    assert context.score < LIKELY


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_about_something_else_is_rarely_answered(examples: ExampleIndex, page: str) -> None:
    # Both were above 0.75 by their length alone.
    assert examples.retriever.search(page, 1)[0].score < 0.6


@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_stands_in_the_corpus_is_found(examples: ExampleIndex, word: str) -> None:
    [hit] = examples.retriever.search(word, 1)
    assert hit.score > 0.98 or word not in hit.text
    assert examples.retriever.context(word, 500).answerable or word not in hit.text


@pytest.mark.parametrize("word", ["21.8", "budget", "电梯"])
def test_no_word_is_common_in_a_tiny_corpus(tmp_path: object, word: str) -> None:
    with Retriever.open(f"{tmp_path}/tiny", create=True) as tiny:
        tiny.add([Document("a", "The budget is 21.8 million. 电梯"), Document("b", "Trains leave at noon.")])
        assert tiny.search(word, 1)[0].score > 0.6
