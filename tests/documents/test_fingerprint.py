"""What decides how files are read: a library that comes, goes or changes while the process lives."""

from __future__ import annotations

import importlib
import shutil
from importlib import metadata
from pathlib import Path

import pytest

from retriever.documents import fingerprint
from retriever.documents.fingerprint import reading_fingerprint


def test_libraries_come_and_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(fingerprint, "_list_requirements", lambda: ["read-nothing"])

    def install(version: str, more: str = "") -> str:
        folder = tmp_path / f"read_nothing-{version}.dist-info"
        folder.mkdir()
        described = f"Metadata-Version: 2.1\nName: read-nothing\nVersion: {version}\nSummary: none\n\n{more}"
        (folder / "METADATA").write_text(described, encoding="utf-8")
        importlib.invalidate_caches()
        try:
            return reading_fingerprint()
        finally:
            shutil.rmtree(folder)
            importlib.invalidate_caches()

    without = reading_fingerprint()
    first, second = install("1.0"), install("1.0.1")
    assert len({without, first, second}) == 3
    assert install("1.0", "Version: 2.0 reads more.\n") == first
    assert reading_fingerprint() == without


def test_a_version_is_what_python_says_it_is() -> None:
    names = [name for name in fingerprint._list_requirements() if fingerprint._find_version(name) != "none"]
    assert len(names) > 10
    assert [fingerprint._find_version(name) for name in names] == [metadata.version(name) for name in names]
