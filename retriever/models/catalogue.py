"""The models Retriever knows by name: what each needs in order to be used right, and when to choose it.

A model that is not listed works as well if its folder says what it needs. Nothing is loaded or fetched here.
"""

from __future__ import annotations

from typing import Literal

from retriever.frozen import dataclass
from retriever.models.interface import Pooling

Source = Literal["bundled", "hub", "hub, exported to ONNX"]

_BUNDLED_OWNER = "intfloat"
_INSTRUCTION = "Instruct: Given a web search query, retrieve relevant passages that answer the query\n"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model of the catalogue.

    ``max_tokens`` counts prefix and special tokens; ``size_mb`` is the size of its weights as published, of the
    bundled one as prepared, roughly; ``source`` is how it is obtained; ``note`` says when to choose it.
    """

    name: str
    dimension: int
    max_tokens: int
    query_prefix: str
    passage_prefix: str
    pooling: Pooling
    languages: str
    licence: str
    size_mb: int
    source: Source
    note: str


BUNDLED = ModelInfo(
    "multilingual-e5-small", 384, 512, "query: ", "passage: ", "mean", "about 100", "MIT", 121, "bundled",
    "The default: small, quick on any CPU, no download. Choose another only where quality on your texts asks for it.",
)  # fmt: skip

CATALOGUE: tuple[ModelInfo, ...] = (
    BUNDLED,
    ModelInfo(
        "intfloat/multilingual-e5-base", 768, 512, "query: ", "passage: ", "mean", "about 100", "MIT", 1110, "hub",
        "A step up from the bundled model at a quarter of its speed; same prefixes, same habits.",
    ),
    ModelInfo(
        "intfloat/multilingual-e5-large", 1024, 512, "query: ", "passage: ", "mean", "about 100", "MIT", 2240, "hub",
        "The largest of the family; slow without a GPU.",
    ),
    ModelInfo(
        "intfloat/multilingual-e5-large-instruct", 1024, 512, _INSTRUCTION + "Query: ", "", "mean",
        "about 100", "MIT", 1120, "hub",
        "Takes an instruction with each question; strong across languages.",
    ),
    ModelInfo(
        "BAAI/bge-m3", 1024, 8192, "", "", "cls", "more than 100", "MIT", 2270, "hub",
        "Long passages and strong Chinese; slow without a GPU.",
    ),
    ModelInfo(
        "BAAI/bge-small-zh-v1.5", 512, 512, "为这个句子生成表示以用于检索相关文章：", "", "cls",
        "Chinese", "MIT", 96, "hub",
        "Chinese only, as small as the bundled model; no question in another language will find anything.",
    ),
    ModelInfo(
        "BAAI/bge-large-zh-v1.5", 1024, 512, "为这个句子生成表示以用于检索相关文章：", "", "cls",
        "Chinese", "MIT", 1300, "hub",
        "Chinese only, for a corpus and questions that are all Chinese.",
    ),
    ModelInfo(
        "Alibaba-NLP/gte-multilingual-base", 768, 8192, "", "", "cls", "more than 70", "Apache-2.0", 611,
        "hub, exported to ONNX",
        "Long passages at moderate size. Its folder runs code of its own, so use an ONNX export of it.",
    ),
    ModelInfo(
        "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", 384, 128, "", "", "mean",
        "more than 50", "Apache-2.0", 471, "hub",
        "For likeness between sentences, not for questions; passages are cut at 128 tokens.",
    ),
    ModelInfo(
        "sentence-transformers/LaBSE", 768, 256, "", "", "cls", "109", "Apache-2.0", 1880, "hub",
        "For finding translations of a sentence; weaker at questions.",
    ),
    ModelInfo(
        "Snowflake/snowflake-arctic-embed-l-v2.0", 1024, 8192, "query: ", "", "cls", "more than 70",
        "Apache-2.0", 2270, "hub",
        "Strong retrieval, best in English and European languages; vectors stand being shortened.",
    ),
    ModelInfo(
        "jinaai/jina-embeddings-v3", 1024, 8192, "Represent the query for retrieving evidence documents: ",
        "Represent the document for retrieval: ", "mean", "about 90", "CC-BY-NC-4.0", 1140, "hub, exported to ONNX",
        "Not for commercial use. Its folder runs code of its own, so use an ONNX export with the retrieval adapters.",
    ),
    ModelInfo(
        "Qwen/Qwen3-Embedding-0.6B", 1024, 32768, _INSTRUCTION + "Query:", "", "last", "more than 100",
        "Apache-2.0", 1190, "hub",
        "The strongest here for its size, above all in Chinese; a decoder, so slow without a GPU.",
    ),
    ModelInfo(
        "google/embeddinggemma-300m", 768, 2048, "task: search result | query: ", "title: none | text: ", "mean",
        "more than 100", "Gemma", 1210, "hub",
        "Good quality below half a billion weights; its licence has to be accepted on the hub.",
    ),
    ModelInfo(
        "ibm-granite/granite-embedding-97m-multilingual-r2", 384, 32768, "", "", "cls", "more than 200, 52 well",
        "Apache-2.0", 195, "hub",
        "As small as the bundled model, newer, and takes long passages; the first to try where quality falls short.",
    ),
)  # fmt: skip


def list_models() -> list[ModelInfo]:
    """The models known by name, the bundled one first."""
    return list(CATALOGUE)


def find_model(name: str) -> ModelInfo | None:
    """The entry for a name with or without its owner, whatever its case; None for a model that is not listed."""
    owner, _, short = name.lower().rpartition("/")
    for entry in CATALOGUE:
        known_owner, _, known_short = entry.name.lower().rpartition("/")
        if short == known_short and owner in ("", known_owner or _BUNDLED_OWNER):
            return entry
    return None
