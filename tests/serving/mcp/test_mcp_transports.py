"""Every tool and resource over both transports, by the official SDK's client: an agent's work from end to end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp_kit import Session, command, connect, text_of
from test_mcp_http import serving

from retriever.serving.mcp.budget import count_json_tokens, count_tokens


@pytest.fixture(scope="module", params=["stdio, legacy", "stdio, auto", "http, legacy", "http, auto"])
def agent(request: pytest.FixtureRequest, ferries: Path) -> Iterator[Session]:
    """A client of one transport, by the handshake of older clients or by that of the newest."""
    transport, mode = request.param.split(", ")
    if transport == "stdio":
        with connect(command([ferries]), mode=mode) as session:
            yield session
    else:
        url = request.getfixturevalue("url")
        with connect(url, mode=mode) as session:
            yield session


@pytest.fixture(scope="module")
def url(ferries: Path) -> Iterator[str]:
    with serving(ferries) as url:
        yield url


def test_an_agent_finds_its_way(agent: Session) -> None:
    assert "context(question)" in (agent.client.instructions or "")
    tools = [tool.name for tool in agent.ask("list_tools").tools]
    assert tools == ["search", "context", "open_passage", "list_documents", "status"]

    status = agent.call("status").structured_content
    assert status["indexes"][0]["documents"] == 3
    documents = agent.call("list_documents", limit=2).structured_content
    assert (documents["total"], documents["next"]) == (3, 2)

    found = agent.call("search", query="when does the last boat leave?", k=1, max_tokens=600)
    [hit] = found.structured_content["hits"]
    assert "21:40" in text_of(found)
    assert max(count_tokens(text_of(found)), count_json_tokens(found.structured_content)) <= 600
    opened = agent.call("open_passage", id=hit["id"], context=1)
    assert opened.structured_content["citation"] == hit["citation"]

    wrong = agent.call("search", query="boat", where="year >> 3")
    assert wrong.is_error
    assert "hint: " in text_of(wrong)


def test_a_follow_up_comes_with_its_history(agent: Session) -> None:
    history = ["When does the last boat leave Port Anders?"]
    followed = agent.call("context", question="And on Sundays?", history=history)
    assert "on Sundays at 19:15" in text_of(followed)


def test_documents_and_passages_are_resources(agent: Session) -> None:
    listed = agent.ask("list_resources").resources
    assert len(listed) == 3
    [ferries] = [item for item in listed if item.title == "Ferry report"]
    [content] = agent.ask("read_resource", str(ferries.uri)).contents
    assert "The last boat leaves Port Anders at 21:40" in content.text
    templates = {item.name: item.uri_template for item in agent.ask("list_resource_templates").resource_templates}
    [hit] = agent.call("search", query="last boat", k=1).structured_content["hits"]
    uri = templates["passage"].replace("{index}", "ferries").replace("{?id}", f"?id={hit['id']}")
    [passage] = agent.ask("read_resource", uri).contents
    assert hit["text"] in passage.text
