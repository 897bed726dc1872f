"""The application within another program: below a path of its own, and with a defect."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from retriever import Document, Retriever
from retriever.serving.http import Limits, ServerOptions, Token, create_app

BOT = "https://bot.example"
TOKEN = "t" * 32
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def retrievers(tmp_path: Path) -> Iterator[dict[str, Retriever]]:
    with Retriever.open(tmp_path / "town", create=True) as retriever:
        yield {"town": retriever}


def ask(app: FastAPI, *requests: tuple[str, str, Mapping[str, str]]) -> list[httpx.Response]:
    """The answers of an application to requests, each a method, a path and headers."""

    async def ask_all() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return [await client.request(method, path, headers=headers) for method, path, headers in requests]

    return asyncio.run(ask_all())


def mount(inner: FastAPI) -> FastAPI:
    app = FastAPI()
    app.mount("/find", inner)
    return app


@pytest.mark.parametrize(
    ("path", "headers", "status", "cache"),
    [
        ("/find/health", {}, 200, None),
        ("/find/openapi.json", {}, 200, None),
        ("/find/", {}, 200, "no-cache"),
        ("/find/static/main.js", {}, 200, "no-cache"),
        ("/find/", {"Sec-Fetch-Site": "cross-site"}, 200, "no-cache"),
        ("/find/v1/indexes", {}, 401, "no-store"),
        ("/find/v1/indexes", BEARER, 200, "no-store"),
        ("/find/metrics", BEARER, 200, "no-store"),
        ("/find/health/v1", {}, 401, None),
    ],
)
def test_below_a_path_of_another_application_the_same_is_open(
    retrievers: dict[str, Retriever], path: str, headers: dict[str, str], status: int, cache: str | None
) -> None:
    app = mount(create_app(retrievers, ServerOptions(tokens=(Token(TOKEN),))))
    [answer] = ask(app, ("GET", path, headers))
    assert (answer.status_code, answer.headers.get("Cache-Control")) == (status, cache)


def test_below_a_path_of_another_application_hints_are_right(retrievers: dict[str, Retriever]) -> None:
    app = mount(create_app(retrievers, ServerOptions()))
    answers = ask(app, ("POST", "/find/v1/indexes", {}), ("GET", "/find/indexes", {}), ("GET", "/find/v1/indexes/", {}))
    assert [answer.json()["error"]["hint"].partition(";")[0] for answer in answers] == [
        "it takes GET",
        "endpoints begin with /v1",
        "leave out the slash at the end",
    ]


def test_whether_the_server_answers_may_be_asked_at_any_rate(retrievers: dict[str, Retriever]) -> None:
    app = mount(create_app(retrievers, ServerOptions(limits=Limits(rate=0.1))))
    answers = ask(app, *[(method, "/find/health", {}) for method in ("GET", "HEAD") * 3])
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("processes", [0, 1])
def test_it_may_be_started_again(tmp_path: Path, processes: int) -> None:
    """As by tests that share an application."""
    with Retriever.open(tmp_path / "town", create=True) as retriever:
        retriever.add([Document("a", "The lamp is lit.")])
        app = create_app({"town": retriever}, ServerOptions(processes=processes))
        for _ in range(2):
            with TestClient(app, base_url="http://localhost") as client:
                answer = client.post("/v1/search", json={"query": "lamp", "mode": "lexical"})
                assert (answer.status_code, len(answer.json()["hits"])) == (200, 1)


def translate(language: str, texts: object) -> list[str]:
    return [f"{language}: {text}" for text in texts]  # type: ignore[attr-defined]


def test_a_defect_is_answered_like_anything_else(retrievers: dict[str, Retriever]) -> None:
    """Translated, by a request id, and for the page of an allowed origin; of the error itself nothing is told."""
    app = create_app(retrievers, ServerOptions(allow_origins=(BOT,), localise=translate))

    @app.get("/v1/defect")
    async def fail() -> None:
        raise ZeroDivisionError("secret")

    [answer] = ask(app, ("GET", "/v1/defect", {"Origin": BOT, "Accept-Language": "xy", "X-Request-Id": "seven"}))
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "internal")
    assert answer.json()["error"]["message"] == "xy: internal error"
    assert (answer.headers["X-Request-Id"], answer.headers["Access-Control-Allow-Origin"]) == ("seven", BOT)
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_of_an_allowed_origin_learns_that_it_asked_too_often(retrievers: dict[str, Retriever]) -> None:
    app = create_app(retrievers, ServerOptions(allow_origins=(BOT,), limits=Limits(rate=0.1)))
    first, second = ask(app, *[("GET", "/v1/indexes", {"Origin": BOT})] * 2)
    assert (first.status_code, second.status_code) == (200, 429)
    assert second.headers["Access-Control-Allow-Origin"] == BOT
    assert "Retry-After" in second.headers["Access-Control-Expose-Headers"]
