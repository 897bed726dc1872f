"""The same corpus gives the same ranking, scores included, whatever way its index came about (invariant 8)."""

from __future__ import annotations

import shutil
import tempfile
from itertools import permutations
from pathlib import Path
from unittest import mock

from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library import FILES
from small_index import ask, create_index, sync_index, write

from retriever.hits import Hit
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits

NAMES = tuple(f"{name}.txt" for name in ("a", "b", "c", "sub/d", "sub/e"))
TEXTS = (
    "The lamp on the pier is lit at dusk.",
    "Boats need a permit.\n\nThe permit is given out on Mondays.\n\nThe quay is closed at low tide.",
    "The market opens at six. Fish is sold by the quay.\n\nThe lamp is put out at six.",
    "图书馆周末开放。\n\n借书证押金一百元。",
    "圖書館週末開放。 The library opens on Saturdays.",
)
QUESTIONS = ("When is the lamp lit?", "permit for the quay", "图书馆开放时间")
put = st.tuples(st.just("put"), st.sampled_from(NAMES), st.sampled_from(TEXTS))
delete = st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just(""))
move = st.tuples(st.just("move"), st.sampled_from(NAMES), st.sampled_from(NAMES))
sync = st.tuples(st.just("sync"), st.just(""), st.just(""))
histories = st.lists(put | put | delete | move | sync, min_size=1, max_size=14)


def apply(folder: Path, step: tuple[str, str, str]) -> None:
    what, name, other = step
    path = folder / name
    if what == "put":
        write(folder, {name: other})
    elif what == "delete":
        path.unlink(missing_ok=True)
    elif what == "move" and path.exists() and other != name:
        (folder / other).parent.mkdir(exist_ok=True)
        path.replace(folder / other)


def answers(index: LocalIndex, encoder: FakeEncoder) -> list[list[Hit]]:
    return [ask(index, encoder, question, k=50, context=1) for question in QUESTIONS] + [
        ask(index, encoder, question, k=3, mode=mode) for question in QUESTIONS for mode in ("dense", "lexical")
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories)
def test_the_history_of_updates_leaves_no_trace(history: list[tuple[str, str, str]]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch("retriever.index.files.durable.os.fsync"),
    ):
        root = Path(folder)
        docs, encoder = root / "docs", FakeEncoder()
        docs.mkdir()
        index = LocalIndex.create(root / "index", limits=Limits(tier_factor=2, smallest_tier=2))
        sync_index(index, encoder, docs, allow_empty=True)
        for step in history:
            apply(docs, step)
            if step[0] == "sync":
                sync_index(index, encoder, docs, allow_empty=True)
        sync_index(index, encoder, docs, allow_empty=True)
        assert answers(index, encoder) == answers(create_index(root / "fresh", encoder, docs), encoder)


def test_the_order_of_sources_does_not_matter(tmp_path: Path, encoder: FakeEncoder) -> None:
    docs = write(tmp_path / "docs", FILES)
    parts = [docs / "harbour.md", docs / "copies", docs / "市场", docs]
    write(docs, {"市场/market.txt": TEXTS[2]})
    expected = answers(create_index(tmp_path / "index", encoder, docs), encoder)
    for number, order in enumerate(permutations(parts)):
        if number % 5 == 0:
            assert answers(create_index(tmp_path / f"index{number}", encoder, *order), encoder) == expected


def test_one_source_after_the_other_is_as_all_at_once(tmp_path: Path, encoder: FakeEncoder) -> None:
    docs = write(tmp_path / "docs", FILES)
    index = LocalIndex.create(tmp_path / "index")
    for path in sorted(docs.rglob("*.*"), reverse=True):
        sync_index(index, encoder, path)
    whole = create_index(tmp_path / "whole", encoder, docs)
    assert answers(index, encoder) == answers(whole, encoder)


def test_a_rebuilt_index_and_a_copied_one_answer_alike(tmp_path: Path, encoder: FakeEncoder) -> None:
    docs = write(tmp_path / "docs", FILES)
    index = create_index(tmp_path / "index", encoder, docs)
    expected = answers(index, encoder)
    shutil.copytree(index.path, tmp_path / "copy")
    assert answers(LocalIndex.open(tmp_path / "copy"), encoder) == expected
    sync_index(index, encoder, docs, rebuild=True)
    assert answers(index, encoder) == expected
