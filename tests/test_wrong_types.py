"""Arguments of the wrong type are refused with a reason, wherever they come in: every one of every public callable.

The signatures say what there is, so that an argument that is added without its wrong values fails here.
"""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder

import retriever as api
from retriever import ContextOptions, Document, Retriever, RetrieverGroup, SearchOptions
from retriever.errors import RetrieverError, UsageError

NONE = [None]
NO_TEXT = [5, b"bytes", ["a"], {}, object()]
NO_PATH = [5, b"/tmp/x", ["a"], {}, object(), ""]
NO_FLAG = ["x", 1, 0, [], object()]
NO_COUNT = ["5", 1.5, -1, True, float("nan"), [5], object()]
NO_SECONDS = [None, "5", -1, float("nan"), True, [], object()]
NO_FUNCTION = [5, "print", [], True]
NO_LIST = [None, 5, "text", b"bytes", {}, object()]
NO_CHOICE = [None, 5, "other", b"hybrid", ["hybrid"], {}, object()]
NO_MODEL = [5, b"bytes", ["a"], {}, object()]

SEARCH: dict[str, list[Any]] = {
    "k": [*NONE, 0, *NO_COUNT],
    "mode": NO_CHOICE,
    "context": NONE + NO_COUNT,
    "rerank": NO_COUNT,
    "duplicates": NO_CHOICE,
    "where": NO_TEXT,
    "min_score": [*NONE, "0.5", True, -0.1, 1.1, float("nan"), [], object()],
    "diverse": NONE + NO_FLAG,
    "max_per_document": [0, *NO_COUNT],
    "explain": NONE + NO_FLAG,
}
ASKED: dict[str, list[Any]] = {"queries": [*NO_LIST, [5], [None], ["lamp", ""]]}
CONTEXT: dict[str, list[Any]] = {
    "max_tokens": [None, 0, *NO_COUNT],
    "order": NO_CHOICE,
    "tokenizer": [5, [], {}, object()],
    "min_score": ["0.5", True, -0.1, 1.1, float("nan"), [], object()],
    "mode": NO_CHOICE,
    "where": NO_TEXT,
}
HISTORY = {"history": [*NO_LIST, [5], [None], [{"role": 5}]]}
NO_CONTEXT = [None, 5, "text", b"bytes", {}, object(), [5], [{"text": "without a number", "number": "1"}]]
READ: dict[str, list[Any]] = {"encoding": [*NO_TEXT, "no such encoding", ""], "max_file_size": [0, *NO_COUNT]}
BUILT: dict[str, list[Any]] = {"passage_tokens": [0, *NO_COUNT], "token_vectors": NO_FLAG}
WAIT = {"wait": NO_SECONDS}
PROGRESS = {"on_progress": NO_FUNCTION}

# What is passed instead is refused: by callable, then by parameter.
WRONG: dict[str, dict[str, list[Any]]] = {
    "Retriever.open": {
        "location": [None, *NO_PATH, "\ud800\0"], "create": NONE + NO_FLAG, "model": [*NO_MODEL, "no such model\0"],
        "reranker": NO_MODEL,
    },
    "Retriever.sync": {
        "sources": [None, *NO_PATH], "rebuild": NONE + NO_FLAG, "prune": NONE + NO_FLAG, "checksum": NONE + NO_FLAG,
        "dry_run": NONE + NO_FLAG, "follow": NONE + NO_FLAG, "allow_empty": NONE + NO_FLAG,
        "wait_for": [*NONE, "nothing", 5], "workers": [*NO_TEXT, "nowhere"], **READ, **BUILT, **WAIT, **PROGRESS,
    },
    "Retriever.watch": {
        "sources": [None, *NO_PATH], "stop": [5, "x", []], "on_error": NO_FUNCTION, "follow": NONE + NO_FLAG,
        "allow_empty": NONE + NO_FLAG, **READ,
    },
    "Retriever.forget": {"sources": [None, *NO_PATH], **WAIT},
    "Retriever.add": {"documents": [*NO_LIST, [5], ["a"], [None], Document("a", "a")], **BUILT, **WAIT, **PROGRESS},
    "Retriever.remove": {"ids": NONE + NO_TEXT, "where": NO_TEXT, **WAIT},
    "Retriever.search": {"query": NONE + NO_TEXT, **SEARCH},
    "Retriever.search_with": {"query": NONE + NO_TEXT, "options": [None, {}, 5, "x"]},
    "Retriever.search_many": {**ASKED, **SEARCH},
    "Retriever.search_many_with": {**ASKED, "options": [None, {}, 5, "x"]},
    "Retriever.context": {"question": NONE + NO_TEXT, **CONTEXT, **HISTORY},
    "Retriever.context_with": {"question": NONE + NO_TEXT, "options": [None, {}, 5, "x"], **HISTORY},
    "Retriever.check_citations": {"answer": NONE + NO_TEXT, "context": NO_CONTEXT},
    "Retriever.citation_checker": {"context": NO_CONTEXT},
    "Retriever.score": {"query": NONE + NO_TEXT, "texts": [*NO_LIST, [5], [None]], **PROGRESS},
    "Retriever.passage": {"id": NONE + NO_TEXT, "context": NONE + NO_COUNT},
    "Retriever.document": {"id": NONE + NO_TEXT, "source": NO_TEXT},
    "Retriever.read_file": {"id": NONE + NO_TEXT, "source": NO_TEXT},
    "Retriever.facets": {"most": [None, 0, *NO_COUNT], "sample": [0, *NO_COUNT]},
    "Retriever.read_documents": {"ids": NONE + NO_TEXT, "where": NO_TEXT},
    "Retriever.map": {
        "question": NO_TEXT, "clusters": [0, *NO_COUNT], "limit": [0, None, *NO_COUNT],
        **{name: SEARCH[name] for name in ("k", "mode", "where")},
    },
    "Retriever.warm": {**PROGRESS, "search": NONE + NO_FLAG},
    "Retriever.verify": {"deep": NONE + NO_FLAG},
    "Retriever.sources": {},
    "Retriever.status": {},
    "Retriever.documents": {},
    "Retriever.close": {},
    "RetrieverGroup": {"retrievers": [None, 5, "index", [], [5], ["index"]]},
    "RetrieverPool": {
        "retrievers": [None, 5, "index", [], [5], ["index"]], "processes": [0, *NO_COUNT],
        "seconds": [0, *NO_SECONDS[1:]], "on_replaced": NO_FUNCTION,
    },
    "AsyncRetriever": {
        "retriever": [None, 5, "index", object()], "threads": [0, *NO_COUNT], "pool": [5, "index", object()],
    },
    "SearchOptions": SEARCH,
    "ContextOptions": CONTEXT,
    "CitationChecker": {"context": NO_CONTEXT, "model": NO_MODEL, "baseline": []},
    "read_member": {"source": [*NONE, *NO_TEXT, "a.txt"], "path": [*NONE, *NO_TEXT, "", "a\0b"]},
    "check_citations": {"answer": NONE + NO_TEXT, "context": NO_CONTEXT, "model": NO_MODEL},
    "EmbeddingModel": {"encoder": NONE + NO_MODEL, "checked": NONE + NO_FLAG, "cache_bytes": NONE + NO_COUNT},
    "compact_index": {"path": NONE + NO_PATH, "keep": [0, None, *NO_COUNT], **WAIT},
    "rollback_index": {"path": NONE + NO_PATH, "generation": NO_COUNT, **WAIT},
    "repair_index": {"path": NONE + NO_PATH, **WAIT},
    "index_history": {"path": NONE + NO_PATH},
    "delete_index": {"location": NONE + NO_PATH, **WAIT},
    "verify_index": {"location": NONE + NO_PATH, "deep": NONE + NO_FLAG},
    "export_index": {
        "location": NONE + NO_PATH, "file": NONE + NO_PATH, "format": NO_CHOICE[1:], "vectors": NONE + NO_FLAG,
        "overwrite": NONE + NO_FLAG,
    },
    "copy_index": {
        "source": NONE + NO_PATH, "target": NONE + NO_PATH, "update": NONE + NO_FLAG, **PROGRESS,
    },
    "import_index": {"location": NONE + NO_PATH, "file": NONE + NO_PATH, "model": NO_MODEL},
    "export_model": {"folder": NONE + NO_PATH, **PROGRESS},
    "load_model": {"model": [*NO_MODEL, "no such model\0"]},
    "load_tokenizer": {"name": NONE + NO_TEXT},
    "prepare_model": PROGRESS,
    "list_models": {},
    "read_queries": {"path": NONE + NO_PATH, "qrels": NO_PATH},
    "evaluate": {
        "index": [None, 5, "index", object()], "queries": [None, 5, "queries", [], object()],
        "measures": [*NO_LIST, [5], [None], ["no such measure"]], "name": NONE + NO_TEXT, "depth": [None, 0, *NO_COUNT],
        **{name: SEARCH[name] for name in ("k", "mode", "rerank", "duplicates", "where")}, **PROGRESS,
    },
    "compare": {"first": [None, 5, "first", object()], "second": [None, 5, object()]},
}  # fmt: skip

# What the library makes or describes, and a user only reads; and what a user implements.
MADE = {
    "AddReport",
    "Answerability",
    "Aside",
    "BatchEncoder",
    "CitationReport",
    "CitedDocument",
    "CitedPassage",
    "Claim",
    "Context",
    "CompactReport",
    "CopyReport",
    "DeleteReport",
    "Comparison",
    "Contribution",
    "CorpusMap",
    "Duplicate",
    "Duplicates",
    "Encoder",
    "Estimate",
    "Evaluation",
    "Excerpt",
    "Facet",
    "FacetValue",
    "Failure",
    "FileChange",
    "FirstHit",
    "Generation",
    "Hit",
    "IndexStatistics",
    "IndexedDocument",
    "IndexingEncoder",
    "MapCluster",
    "MapLink",
    "MapPoint",
    "LIKELY",
    "Mode",
    "ModelInfo",
    "Neighbour",
    "Notice",
    "OriginalFile",
    "PassageEncoder",
    "Place",
    "Problem",
    "Progress",
    "QuestionResult",
    "RemoveReport",
    "RepairReport",
    "Reranker",
    "RetrieverError",
    "ScoreBin",
    "SearchResponse",
    "SkippedSource",
    "Source",
    "SourceStatistics",
    "Span",
    "UNLIKELY",
    "WaitFor",
    "Support",
    "ThresholdRates",
    "SyncReport",
    "TokenEncoder",
    "Tokenizer",
    "TransferReport",
    "__version__",
}
# Values that a user makes; they are checked by what takes them (``add``, the model, ``evaluate``).
VALUES = {"Document", "Heading", "ModelDescription", "TokenVectors", "QuerySet", "Question", "Relevant", "Turn"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a text, and the index of a document."""
    made = tmp_path_factory.mktemp("wrong types")
    (made / "a.txt").write_text("The lamp on the pier is lit at dusk.")
    (made / "questions.jsonl").write_text('{"id": "1", "query": "lamp", "documents": ["a"]}\n')
    with Retriever.open(made / "index", create=True, model=FakeEncoder()) as retriever:
        retriever.add([Document("a", "The lamp on the pier is lit at dusk.")])
    return made


@pytest.fixture(scope="module")
def retriever(folder: Path) -> Iterator[Retriever]:
    with Retriever.open(folder / "index", model=FakeEncoder()) as opened:
        yield opened


def right(folder: Path, retriever: Retriever) -> dict[str, Any]:
    """A right value for each parameter that has no default."""
    index = str(folder / "index")
    queries = api.read_queries(folder / "questions.jsonl")
    return {
        "location": index, "path": index, "file": folder / "exported.jsonl", "folder": folder / "model",
        "documents": [], "query": "lamp", "options": SearchOptions(), "id": "a", "encoder": FakeEncoder(),
        "retrievers": [retriever], "question": "lamp", "answer": "It is lit.", "context": ["It is lit."],
        "texts": ["lit"],
        "retriever": retriever, "Retriever.search_many": {"queries": ["lamp"]},
        "Retriever.search_many_with": {"queries": ["lamp"], "options": SearchOptions()},
        "Retriever.context_with": {"question": "lamp", "options": ContextOptions()},
        "index": retriever, "queries": queries, "first": api.evaluate(retriever, queries), "second": None,
        "Retriever.sync": [str(folder / "a.txt")], "Retriever.watch": [str(folder / "a.txt")],
        "Retriever.forget": [str(folder / "a.txt")], "Retriever.remove": ["a"],
        "copy_index": {"source": index, "target": str(folder / "copy")},
        "read_queries": {"path": folder / "questions.jsonl"}, "load_tokenizer": {"name": "o200k_base"},
        "read_member": {"source": "a.zip!b.txt", "path": str(folder / "a.zip")},
    }  # fmt: skip


def find_callable(name: str, retriever: Retriever) -> Callable[..., Any]:
    owner, _, method = name.partition(".")
    if not method:
        found: Callable[..., Any] = getattr(api, owner)
        return found
    return getattr(Retriever if method == "open" else retriever, method)  # type: ignore[no-any-return]


def parameters(name: str) -> list[str]:
    owner, _, method = name.partition(".")
    target = getattr(getattr(api, owner), method) if method else getattr(api, owner)
    return [one for one in inspect.signature(target).parameters if one != "self"]


CASES = [(name, parameter) for name, wrong in WRONG.items() for parameter in wrong]


def test_every_public_callable_and_each_of_its_parameters_has_a_case() -> None:
    methods = {f"Retriever.{name}" for name, _ in inspect.getmembers(Retriever, callable) if not name.startswith("_")}
    assert {*WRONG} == methods | (set(api.__all__) - MADE - VALUES - {"Retriever"})
    assert {name: sorted(wrong) for name, wrong in WRONG.items()} == {name: sorted(parameters(name)) for name in WRONG}


@pytest.mark.parametrize(("name", "parameter"), CASES, ids=[f"{name}({parameter})" for name, parameter in CASES])
def test_an_argument_of_another_type(
    folder: Path, retriever: Retriever, name: str, parameter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    values = right(folder, retriever)
    signature = inspect.signature(find_callable(name, retriever))
    several = next((one.name for one in signature.parameters.values() if one.kind is one.VAR_POSITIONAL), "")
    needed = {
        one.name: values.get(name, {}).get(one.name) if isinstance(values.get(name), dict) else values[one.name]
        for one in signature.parameters.values()
        if one.default is one.empty and one.name != several
    }
    for wrong in WRONG[name][parameter]:
        arguments = needed if parameter == several else {**needed, parameter: wrong}
        positional = [wrong] if parameter == several else values.get(name, []) if several else []
        # FilterError is a UsageError, too; a model that is not there is not of a wrong type.
        expected = RetrieverError if isinstance(wrong, str) and parameter == "model" else UsageError
        try:
            done = find_callable(name, retriever)(*positional, **arguments)
            pytest.fail(f"{parameter}={wrong!r} was taken: {next(done) if name == 'Retriever.watch' else done!r}")
        except expected as error:
            refused = error
        except Exception as error:
            pytest.fail(f"{parameter}={wrong!r}: {error!r}")
        assert str(refused), wrong
        assert "\n" not in str(refused)
        assert refused.hint, f"no advice: {refused}"
        assert str(refused)[:1] not in ("'", "<"), "no bare value"
    assert [one.document for one in retriever.documents()] == ["a"]
    assert not (folder / "exported.jsonl").exists()


def test_a_source_that_is_no_file(retriever: Retriever) -> None:
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        retriever.sync("/dev/null")
    with pytest.raises(UsageError, match="empty"):
        retriever.sync("")
    assert retriever.sources() == ()


@pytest.mark.parametrize("send", [pickle.dumps, copy.copy, copy.deepcopy])
def test_an_open_index_is_not_sent_to_other_processes(retriever: Retriever, send: Callable[[object], object]) -> None:
    for opened in (retriever, RetrieverGroup([retriever])):
        with pytest.raises(UsageError, match="pickled"):
            send(opened)
    assert [one.document for one in retriever.documents()] == ["a"]


def test_the_fields_of_a_document_are_told_apart_by_name() -> None:
    assert Document("a", "the text").text == "the text"
    with pytest.raises(TypeError):
        Document("a", "the text", "the source")  # type: ignore[misc]
