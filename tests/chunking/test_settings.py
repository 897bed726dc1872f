import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.errors import UsageError

TRAIL = ("一、下半年重点任务", "（二）抓好城市更新")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (ChunkSettings(), "改造小区。"),
        (ChunkSettings(embed_heading=True), "一、下半年重点任务\n（二）抓好城市更新\n改造小区。"),
        (
            ChunkSettings(embed_heading=True, embed_title=True),
            "讲话\n一、下半年重点任务\n（二）抓好城市更新\n改造小区。",
        ),
        (ChunkSettings(embed_heading=True, context=10), "一、下半年\n（二）抓好\n改造小区。"),
        (ChunkSettings(embed_heading=True, context=0), "改造小区。"),
    ],
)
def test_context(settings: ChunkSettings, expected: str) -> None:
    assert embedding_text("讲话", TRAIL, "改造小区。", settings) == expected


def test_a_heading_in_the_text_is_not_repeated() -> None:
    text = "（二）抓好城市更新。改造小区。"
    assert embedding_text("", TRAIL, text, ChunkSettings(embed_heading=True)) == f"{TRAIL[0]}\n{text}"


@given(trail=st.lists(st.text(max_size=60), max_size=5), context=st.integers(0, 100))
def test_the_context_stays_within_its_length(trail: list[str], context: int) -> None:
    embedded = embedding_text("", trail, "\0", ChunkSettings(embed_heading=True, context=context))
    assert embedded.endswith("\0")
    assert sum(map(len, embedded[:-1].split("\n"))) <= context


@pytest.mark.parametrize("sizes", [(10, 5, 1), (10, 20, 11), (0, 0, 0)])
def test_invalid_sizes_are_refused(sizes: tuple[int, int, int]) -> None:
    with pytest.raises(UsageError):
        ChunkSettings(*sizes)


def test_every_setting_is_in_the_fingerprint() -> None:
    variants = [
        ChunkSettings(),
        ChunkSettings(target=100),
        ChunkSettings(maximum=200),
        ChunkSettings(minimum=30),
        ChunkSettings(embed_heading=True),
        ChunkSettings(embed_title=True),
        ChunkSettings(context=10),
    ]
    assert len({settings.fingerprint for settings in variants}) == len(variants)
