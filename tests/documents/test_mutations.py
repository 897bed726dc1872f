"""Mutated files of every format are read or refused by their readers, which never fail and never die of them.

``benchmarks/mutations.py`` runs thousands of mutations.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from invariants import check_invariants
from mutations import WORDS, mutate

from retriever.documents import IsolatedReader, ReadRequest
from retriever.documents.formats import READERS
from retriever.errors import ReadError, UnfinishedReadError

MUTATIONS = 24


@pytest.fixture(scope="module")
def files() -> Iterator[IsolatedReader]:
    with IsolatedReader() as reader:
        yield reader


def test_every_reader_has_mutations() -> None:
    named = {READERS[suffix] for suffix in WORDS}
    # Those of images are in the tests of recognition.
    assert set(READERS.values()) - {READERS[".png"]} == named


@pytest.mark.parametrize("suffix", WORDS)
def test_mutated_files_are_read_or_refused(files: IsolatedReader, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    outcomes = set()
    for seed in range(MUTATIONS):
        path.write_bytes(mutate(suffix, seed))
        try:
            for document in files.read(ReadRequest(path, path.name), report=lambda _: None):
                check_invariants(document)
                outcomes.add("read")
        except UnfinishedReadError as error:
            pytest.fail(f"mutation {seed} of {suffix}: {error}")
        except ReadError:
            outcomes.add("refused")
    assert "read" in outcomes
