"""What is wrong with a request is said in the language that it asks for."""

from __future__ import annotations

import httpx
import pytest

ENGLISH = "no index is called 'x'"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("zh-CN", "没有名为 'x' 的索引"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "没有名为 'x' 的索引"),
        ("zh;q=1", "没有名为 'x' 的索引"),
        ("zh-TW,zh;q=0.9", ENGLISH),
        ("en-GB,zh-CN;q=0.5", ENGLISH),
        ("*", ENGLISH),
        ("", ENGLISH),
    ],
)
def test_a_refusal_is_in_the_first_language_that_is_wanted(client: httpx.Client, wanted: str, message: str) -> None:
    answer = client.get("/v1/search", params={"q": "permit", "index": "x"}, headers={"Accept-Language": wanted})
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, message)
    assert answer.json()["error"]["type"] == "not_found"


CHINESE = {"Accept-Language": "zh-CN"}


def test_what_the_server_itself_refuses_is_translated(client: httpx.Client) -> None:
    answer = client.post("/v1/search", content=b" " * (9 << 20), headers=CHINESE)
    assert answer.json()["error"] == {
        "type": "too_large",
        "message": "请求超过 8,388,608 字节",
        "hint": "请一次少发一些",
    }


def test_a_refusal_without_words_stays_whole(client: httpx.Client) -> None:
    for name in ("unknown", "x" * 900):  # the second is too long to be looked up
        answer = client.post("/v1/search", json={"query": "permit", name: 1}, headers=CHINESE)
        assert answer.json()["error"]["message"].startswith("unknown field")
        assert answer.json()["error"]["hint"] == "/openapi.json describes every request"
    long = client.get("/v1/search", params={"q": "permit", "index": "x" * 900}, headers=CHINESE)
    assert long.json()["error"]["message"].startswith("no index is called")


def test_other_answers_are_as_they_are(client: httpx.Client) -> None:
    ask = {"params": {"q": "permit"}}
    hits = [client.get("/v1/search", headers=wanted, **ask).json()["hits"] for wanted in ({}, CHINESE)]  # type: ignore[arg-type]
    assert hits[0] == hits[1] != []
    assert client.get("/static/nothing.js", headers=CHINESE).status_code == 404
    assert client.head("/v1/search", headers=CHINESE).status_code in (400, 405)
