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


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "message", "hint"),
    [
        ("POST", "/v1/search", b" " * (9 << 20), "too_large", "请求超过 8,388,608 字节", "请一次少发一些"),
        ("POST", "/v1/search", b'"\xff"', "usage", "请求在第 1 字节处不是 UTF-8", "请发送 UTF-8 编码的 JSON"),
        ("GET", "/v1/searches", b"", "not_found", "没有这个端点", "/openapi.json 列出全部端点"),
        (
            "PUT",
            "/v1/search",
            b"",
            "method_not_allowed",
            "不能使用此方法",
            "它接受 GET, POST；/openapi.json 列出全部端点",
        ),
        ("GET", "/static/no.js", b"", "not_found", "没有这个端点", "/openapi.json 列出全部端点"),
    ],
)
def test_what_the_server_itself_refuses_is_translated(
    client: httpx.Client, method: str, path: str, body: bytes, kind: str, message: str, hint: str
) -> None:
    answer = client.request(method, path, content=body, headers={**CHINESE, "Content-Type": "application/json"})
    assert answer.json()["error"] == {"type": kind, "message": message, "hint": hint}


@pytest.mark.parametrize(
    ("headers", "message"),
    [({"Host": "evil.example"}, "此服务器不以该名称提供服务"), ({"Origin": "null"}, "不允许来自该来源的网页")],
)
def test_what_is_refused_to_strangers_is_translated(
    client: httpx.Client, headers: dict[str, str], message: str
) -> None:
    assert client.get("/v1/indexes", headers={**CHINESE, **headers}).json()["error"]["message"] == message


def test_a_refusal_without_words_stays_whole(client: httpx.Client) -> None:
    answer = client.post("/v1/search", json={"query": "permit", "k": 0}, headers=CHINESE)
    assert answer.json()["error"]["message"] == "k: input should be greater than or equal to 1"
    assert answer.json()["error"]["hint"] == "/openapi.json describes every request"
    # It is too long to be looked up.
    long = client.get("/v1/search", params={"q": "permit", "index": "x" * 900}, headers=CHINESE)
    assert long.json()["error"]["message"].startswith("no index is called")


def test_other_answers_are_as_they_are(client: httpx.Client) -> None:
    ask = {"params": {"q": "permit"}}
    hits = [client.get("/v1/search", headers=wanted, **ask).json()["hits"] for wanted in ({}, CHINESE)]  # type: ignore[arg-type]
    assert hits[0] == hits[1] != []
    assert client.get("/static/nothing.js", headers=CHINESE).status_code == 404
    assert client.head("/v1/search", headers=CHINESE).status_code in (400, 405)
