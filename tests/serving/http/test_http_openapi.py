"""OpenAPI is true, and so is docs/server.md: what they permit is what is answered."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from jsonschema import validate
from server_process import FILES, build_index, start
from small_index import write

from retriever import ContextOptions, Document, Retriever, SearchOptions
from retriever.serving.http import Limits, Token, create_app, name_indexes
from retriever.serving.http.options import ServerOptions
from retriever.serving.http.schemas.requests import ContextFields, SearchFields

PAGE = (Path(__file__).parents[3] / "docs" / "server.md").read_text(encoding="utf-8")
TOKEN = "t" * 32


def test_schemathesis_finds_no_answer_that_differs_from_the_description(tmp_path: Path) -> None:
    """Valid and invalid requests for every endpoint of a server that may be written to.

    What is valid by its form may be refused for what it means, such as a filter; so this one check is left out.
    """
    build_index(tmp_path / "indexes" / "town", write(tmp_path / "docs", FILES))
    how = ["--phases", "examples,coverage,fuzzing", "--max-examples", "6", "--seed", "1", "--no-color"]
    left_out = ["--exclude-checks", "positive_data_acceptance", "--suppress-health-check", "all"]
    with start(tmp_path, "--index", "town", "--rate", "0", "--writable", RETRIEVER_TOKEN=TOKEN) as server:
        command = [sys.executable, "-m", "schemathesis.cli", "run"]
        authorised = ["-H", f"Authorization: Bearer {TOKEN}", f"{server.url}/openapi.json"]
        done = subprocess.run(
            [*command, *how, *left_out, *authorised], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"Tested: (\d+)", done.stdout)[1] == str(len(ENDPOINTS))  # type: ignore[index]
        assert [line for line in server.log() if "trace" in line] == []
        assert httpx.get(f"{server.url}/health").status_code == 200


def describe(options: ServerOptions) -> dict[str, Any]:
    """The description of a server, which reads no index."""
    with Retriever.open("an-index-that-is-not-there", create=True) as retriever:
        return create_app(name_indexes([retriever]), options).openapi()


DESCRIBED = describe(ServerOptions())
ENDPOINTS = {f"{method.upper()} {path}" for path, operations in DESCRIBED["paths"].items() for method in operations}


def test_the_page_lists_every_endpoint() -> None:
    listed = re.findall(r"^\| `((?:GET|POST|DELETE) \S+)` \|", PAGE, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) - {"GET /openapi.json", "GET /"} == ENDPOINTS


def test_values_of_every_type_are_as_described(tmp_path: Path) -> None:
    values = ["text", 7, 0.5, True, ["a", "b"]]
    with Retriever.open(tmp_path / "index", create=True) as retriever:
        retriever.add([Document("a", "A lamp.", metadata={f"field{at}": value for at, value in enumerate(values)})])
        with TestClient(create_app(name_indexes([retriever]), ServerOptions()), base_url="http://127.0.0.1") as client:
            for path in ("/v1/facets", "/v1/documents", "/v1/document?id=a", "/v1/status", "/v1/indexes"):
                answers = DESCRIBED["paths"][path.partition("?")[0]]["get"]["responses"]["200"]["content"]
                schema = answers["application/json"]["schema"] | {"components": DESCRIBED["components"]}
                validate(client.get(path).json(), schema)


def test_every_endpoint_says_what_it_does() -> None:
    for path, operations in DESCRIBED["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)


@pytest.mark.parametrize(("asked", "options"), [(SearchFields, SearchOptions), (ContextFields, ContextOptions)])
def test_requests_have_the_fields_of_the_library_with_its_defaults(asked: type, options: type) -> None:
    theirs = {field.name: field.default for field in fields(options)}
    ours = {name: field.default for name, field in asked.model_fields.items()}  # type: ignore[attr-defined]
    assert ours == theirs


def test_the_page_tells_the_limits() -> None:
    limits = Limits()
    for number in (limits.rate, limits.queue, limits.connections, limits.seconds, limits.header_seconds):
        assert f"{number:,.0f}" in PAGE
    assert f"{limits.body >> 20} MiB" in PAGE


def test_the_description_says_whether_a_token_is_needed() -> None:
    guarded = describe(ServerOptions(tokens=(Token(TOKEN),)))
    assert guarded["paths"]["/v1/search"]["post"]["security"] == [{"token": []}]
    assert "security" not in guarded["paths"]["/health"]["get"]
    assert "security" not in DESCRIBED["paths"]["/v1/search"]["post"]
