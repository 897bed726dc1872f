"""Contexts, checks of answers, and original files over HTTP are those of the library."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from server_process import build_index, start
from small_index import write

from retriever import Document, Retriever
from retriever.errors import NotFoundError
from retriever.serving.http.failures import DeadlineError
from retriever.serving.http.options import ServerOptions
from retriever.serving.http.state import ServerState
from retriever.serving.http.workers import Workers

QUESTION = "What does a permit for a long boat cost?"


def test_a_context_is_that_of_the_library(client: httpx.Client, folder: Path) -> None:
    body = {"question": QUESTION, "max_tokens": 300, "order": "document", "history": ["Who keeps the harbour?"]}
    answer = client.post("/v1/context", json=body).json()
    with Retriever.open(folder / "indexes" / "town") as retriever:
        context = retriever.context(QUESTION, 300, order="document", history=["Who keeps the harbour?"])
    assert answer["answerable"] is context.answerable is True
    assert [item["text"] for item in answer["excerpts"]] == [excerpt.text for excerpt in context.excerpts]
    assert (answer["tokens"], answer["query"]) == (context.tokens, context.query)
    assert {answer["index"], *(item["index"] for item in answer["excerpts"])} == {"town"}
    assert [turn["role"] for turn in answer["messages"]] == [turn["role"] for turn in context.messages()]


def test_a_request_cannot_make_the_server_fetch_a_vocabulary(client: httpx.Client) -> None:
    for path, body in (("context", {"question": QUESTION}), ("check", {"question": QUESTION, "answer": "It is so."})):
        answer = client.post(f"/v1/{path}", json={**body, "tokenizer": "o200k_base"})
        assert (answer.status_code, answer.json()["error"]["hint"]) == (400, "leave it out")


def test_a_tokenizer_that_the_server_was_started_with_counts(folder: Path, tmp_path: Path) -> None:
    """An encoding of bytes, which tiktoken finds where packages put theirs."""
    module = tmp_path / "tiktoken_ext" / "harbour.py"
    module.parent.mkdir()
    module.write_text(
        "RANKS = {bytes([byte]): byte for byte in range(256)}\n"
        "ENCODING_CONSTRUCTORS = {'harbour': lambda: {'name': 'harbour', 'pat_str': r'\\S+|\\s+',"
        " 'mergeable_ranks': RANKS, 'special_tokens': {}}}\n"
    )
    with start(folder, "--index", "town", "--tokenizer", "harbour", PYTHONPATH=str(tmp_path)) as server:
        body = {"question": QUESTION, "max_tokens": 400, "tokenizer": "harbour"}
        answer = httpx.post(f"{server.url}/v1/context", json=body, timeout=60).json()
        assert answer["answerable"]
        assert 0 < answer["tokens"] == len(answer["text"].encode())
        other = httpx.post(f"{server.url}/v1/context", json={**body, "tokenizer": "gpt2"})
        assert other.json()["error"]["hint"] == "leave it out, or name one of harbour"


def test_an_answer_is_checked_against_the_context_that_was_given_out(client: httpx.Client) -> None:
    context = client.post("/v1/context", json={"question": QUESTION}).json()
    right = client.post("/v1/check", json={"answer": "A permit costs forty crowns a year [1].", "context": context})
    wrong = client.post("/v1/check", json={"answer": "A permit costs 95 crowns a year [1].", "question": QUESTION})
    assert (right.json()["unsupported"], wrong.json()["unsupported"]) == (0, 1)
    bare = {"answer": "A permit costs forty crowns.", "context": ["A permit costs forty crowns."]}
    assert client.post("/v1/check", json=bare).json()["supported"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {"answer": "It is so."},
        {"answer": "It is so.", "context": [], "question": "Is it?"},
        {"answer": "It is so.", "context": [{"number": "1", "text": "x"}]},
        {"answer": "It is so.", "context": {}},
    ],
)
def test_a_check_without_one_context_is_refused(client: httpx.Client, body: dict[str, Any]) -> None:
    assert client.post("/v1/check", json=body).status_code == 400


@pytest.mark.parametrize(
    "context", [["x"] * 1001, ["x" * 500_001], [{"number": 1, "text": "x", "title": "x" * 500_001}]]
)
def test_more_than_any_context_has_is_not_checked(client: httpx.Client, context: list[Any]) -> None:
    answer = client.post("/v1/check", json={"answer": "It is so.", "context": context})
    assert answer.status_code == 400
    assert "at most 1,000 excerpts" in answer.json()["error"]["message"]


def test_work_in_steps_ends_when_nobody_waits_for_it() -> None:
    ended = threading.Event()

    def work(go_on: Callable[[], None]) -> dict[str, Any]:
        try:
            while True:
                go_on()
        finally:
            ended.set()

    async def ask() -> None:
        workers = Workers(1, 0, 0.05)
        state = ServerState(cast(Any, None), workers, ServerOptions(), workers, cast(Any, None))
        with pytest.raises(DeadlineError):
            await state.answer_by_steps(work)
        assert await asyncio.to_thread(ended.wait, 20)
        state.close()

    asyncio.run(ask())


def test_a_history_of_another_form_is_refused(client: httpx.Client) -> None:
    for turn in (7, {"role": "user"}, {"role": "user", "content": "x", "more": 1}, ["x"]):
        assert client.post("/v1/context", json={"question": QUESTION, "history": [turn]}).status_code == 400


PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
    b"4 0 obj<</Length 71>>stream\nBT /F 12 Tf 10 50 Td (The ferry leaves the north quay at seven.) Tj ET\nendstream\n"
    b"endobj 5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n"
)


def test_a_file_is_given_out_as_long_as_it_is_what_was_indexed(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", {"page.html": "<p>The lamp on the pier is lit at dusk.<script>alert(1)</script>"})
    write(docs, {"rows.jsonl": '{"id": "a", "text": "The fee is ten."}\n{"id": "b", "text": "The tax is two."}\n'})
    (docs / "时刻表.pdf").write_bytes(PDF)
    build_index(tmp_path / "indexes" / "port", docs)
    with Retriever.open(tmp_path / "indexes" / "port") as retriever:
        ids = {os.path.basename(document.path or ""): document.document for document in retriever.documents()}
        retriever.add([Document("faq", "Rents rise in May.")])
        for row in ("a", "b"):  # the rows of a file share it
            assert retriever.read_file(row).data == (docs / "rows.jsonl").read_bytes()
        with pytest.raises(NotFoundError, match="a program added it"):
            retriever.read_file("faq")
    with start(tmp_path, "--index", "port") as server, httpx.Client(base_url=server.url, timeout=60) as client:

        def read(name: str) -> httpx.Response:
            return client.get("/v1/document/file", params={"id": ids[name]})

        shown, saved = read("时刻表.pdf"), read("page.html")
        assert (shown.content, shown.headers["Content-Type"]) == (PDF, "application/pdf")
        assert shown.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''%E6%97%B6")
        # Markup of a document never runs as a page of the server.
        assert (saved.content, saved.headers["Content-Type"]) == (
            (docs / "page.html").read_bytes(),
            "application/octet-stream",
        )
        assert saved.headers["Content-Disposition"].startswith("attachment")
        assert saved.headers["X-Content-Type-Options"] == "nosniff"
        (docs / "page.html").write_text("<p>Something that the index does not know.")
        assert read("page.html").status_code == 404
        (docs / "page.html").unlink()
        os.mkfifo(docs / "page.html")  # opening it must not wait for a writer
        assert read("page.html").status_code == 404
        assert read("时刻表.pdf").status_code == 200
