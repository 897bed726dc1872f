"""The map as a page, opened from the disk in a real browser: by pointer and by keys, with hostile documents in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import open_browser
from playwright.sync_api import Browser, Page
from topics import make_documents, make_index

from retriever import Document

ATTACK = "</script><img src=//evil.example/x onerror='window.hacked=1'><script>window.hacked=1</script>"
QUESTION = f"Where does the ferry berth? {ATTACK}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map of three topics and of documents that attack whoever opens it."""
    folder = tmp_path_factory.mktemp("map")
    hostile = [
        Document(f"{number}{ATTACK}", f"{ATTACK} anchor quay ferry \u2028 {number}", title=ATTACK, language="en")
        for number in range(2)
    ]
    with make_index(folder / "<b>index", [*make_documents(), *hostile]) as retriever:
        retriever.map(QUESTION, k=3).save(folder / "map.html")
    return folder / "map.html"


@pytest.fixture(params=["en-GB", "zh-CN"])
def page(request: pytest.FixtureRequest, browser: Browser, file: Path) -> Iterator[Page]:
    """The page, which must ask for nothing but itself and log nothing."""
    context = browser.new_context(locale=request.param, offline=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("dialog", lambda dialog: troubles.append(dialog.message))
    page.on("request", lambda sent: sent.url == file.as_uri() or troubles.append(sent.url))
    page.goto(file.as_uri())
    yield page
    assert page.evaluate("() => window.hacked") is None
    context.close()
    assert troubles == []


def test_the_page_shows_the_question_its_hits_and_the_clusters(page: Page) -> None:
    assert QUESTION in page.locator("#title").inner_text()
    hits = page.locator("#hits li button")
    assert [text[0] for text in hits.all_inner_texts()] == ["1", "2", "3"]
    assert page.locator("#clusters li").count() >= 2
    hits.nth(0).click()
    assert "ferry" in page.locator("#passage .text").inner_text().lower()
    # Each hit is drawn as a disc of the ink, which no dot has.
    drawn = page.evaluate(
        """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
            const map = document.getElementById("map");
            const pixels = map.getContext("2d").getImageData(0, 0, map.width, map.height).data;
            done(new Set(Array.from({ length: pixels.length / 4 }, (_, at) =>
                pixels.slice(4 * at, 4 * at + 4).join())).size);
        })))"""
    )
    assert drawn > 20


def test_keys_reach_every_part(page: Page) -> None:
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.id || document.activeElement.className"))
    assert reached[:6] == ["skip", "map", "in", "out", "all", "search"]
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    first = page.locator("#passage .text").inner_text()
    for key in ("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    assert first
    page.keyboard.press("Escape")
    assert page.locator("#passage .text").count() == 0
    page.locator("#search").fill("orchard")
    page.keyboard.press("Enter")
    assert "orchard" in page.locator("#passage .cite").inner_text()


def test_what_documents_say_is_text(page: Page) -> None:
    page.locator("#search").fill("onerror")
    page.keyboard.press("Enter")
    assert ATTACK in page.locator("#passage .text").inner_text()
    assert ATTACK in page.locator("#passage .trail").first.inner_text()
    assert page.locator("img, b, script:not(#data):not(:last-of-type)").count() == 0


def test_the_page_has_no_faults_of_access(page: Page) -> None:
    page.locator("#hits li button").first.click()
    assert [fault["id"] for fault in Axe().run(page).response["violations"]] == []


@pytest.mark.parametrize(("copies", "said"), [(1, "1 passage · 1 cluster"), (30, "29 pairs of near-duplicates")])
def test_many_copies_are_counted_and_a_few_are_listed(browser: Browser, tmp_path: Path, copies: int, said: str) -> None:
    long = "qrst" * 800
    documents = [Document(f"copy {number}", "The ferry berths at noon.", title=long) for number in range(copies)]
    with make_index(tmp_path / "index", documents) as retriever:
        retriever.map().save(tmp_path / "map.html")
    page = browser.new_page(viewport={"width": 320, "height": 700}, locale="en-GB")
    page.goto((tmp_path / "map.html").as_uri())
    assert said in page.locator("#summary").inner_text()
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    listed = page.locator("#passage p").last.inner_text()
    if copies > 1:
        assert listed.startswith("29 near-duplicates: copy ")
        assert listed.endswith(", 19 more")
    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.close()
