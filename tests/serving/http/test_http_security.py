"""Who may come in: hosts, origins, tokens, roles, and addresses that need a token."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from server_process import ServerProcess, run_until_end, start
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from retriever.errors import UsageError
from retriever.serving.http import ServerOptions, Token, find_tokens
from retriever.serving.http.guard import Guard, find_token
from retriever.serving.http.listening import bind_locally

WRITER, READER = "w" * 32, "r" * 32
BOT = "https://bot.example"
SEARCH = {"query": "permit", "mode": "lexical"}


@pytest.fixture(scope="module")
def guarded(folder: Path) -> Iterator[ServerProcess]:
    tokens = folder / "tokens"
    tokens.write_text(f"# the bot\nread {READER}\n\n{WRITER}\n")
    tokens.chmod(0o600)
    arguments = (
        "--index",
        "town",
        "--token-file",
        "tokens",
        "--writable",
        "--allow-origin",
        BOT,
        "--allow-host",
        "Box",
    )
    with start(folder, *arguments) as running:
        yield running


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1:evil.example",
        "[127.0.0.1]evil.example",
        "[::1]evil.example",
        "[::1%25evil.example]",
        "[127.0.0.1]",
        "::1",
        "evil.example@localhost",
        "2130706433",
    ],
)
def test_a_foreign_host_is_refused(client: httpx.Client, host: str) -> None:
    answer = client.get("/v1/indexes", headers={"Host": host})
    assert (answer.status_code, answer.json()["error"]["type"]) == (421, "wrong_host")
    assert client.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "[::1]:80", "192.0.2.7"])
def test_names_of_this_machine_and_bare_addresses_are_served(client: httpx.Client, host: str) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "file://", BOT + ".evil"])
def test_pages_of_other_origins_may_not_ask(client: httpx.Client, origin: str) -> None:
    answer = client.post("/v1/search", json=SEARCH, headers={"Origin": origin})
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "wrong_origin")
    assert "access-control-allow-origin" not in answer.headers
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert client.options("/v1/search", headers=preflight).status_code == 403


def test_a_browser_tells_of_images_and_links_on_other_pages(client: httpx.Client) -> None:
    asked = "/v1/search?q=permit&mode=lexical"
    assert client.get(asked, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get(asked, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_the_page_itself_may_ask(client: httpx.Client, server: ServerProcess) -> None:
    for own in (server.url, server.url.replace("http", "https")):  # the second behind a proxy with TLS
        assert client.post("/v1/search", json=SEARCH, headers={"Origin": own}).status_code == 200


def test_pages_of_an_allowed_origin_may_ask(guarded: ServerProcess) -> None:
    headers = {
        "Origin": BOT,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    with httpx.Client(base_url=guarded.url) as client:
        preflight = client.options("/v1/search", headers=headers)
        answer = client.post("/v1/search", json=SEARCH, headers={"Origin": BOT, "Authorization": f"Bearer {READER}"})
        hosted = client.get("/health", headers={"Host": "box:80"})
    assert preflight.status_code == 200
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, BOT)
    assert "Origin" in answer.headers["vary"]
    assert hosted.status_code == 200


@pytest.mark.parametrize(
    "value", ["", "Bearer", f"Bearer {WRITER[:-1]}", f"Bearer {WRITER}x", f"Basic {WRITER}", "Bearer \xff\xfe", WRITER]
)
def test_without_the_token_nothing_of_an_index_is_given_out(guarded: ServerProcess, value: str) -> None:
    headers = [(b"Authorization", value.encode("latin-1"))] if value else []
    with httpx.Client(base_url=guarded.url) as client:
        paths = (
            "/v1/indexes",
            "/v1/search?q=x",
            "/v1/documents",
            "/metrics",
            "/v1/nothing",
            "//v1/indexes",
            "/v1/../v1",
        )
        answers = [client.get(path, headers=headers) for path in paths]
        assert [answer.status_code for answer in answers] == [401] * len(paths)
        assert all(answer.headers["www-authenticate"].startswith("Bearer") for answer in answers)
        for path in ("/", "/health", "/openapi.json"):
            assert client.get(path, headers=headers).status_code == 200


def test_a_token_reads_and_only_one_that_may_write_writes(guarded: ServerProcess) -> None:
    document = {"documents": [{"id": "faq", "text": "Rents rise in May."}]}
    with httpx.Client(base_url=guarded.url, headers={"Authorization": f"bearer  {READER}"}, timeout=60) as reader:
        assert reader.post("/v1/search", json=SEARCH).status_code == 200
        for refused in (
            reader.post("/v1/documents", json=document),
            reader.request("DELETE", "/v1/documents", json={"ids": ["faq"]}),
            reader.post("/v1/sync", json={}),
        ):
            assert (refused.status_code, refused.json()["error"]["type"]) == (403, "forbidden")


def test_a_server_only_reads_unless_it_is_told_otherwise(client: httpx.Client) -> None:
    refused = client.post("/v1/documents", json={"documents": [{"id": "faq", "text": "Rents rise."}]})
    assert (refused.status_code, refused.json()["error"]["hint"]) == (403, "start it with --writable")
    assert client.get("/v1/indexes").json()["writable"] is False


@pytest.mark.parametrize(
    ("local_socket", "address", "may_come"),
    [
        ("/run/own.socket", ("/run/own.socket", None), True),
        ("/run/own.socket", ("/run/other.socket", None), False),
        ("/run/own.socket", ("127.0.0.1", 8000), False),
        ("/run/own.socket", None, False),
        # Behind a proxy that asks at a socket, where any server may listen.
        (None, ("/run/own.socket", None), False),
        (None, None, False),
    ],
)
async def test_only_the_socket_of_the_options_needs_no_token(
    local_socket: str | None, address: tuple[str, int | None] | None, may_come: bool
) -> None:
    rights = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        rights.append(scope["state"]["may_write"])
        await Response("in")(scope, receive, send)

    guard = Guard(app, ServerOptions(tokens=(Token(WRITER),), local_socket=local_socket))

    async def reached(scope: Scope, receive: Receive, send: Send) -> None:
        await guard({**scope, "server": address}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(reached), base_url="http://localhost") as client:
        answer = await client.get("/v1/indexes")
    assert (answer.status_code, rights) == ((200, [False]) if may_come else (401, []))


@pytest.mark.parametrize(("name", "reason"), [("taken", "address already in use"), ("long" * 40, "too long")])
def test_a_socket_that_cannot_be_used_is_told(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(UsageError, match=f"cannot serve at .*{reason}") as caught, bind_locally(str(tmp_path / name)):
        pass
    assert caught.value.hint
    assert (tmp_path / "taken").is_file()


def test_every_token_is_compared_whole() -> None:
    """Each comparison goes through ``hmac.compare_digest``; none ends at the first wrong character."""
    tokens = (Token(WRITER), Token(READER, False))
    assert find_token(tokens, WRITER) == tokens[0]
    assert find_token(tokens, READER) == tokens[1]
    for wrong in ("", "w", WRITER[:-1], "\udcff", WRITER + " "):
        assert find_token(tokens, wrong) is None


TOKEN_FILES = {
    "readonly": (f"read {READER}", 0o600),
    "open": (WRITER, 0o644),
    "empty": ("# none\n", 0o600),
    "wrong": ("a b c", 0o600),
    "binary": ("é" * 20, 0o600),
}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("open", "others may read the token file"),
        ("missing", "cannot read the token file"),
        ("empty", "has no token"),
        ("wrong", "line 1 of the token file"),
        ("binary", "is not ASCII"),
        (".", "the token file"),
    ],
)
def test_a_file_of_tokens_that_is_not_safe_is_refused(tmp_path: Path, name: str, message: str) -> None:
    for file, (text, mode) in TOKEN_FILES.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        os.chmod(tmp_path / file, mode)
    with pytest.raises(UsageError, match=message) as caught:
        find_tokens(tmp_path / name, {})
    assert caught.value.hint


def test_a_byte_order_mark_before_the_tokens_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(f"read {READER}\n", encoding="utf-8-sig")
    os.chmod(tmp_path / "tokens", 0o600)
    assert find_tokens(tmp_path / "tokens", {}) == (Token(READER, False),)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"host": "0.0.0.0"}, "anybody who reaches '0.0.0.0' could read the indexes"),
        ({"host": "::"}, "anybody who reaches '::'"),
        ({"host": "search.example"}, "anybody who reaches"),
        ({"writable": True}, "every program on this machine could change"),
        (
            {"writable": True, "tokens": (Token(READER, False),)},
            "every program on this machine could change the indexes",
        ),
        ({"tokens": (Token("short"),)}, "a token must have at least 16 characters"),
        ({"tokens": (Token("with space in the middle"),)}, "ASCII characters without spaces"),
        ({"allow_origins": ("*",)}, "not an origin: '\\*'"),
        ({"allow_origins": ("https://bot.example/path",)}, "not an origin"),
        ({"allow_hosts": ("https://box",)}, "not a name of a host"),
        ({"allow_hosts": ("box:8000",)}, "not a name of a host"),
        ({"port": 70_000}, "port must be 0 to 65535"),
        ({"processes": 100_000}, "processes must be 0 to 256"),
    ],
)
def test_options_that_are_not_safe_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        ServerOptions(**options)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("arguments", "variables", "code", "message"),
    [
        (["--host", "0.0.0.0"], {}, 2, "anybody who reaches '0.0.0.0' could read the indexes"),
        (["--host", "203.0.113.1"], {"RETRIEVER_TOKEN": WRITER}, 2, "cannot serve on 203.0.113.1 port 0"),
        (["--index", "elsewhere"], {}, 3, "elsewhere"),
    ],
)
def test_what_cannot_be_served_ends_with_an_error_and_its_code(
    folder: Path, arguments: list[str], variables: dict[str, str], code: int, message: str
) -> None:
    index = [] if "--index" in arguments else ["--index", "town"]
    ended, errors = run_until_end(folder, *index, *arguments, **variables)
    assert (ended, errors.startswith("error: ")) == (code, True)
    assert message in errors
    assert "Traceback" not in errors


def test_two_indexes_of_one_name_are_refused(folder: Path) -> None:
    other = folder / "other" / "town"
    if not other.exists():
        other.parent.mkdir()
        os.symlink(folder / "indexes" / "town", other)
    code, errors = run_until_end(folder, "--index", "town", "--index", str(other))
    assert (code, "two indexes are called 'town'" in errors) == (2, True)


def test_the_environment_and_the_file_both_count(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text(f"read {READER}\nwrite {WRITER}x\n")
    path.chmod(0o600)
    found = find_tokens(path, {"RETRIEVER_TOKEN": f" {WRITER}\n"})
    assert found == (Token(WRITER), Token(READER, False), Token(WRITER + "x"))
    assert WRITER not in repr(found)
    with pytest.raises(UsageError):
        find_tokens(os.devnull, {})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_addresses_need_no_token(host: str) -> None:
    assert ServerOptions(host=host).tokens == ()


def test_the_log_has_neither_questions_nor_tokens(folder: Path) -> None:
    secret = "s3cret" * 6
    with start(folder, "--index", "town", RETRIEVER_TOKEN=secret) as server:
        headers = {"Authorization": f"Bearer {secret}", "X-Request-Id": "turn-7"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=60) as client:
            client.get("/v1/search", params={"q": "hushhush", "mode": "lexical"})
            client.post("/v1/search", json={"query": "hushhush", "where": "hushfield = 1"})
            client.get("/hushhush")
        assert server.stop() == 0
        text = server.errors.read_text()
        requests = [line for line in server.log() if line["event"] == "request"]
    assert "hush" not in text
    assert secret not in text
    assert [(line["route"], line["status"]) for line in requests] == [
        ("/v1/search", 200),
        ("/v1/search", 400),
        ("other", 404),
    ]
    assert {line["request"] for line in requests} == {"turn-7"}


def test_the_log_has_questions_if_it_is_asked_for(folder: Path) -> None:
    with start(folder, "--index", "town", "--log-questions") as server:
        httpx.post(f"{server.url}/v1/search", json={"query": "谁付钱\n{", "mode": "lexical"})
        server.stop()
        assert [line["question"] for line in server.log() if line["event"] == "request"] == ["谁付钱\n{"]
        assert json.dumps("谁付钱\n{") in server.errors.read_text()
