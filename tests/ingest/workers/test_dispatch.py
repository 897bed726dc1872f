"""Tasks on a cluster of threads: what they give, in which order, however they end, and how often."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import paragraph, run_sync, write

from retriever.errors import ModelError, UsageError
from retriever.index.cache.store import EmbeddingCache
from retriever.index.local.index import LocalIndex
from retriever.ingest import sync as sync_module
from retriever.ingest import words_first
from retriever.ingest.embed import CachedEmbedder
from retriever.ingest.options import SyncOptions
from retriever.ingest.workers import open_workers
from retriever.ingest.workers.dispatch import PART, DispatchingEmbedder
from retriever.ingest.workers.task import Embedded, Embedder, LocalEmbedder, Task, embed
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.loading import OBJECT
from retriever.models.scoring.token_forms import choose_codec
from retriever.types import Passage


class Threads:
    """A cluster of threads with a model each, which begin in no order; ``done`` has what they did."""

    def __init__(self, slots: int = 3) -> None:
        self.slots = slots
        self.submitted: list[Task] = []
        self.done: list[Task] = []
        self._pool = ThreadPoolExecutor(slots)
        self._models = [EmbeddingModel(FakeEncoder()) for _ in range(slots)]

    def submit(self, task: Task) -> Future[Embedded]:
        self.submitted.append(task)
        return self._pool.submit(self._run, task)

    def wait(self, handle: Future[Embedded]) -> Embedded:
        return handle.result()

    def _run(self, task: Task) -> Embedded:
        result = embed(random.choice(self._models), task)
        self.done.append(task)
        return result


def passages(count: int, language: str = "en") -> list[Passage]:
    texts = [paragraph(number) for number in range(count)]
    return [Passage(text, 0, len(text), (), 1, 1, language, 9) for text in texts]


def texts_of(tasks: Sequence[Task]) -> list[str]:
    return sorted(text for task in tasks for text in task.texts)


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("titles", [True, False])
def test_what_a_cluster_embeds_is_what_one_process_does(announced: bool, titles: bool, tmp_path: Path) -> None:
    model = EmbeddingModel(FakeEncoder())
    codec = choose_codec(model)
    items = passages(3 * PART + 5)
    texts = [f"title {item.text}" if titles and not number % 7 else item.text for number, item in enumerate(items)]
    cluster = Threads()
    found = []
    for name, workers in (("one", None), ("many", DispatchingEmbedder(cluster))):
        embedder = CachedEmbedder(model, EmbeddingCache(tmp_path / name), workers=workers)
        if announced:
            embedder.announce(texts, items, codec)
        vectors, tokens = embedder.embed_with_tokens(texts, items, codec)
        found.append((vectors.tobytes(), tokens, embedder.embedded, embedder.reused))
        assert embedder.embed_with_tokens(texts, items, codec)[1] == tokens
    assert found[0] == found[1]
    both = [task for task in cluster.submitted if task.vectors and task.codec]
    assert len(texts_of(both)) == sum(text == item.text for text, item in zip(texts, items, strict=True))
    assert all(len(task.texts) <= PART for task in cluster.submitted)


def test_what_was_announced_is_done_once_and_found_again() -> None:
    cluster = Threads()
    workers = DispatchingEmbedder(cluster)
    model = EmbeddingModel(FakeEncoder())
    first, second = (tuple(paragraph(number) for number in range(start, start + 50)) for start in (0, 30))
    for texts in (first, second):
        workers.announce(Task(texts, ("",) * len(texts)))
    assert texts_of(cluster.submitted) == sorted({*first, *second})
    for texts in (second, tuple(text for text in first if text not in second)):
        task = Task(texts, ("",) * len(texts))
        assert workers.run(task).vectors.tobytes() == LocalEmbedder(model).run(task).vectors.tobytes()
    assert texts_of(cluster.submitted) == sorted({*first, *second})


def test_what_is_never_asked_for_is_forgotten() -> None:
    workers = DispatchingEmbedder(Threads(slots=1))
    for number in range(100):
        workers.announce(Task((paragraph(number),), ("",)))
    assert len(workers._parts) == len(workers._places) <= 16
    task = Task((paragraph(0),), ("",))
    assert len(workers.run(task).vectors) == 1


def test_a_failure_of_a_worker_reaches_the_caller() -> None:
    class Failing(FakeEncoder):
        def encode_passages(self, texts: Sequence[str]) -> object:  # type: ignore[override]
            raise OSError("no memory")

    cluster = Threads(slots=1)
    cluster._models = [EmbeddingModel(Failing())]
    with pytest.raises(ModelError, match="no memory"):
        DispatchingEmbedder(cluster).run(Task(("a",), ("",)))


def test_a_sync_with_workers_makes_the_same_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_module, "FEW", 8)
    for name in ("FIRST", "SECONDS", "TIMES_COMMIT"):
        monkeypatch.setattr(words_first, name, 0)
    monkeypatch.setattr("retriever.ingest.additions.GROUP", 16)
    files = {f"{number}.txt": f"{paragraph(number)}\n\n{paragraph(2 * number)}" for number in range(16)}
    docs, cluster, found = write(tmp_path / "docs", files), Threads(), []

    @contextmanager
    def use_threads(address: str | None, *_: object) -> Iterator[Embedder | None]:
        yield DispatchingEmbedder(cluster) if address else None

    monkeypatch.setattr(sync_module, "open_workers", use_threads)
    for workers in (None, "ray:auto"):
        index = LocalIndex.create(tmp_path / f"with {workers}")
        report = run_sync(index, FakeEncoder(), docs, options=SyncOptions(workers=workers))
        with index.reading() as snapshot:
            added = sorted(snapshot.additions(), key=lambda addition: addition.document.key)
        found.append([(one.document.key, one.vectors.tobytes(), tuple(one.tokens)) for one in added])
        assert report.pending == 0
    assert found[0] == found[1]
    texts = texts_of([task for task in cluster.done if task.vectors])
    assert len(texts) == len(set(texts)) == report.embedded


def test_unknown_clusters_and_models_without_a_name_are_refused() -> None:
    model = EmbeddingModel(FakeEncoder())
    for address in ("", "somewhere", "ray:", "ray://", "http://head:10001", "ray:remote"):
        with pytest.raises(UsageError, match="unknown workers"), open_workers(address, "fake", model):
            pass
    with pytest.raises(UsageError, match="is an object"), open_workers("ray:local", f"{OBJECT}fake", model):
        pass
    with open_workers(None, f"{OBJECT}fake", model) as workers:
        assert workers is None
