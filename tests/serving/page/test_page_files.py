"""The files of the page: all there, small, and from here."""

from __future__ import annotations

import re

import pytest

from retriever.serving.http.page import FOLDER

MODULES = sorted(path.name for path in (FOLDER / "static").glob("*.js"))
INDEX = (FOLDER / "index.html").read_text(encoding="utf-8")


def test_every_file_is_loaded_at_once() -> None:
    # A browser would find a module only in the one that imports it, and wait for each in turn.
    loaded = re.findall(r'(?:href|src)="static/([^"]+)"', INDEX)
    assert set(loaded) == {path.name for path in (FOLDER / "static").iterdir()}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_one_idea_and_makes_no_markup_from_text(name: str) -> None:
    source = (FOLDER / "static" / name).read_text(encoding="utf-8")
    assert len(source.splitlines()) < 300
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source)
    assert source.startswith("//"), "a module says first what it is responsible for"
    assert re.findall(r'(?:from|import\() ?["\'](?!\./)', source) == []


def test_nothing_is_written_into_the_markup() -> None:
    assert not re.search(r"<style|\sstyle=|\son\w+=|https?://", INDEX)
    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", INDEX) == []
