"""Two small indexes, and a server over both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp_kit import Session, command, connect
from small_index import write

from retriever import Document, Retriever

FERRIES = {
    "ferries.md": (
        "# Ferry report\n\n## Fares\n\nA crossing to Calder Island costs 14 pounds for adults from May 2024.\n\n"
        "## Timetable\n\nThe last boat leaves Port Anders at 21:40, and on Sundays at 19:15.\n\n"
        "## Staff\n\nThe harbour office employs 37 people under Maud Ferrow.\n"
    ),
    "防汛.txt": "防汛值班安排\n\n汛期每天安排两名干部值班，电话为 5521 0907。\n\n水位超过 31.5 米时开闸泄洪。\n",
}
GARDENS = {"gardens.md": "# Gardens\n\n## Roses\n\nThe rose garden at Wexholm opens on 3 June at nine.\n"}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mcp")


@pytest.fixture(scope="session")
def ferries(folder: Path) -> Path:
    """An index of two files and a document of a program."""
    with Retriever.open(folder / "ferries", create=True) as retriever:
        retriever.sync(write(folder / "reports", FERRIES))
        note = "The ferry Osprey is being repaired until 8 August 2024."
        retriever.add([Document(id="note/1", text=note, title="Osprey", metadata={"year": 2024})])
    return folder / "ferries"


@pytest.fixture(scope="session")
def gardens(folder: Path) -> Path:
    with Retriever.open(folder / "gardens", create=True) as retriever:
        retriever.sync(write(folder / "parks", GARDENS))
    return folder / "gardens"


@pytest.fixture(scope="session")
def session(ferries: Path, gardens: Path) -> Iterator[Session]:
    """A client of a server over both indexes, shared by all tests that only read."""
    with connect(command([ferries, gardens])) as session:
        yield session
