"""Arguments of the wrong type are refused with a reason, wherever they come in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder

from retriever import Document, Retriever, SearchOptions, verify_index
from retriever.errors import UsageError


@pytest.fixture
def retriever(tmp_path: Path) -> Retriever:
    made = Retriever.open(tmp_path / "index", create=True, model=FakeEncoder())
    made.add([Document(id="a", text="The lamp on the pier is lit at dusk.")])
    return made


@pytest.mark.parametrize("wrong", [None, 5, [], b"/tmp/x", {}, ""])
def test_a_location_that_is_none(wrong: Any) -> None:
    with pytest.raises(UsageError):
        Retriever.open(wrong)
    with pytest.raises(UsageError):
        verify_index(wrong)


CALLS: list[Callable[[Retriever, Any], Any]] = [
    lambda retriever, wrong: retriever.search(wrong),
    lambda retriever, wrong: retriever.search("lamp", k=wrong),
    lambda retriever, wrong: retriever.search_with("lamp", wrong),
    lambda retriever, wrong: retriever.passage(wrong),
    lambda retriever, wrong: retriever.document(wrong),
    lambda retriever, wrong: retriever.forget(wrong),
    lambda retriever, wrong: retriever.sync(wrong),
    lambda retriever, wrong: retriever.sync("README.md", wait=wrong),
    lambda retriever, wrong: retriever.add(wrong),
    lambda retriever, wrong: retriever.add([wrong]),
    lambda retriever, wrong: retriever.remove(wrong),
]


@pytest.mark.parametrize("call", range(len(CALLS)))
@pytest.mark.parametrize(
    "wrong", [None, b"bytes", ["a"], {}, object()], ids=["none", "bytes", "list", "dict", "object"]
)
def test_an_argument_of_another_type(retriever: Retriever, call: int, wrong: Any) -> None:
    with pytest.raises(UsageError):
        CALLS[call](retriever, wrong)
    assert retriever.search("lamp")


@pytest.mark.parametrize("wrong", [5, b"x", ["a"]])
def test_a_filter_or_a_length_of_another_type(retriever: Retriever, wrong: Any) -> None:
    with pytest.raises(UsageError):
        retriever.remove(where=wrong)
    with pytest.raises(UsageError):
        SearchOptions(where=wrong)
    with pytest.raises(UsageError):
        retriever.add([Document(id="b", text="b")], passage_tokens="x")  # type: ignore[arg-type]


def test_a_source_that_is_no_file(retriever: Retriever) -> None:
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        retriever.sync("/dev/null")
    with pytest.raises(UsageError, match="empty"):
        retriever.sync("")
    assert retriever.sources() == ()
