"""What frameworks pickle, copy and save: models are loaded again where they come to, and an open index is refused."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.schema import TextNode

from retriever import EmbeddingModel, Retriever, load_model
from retriever.errors import UsageError
from retriever.integrations import haystack, langchain, llama_index

QUESTION = "Who lights the lamp?"


def warm(component: Any) -> Any:
    component.warm_up()
    return component


EMBEDDERS: dict[str, tuple[Callable[[], Any], Callable[[Any], list[float]]]] = {
    "the engine": (load_model, lambda it: it.embed_queries([QUESTION])[0].tolist()),
    "langchain": (langchain.RetrieverEmbeddings, lambda it: it.embed_query(QUESTION)),
    "llama-index": (llama_index.RetrieverEmbedding, lambda it: it.get_query_embedding(QUESTION)),
    "haystack": (lambda: warm(haystack.RetrieverTextEmbedder()), lambda it: it.run(QUESTION)["embedding"]),
}


@pytest.mark.parametrize(("make", "embed"), EMBEDDERS.values(), ids=EMBEDDERS)
def test_a_copied_embedder_embeds_and_leaves_the_first_one_whole(
    make: Callable[[], Any], embed: Callable[[Any], list[float]]
) -> None:
    first = make()
    vector = embed(first)
    for other in (pickle.loads(pickle.dumps(first)), copy.deepcopy(first), copy.copy(first)):
        assert embed(other) == vector
    assert embed(first) == vector


def test_another_process_loads_the_model_of_a_pickled_embedder(tmp_path: Path) -> None:
    embedder = llama_index.RetrieverEmbedding()
    (tmp_path / "pickled").write_bytes(pickle.dumps(embedder))
    program = "import pickle, sys; print(pickle.load(open(sys.argv[1], 'rb')).get_query_embedding(sys.argv[2]))"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "pickled"), QUESTION], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(embedder.get_query_embedding(QUESTION))


class Lengths:
    """An encoder of a program, at the top of a module, so that it can be pickled."""

    def __init__(self) -> None:
        self.description = load_model().description.__class__("lengths", dimension=2, max_tokens=100)

    def encode_queries(self, texts: list[str]) -> list[list[float]]:
        return [[len(text), 1.0] for text in texts]

    encode_passages = encode_queries


def test_a_model_of_a_program_goes_with_its_object() -> None:
    model = EmbeddingModel(Lengths())
    other = pickle.loads(pickle.dumps(model))
    assert (other.embed_queries(["a", "bcd"]) == model.embed_queries(["a", "bcd"])).all()
    assert not model.is_immediate
    assert pickle.loads(pickle.dumps(EmbeddingModel(Lengths(), checked=False))).is_immediate


def test_embedders_are_made_of_what_they_were_saved_as() -> None:
    embedding = llama_index.RetrieverEmbedding(embed_batch_size=7)
    saved = llama_index.RetrieverEmbedding.from_dict(embedding.to_dict())
    assert (saved.model_name, saved.embed_batch_size) == (embedding.model_name, 7)
    for kind in (haystack.RetrieverTextEmbedder, haystack.RetrieverDocumentEmbedder):
        component = kind("bundled")
        assert kind.from_dict(component.to_dict()).model == "bundled"


def test_an_open_index_is_refused_and_its_store_stays_whole(tmp_path: Path) -> None:
    with Retriever.open(tmp_path / "index", create=True) as index:
        store = llama_index.RetrieverVectorStore(index)
        store.add([TextNode(id_="a", text="The lamp is lit.")])
        for one in (store, langchain.RetrieverVectorStore(index), langchain.PassageRetriever(index=index)):
            with pytest.raises(UsageError, match="cannot be pickled"):
                pickle.dumps(one)
            with pytest.raises(UsageError, match="cannot be pickled"):
                copy.deepcopy(one)
        assert [node.node_id for node in store.get_nodes()] == ["a"]
