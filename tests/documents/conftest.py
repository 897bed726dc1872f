"""A fixture that writes a file and reads it, with everything that is reported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from invariants import check_invariants

from retriever.documents import read_file
from retriever.reports import Notice, SkippedSource
from retriever.types import DEFAULT_MAX_FILE_SIZE, Document


@dataclass
class ChangedFileReader:
    documents: list[Document] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    skipped: list[SkippedSource] = field(default_factory=list)

    def report(self, item: Notice | SkippedSource) -> None:
        if isinstance(item, Notice):
            assert item.source
            self.notices.append(item.message)
        else:
            self.skipped.append(item)

    @property
    def only(self) -> Document:
        assert len(self.documents) == 1
        return self.documents[0]


Read = Callable[..., ChangedFileReader]


@pytest.fixture(scope="package", autouse=True)
def _fresh_readers(fresh_readers: None) -> None:
    """Here the process that reads is what is tested."""


@pytest.fixture(scope="module", autouse=True)
def without_recognition(request: pytest.FixtureRequest) -> Iterator[None]:
    """Pages without text are not recognised but where that is tested: it takes a second each."""
    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent.name != "ocr":
            patch.setitem(sys.modules, "rapidocr", None)
        yield


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write ``data`` to a file of this name and read it with the source ``docs/NAME``."""

    def run(
        name: str,
        data: bytes | str,
        *,
        encoding: str | None = None,
        max_file_size: int | None = DEFAULT_MAX_FILE_SIZE,
    ) -> ChangedFileReader:
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        reading = ChangedFileReader()
        stream = read_file(
            path, source=f"docs/{name}", report=reading.report, encoding=encoding, max_file_size=max_file_size
        )
        for document in stream:
            check_invariants(document)
            reading.documents.append(document)
        return reading

    return run
