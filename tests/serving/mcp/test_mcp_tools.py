"""The tools, called by the SDK's client over standard input and output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mcp import MCPError
from mcp_kit import Session, command, connect, text_of

from retriever import Document, Retriever
from retriever.serving.mcp.budget import count_json_tokens, count_tokens

QUESTION = "when does the last boat leave?"


def test_the_server_says_who_it_is_and_how_to_use_it(session: Session) -> None:
    assert session.client.server_info.name == "retriever"
    instructions = session.client.instructions or ""
    assert all(name in instructions for name in ("search(", "context(", "open_passage(", "ferries", "gardens"))


def test_every_tool_only_reads_and_describes_its_arguments(session: Session) -> None:
    tools = session.ask("list_tools").tools
    assert [tool.name for tool in tools] == ["search", "context", "open_passage", "list_documents", "status"]
    for tool in tools:
        assert tool.annotations.read_only_hint
        assert tool.output_schema["type"] == "object"
        assert all(value["description"] for value in tool.input_schema["properties"].values())
        assert all("type" in value for value in tool.input_schema["properties"].values())


def test_a_search_gives_the_hits_as_text_and_as_the_values_of_the_api(session: Session, ferries: Path) -> None:
    result = session.call("search", query=QUESTION, index="ferries", k=3)
    with Retriever.open(ferries) as retriever:
        expected = retriever.search(QUESTION, k=3)
    assert not result.is_error
    hits = result.structured_content["hits"]
    for hit, found in zip(hits, expected, strict=True):
        same = {key: value for key, value in found.to_dict().items() if key not in ("index", "score", "scores")}
        assert same.items() <= hit.items()
        assert hit["score"] == pytest.approx(found.score, abs=1e-4)
        assert hit["index"] == "ferries"
    text = text_of(result)
    assert "21:40" in text
    assert all(f"[{hit.rank}] {hit.citation}" in text and f"id {hit.id}" in text for hit in expected)


def test_a_title_that_is_the_first_heading_is_told_once(session: Session) -> None:
    [hit] = session.call("search", query=QUESTION, index="ferries", k=1).structured_content["hits"]
    assert hit["title"] == hit["heading"][0] == "Ferry report"
    for tool, argument in (("search", {"query": QUESTION}), ("open_passage", {"id": hit["id"]})):
        text = text_of(session.call(tool, index="ferries", **argument))
        assert " · Ferry report · " in text, tool
        assert "Ferry report › Ferry report" not in text, tool
    note = text_of(session.call("search", query="what is being repaired?", index="ferries", k=1))
    assert " · Osprey · " in note


def test_all_indexes_are_searched_unless_one_is_named(session: Session) -> None:
    both = session.call("search", query="when does the rose garden open?")
    assert both.structured_content["index"] == "ferries, gardens"
    assert {hit["index"] for hit in both.structured_content["hits"]} == {"ferries", "gardens"}
    assert "index gardens" in text_of(both)
    one = session.call("search", query="when does the rose garden open?", index="ferries")
    assert {hit["index"] for hit in one.structured_content["hits"]} == {"ferries"}


def test_of_several_indexes_one_may_be_made_later(ferries: Path, tmp_path: Path) -> None:
    with connect(command([ferries, tmp_path / "later"])) as session:
        failed = session.call("search", query=QUESTION, mode="lexical")
        assert failed.is_error
        assert text_of(failed).endswith("hint: each index can be asked by its name as index: ferries, later")
        assert not session.call("search", query=QUESTION, mode="lexical", index="ferries").is_error
        with Retriever.open(tmp_path / "later", create=True) as retriever:
            retriever.add([Document("a", "The last boat is blue.")])
        found = session.call("search", query=QUESTION, mode="lexical")
    assert {hit["index"] for hit in found.structured_content["hits"]} == {"ferries", "later"}


def test_a_search_that_nothing_answers_says_so(session: Session) -> None:
    assert "nothing here seems to answer" in text_of(session.call("search", query="who won the chess championship?"))
    nothing = session.call("search", query="zzyzx", mode="lexical")
    assert "nothing found" in text_of(nothing)
    assert nothing.structured_content["hits"] == []


def test_a_passage_is_opened_with_its_neighbours(session: Session) -> None:
    [hit] = session.call("search", query=QUESTION, k=1).structured_content["hits"]
    opened = session.call("open_passage", id=hit["id"], context=5)
    values = opened.structured_content
    assert (values["text"], values["index"], values["citation"]) == (hit["text"], "ferries", hit["citation"])
    assert all(item["text"] in text_of(opened) for item in (*values["before"], *values["after"]))
    for side in ("previous", "next"):
        if values[side]:
            assert session.call("open_passage", id=values[side], context=0).structured_content["id"] == values[side]


def test_a_passage_of_a_document_of_a_program_is_opened(session: Session) -> None:
    hits = session.call("search", query="Osprey repaired", where="year = 2024").structured_content["hits"]
    assert [hit["document"] for hit in hits] == ["note/1"]
    assert "8 August" in text_of(session.call("open_passage", id=hits[0]["id"]))


def test_documents_are_listed_in_pages(session: Session) -> None:
    every = session.call("list_documents").structured_content
    assert (every["total"], every["next"], len(every["documents"])) == (4, None, 4)
    names, first = [], 0
    while first is not None:
        page = session.call("list_documents", limit=3, first=first).structured_content
        names += [item["document"] for item in page["documents"]]
        first = page["next"]
    assert names == [item["document"] for item in every["documents"]]
    chinese = session.call("list_documents", language="zh").structured_content["documents"]
    assert [Path(item["document"]).name for item in chinese] == ["防汛.txt"]
    assert session.call("list_documents", matching="OSPREY").structured_content["total"] == 1


def test_the_status_names_each_index(session: Session) -> None:
    session.call("search", query=QUESTION)
    status = session.call("status")
    assert [item["name"] for item in status.structured_content["indexes"]] == ["ferries", "gardens"]
    assert "index ferries: 3 documents" in text_of(status)
    assert status.structured_content["ready"] is True


@pytest.mark.parametrize(
    ("tool", "arguments", "message", "hint"),
    [
        ("search", {}, "missing argument 'query'", "search takes"),
        ("search", {"query": "x", "k": 51}, "invalid value 51 for k: ", "search takes"),
        ("search", {"query": "x", "colour": 1}, "unknown argument 'colour'", "search takes"),
        ("search", {"query": "x" * 20_000}, "invalid value 'xxx", "search takes"),
        ("search", {"query": "???"}, "no words", "hint: "),
        ("search", {"query": "boat", "where": "year >> 3"}, "(at character 7 of the filter)", "hint: "),
        ("search", {"query": "boat", "index": "../../etc"}, "there is no index '../../etc'", "ferries, gardens"),
        ("open_passage", {"id": "nothing"}, "no passage has the id 'nothing'", "changed"),
        ("list_documents", {"first": -1}, "invalid value -1 for first", "list_documents takes"),
        ("status", {"index": "none"}, "there is no index 'none'", "ferries, gardens"),
    ],
)
def test_a_wrong_call_is_an_error_that_says_what_to_do(
    session: Session, tool: str, arguments: dict[str, object], message: str, hint: str
) -> None:
    result = session.call(tool, **arguments)
    assert result.is_error
    text = text_of(result)
    assert text.startswith("error: ")
    assert message in text
    assert hint in text
    assert len(text) < 1000


def test_an_unknown_tool_is_an_error_of_the_protocol(session: Session) -> None:
    with pytest.raises(MCPError, match="unknown tool 'delete_everything'; the tools are search"):
        session.call("delete_everything")


def test_what_models_send_is_understood(session: Session) -> None:
    result = session.call("search", query=QUESTION, k="2", index=None, where=None)
    assert len(result.structured_content["hits"]) == 2


@pytest.mark.parametrize("budget", [500, 700, 4000])
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("search", {"query": QUESTION, "k": 50}),
        ("context", {"question": QUESTION, "history": ["x " * 2000]}),
        ("list_documents", {}),
        ("status", {}),
    ],
)
def test_no_result_exceeds_its_budget(session: Session, tool: str, arguments: dict[str, object], budget: int) -> None:
    result = session.call(tool, **arguments, max_tokens=budget)
    assert count_tokens(text_of(result)) <= budget
    assert count_json_tokens(result.structured_content) <= budget
    assert json.dumps(result.structured_content)


def test_the_context_is_that_of_the_api(session: Session, ferries: Path) -> None:
    result = session.call("context", question=QUESTION, index="ferries")
    values = result.structured_content
    with Retriever.open(ferries) as retriever:
        expected = retriever.context(QUESTION, values["max_tokens"], tokenizer=count_tokens)
    assert values["answerable"] is True
    assert [excerpt["citation"] for excerpt in values["excerpts"]] == [item.citation for item in expected.excerpts]
    assert text_of(result).endswith(expected.text)
    assert "[1] " in text_of(result)
    [first, *_] = values["excerpts"]
    opened = session.call("open_passage", id=first["passages"][0])
    assert opened.structured_content["text"] in first["text"] or first["text"] in opened.structured_content["text"]


def test_a_context_that_nothing_answers_says_so(session: Session) -> None:
    result = session.call("context", question="who won the chess championship?")
    assert (result.structured_content["answerable"], result.structured_content["excerpts"]) == (False, [])
    assert text_of(result).startswith("Nothing in the documents answers this.")


def test_a_follow_up_takes_its_history_as_a_list_or_as_json(session: Session) -> None:
    history = ["What does a crossing to Calder Island cost?"]
    for given in (history, json.dumps(history)):
        result = session.call("context", question="And the last boat?", history=given)
        assert not result.is_error
    assert session.call("context", question="x", history="not a list").is_error
