"""Whoever names the same model shares it, as long as somebody holds it; also beside threads and forks."""

from __future__ import annotations

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from forked import in_child

from retriever.models import load, loading, share
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.sharing import SharedObjects


class Thing:
    """Something to share."""


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the models that were loaded, each one made up."""
    names: list[str] = []

    def load_encoder(name: str | Path | None = None, **_: object) -> FakeEncoder:
        names.append(str(name))
        return FakeEncoder(str(name))

    monkeypatch.setattr(loading, "load_encoder", load_encoder)
    monkeypatch.setattr(loading, "_MODELS", SharedObjects())
    return names


def test_the_names_of_one_model_share_it(loads: list[str]) -> None:
    bundled = load()
    for name in ("bundled", "multilingual-e5-small", "intfloat/Multilingual-E5-Small"):
        assert load(name) is bundled
    other = load("BAAI/bge-m3")
    assert load("bge-m3") is other
    assert load("somebody/else") is not other
    assert loads == ["None", "BAAI/bge-m3", "somebody/else"]


def test_a_folder_is_shared_until_a_file_of_it_changes(loads: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "onnx").mkdir(parents=True)
    (folder / "onnx" / "model.onnx").write_bytes(b"weights")
    (tmp_path / "link").symlink_to(folder)
    first = load(folder)
    assert load(str(folder)) is load(folder / "onnx" / "..") is first
    (folder / "onnx" / "model.onnx").write_bytes(b"other weights")
    assert load(folder) is not first
    assert len(loads) == 2


def test_what_nobody_holds_is_let_go_of(loads: list[str]) -> None:
    held = weakref.ref(load())
    assert held() is None
    load()
    assert len(loads) == 2


def test_an_object_is_shared_by_all_who_hand_it_in() -> None:
    encoder, other = FakeEncoder(), FakeEncoder()
    model = share(encoder)
    assert share(encoder) is share(model) is model
    assert share(other) is not model
    held = weakref.ref(encoder)
    del encoder, model
    assert held() is None


def test_threads_that_ask_at_once_wait_for_one_load() -> None:
    shared: SharedObjects[Thing] = SharedObjects()
    together = threading.Barrier(6)
    made: list[Thing] = []

    def make() -> Thing:
        made.append(Thing())
        return made[-1]

    def ask(_: int) -> Thing:
        together.wait(30)
        return shared.get("key", make)

    with ThreadPoolExecutor(6) as pool:
        things = list(pool.map(ask, range(6)))
    assert len(made) == 1
    assert set(things) == set(made)


def test_one_slow_load_does_not_hold_up_another() -> None:
    shared: SharedObjects[Thing] = SharedObjects()
    quick_is_done = threading.Event()

    def make_slowly() -> Thing:
        assert quick_is_done.wait(30)
        return Thing()

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(shared.get, "slow", make_slowly)
        shared.get("quick", Thing)
        quick_is_done.set()
        assert slow.result(30)


def test_a_load_that_failed_is_tried_again() -> None:
    shared: SharedObjects[Thing] = SharedObjects()

    def fail() -> Thing:
        raise OSError("no network")

    with pytest.raises(OSError, match="no network"):
        shared.get("key", fail)
    assert shared.get("key", Thing)


def test_a_fork_waits_for_what_a_thread_is_loading() -> None:
    shared: SharedObjects[Thing] = SharedObjects()
    loading_now, finish = threading.Event(), threading.Event()
    made: list[Thing] = []

    def make_slowly() -> Thing:
        loading_now.set()
        assert finish.wait(60)
        made.append(Thing())
        return made[-1]

    def ask_again() -> None:
        assert shared.get("key", Thing) is made[0]

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(shared.get, "key", make_slowly)
        assert loading_now.wait(30)
        pool.submit(finish.set)
        in_child(ask_again)
        assert slow.result(30)


def test_a_child_embeds_with_the_model_of_its_parent(bundled_model: EmbeddingModel) -> None:
    before = bundled_model.embed_queries(["the lamp"])

    def embed() -> None:
        assert (bundled_model.embed_queries(["the lamp"]) == before).all()
        assert bundled_model.embed_passages(["a boat", "a quay"]).shape == (2, 384)

    in_child(embed)
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(bundled_model.embed_passages, ["word " * 100] * 8) for _ in range(4)]
        for _ in range(3):
            in_child(embed)
        for future in running:
            future.result()
