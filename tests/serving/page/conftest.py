"""A real browser, and a server in a thread that it opens the page of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

import pytest
from browser import open_browser
from page_corpus import write_chronicle, write_corpus
from page_driver import OpenPage, PageDriver
from page_server import TOKEN, Served, run
from playwright.sync_api import Browser, BrowserContext, Page, expect

from retriever import Retriever
from retriever.serving.http import ServerOptions, Token

# Nothing takes that long on a quiet machine.
TIMEOUT_MS = 30_000
expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all of these tests; no test that comes after them uses asyncio."""
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over two indexes, ``corpus`` and ``chronicle``; no test changes them."""
    folder = tmp_path_factory.mktemp("page")
    corpus = Retriever.open(folder / "indexes" / "corpus", create=True)
    corpus.sync(write_corpus(folder / "corpus"), passage_tokens=64, token_vectors=True)
    chronicle = Retriever.open(folder / "indexes" / "chronicle", create=True)
    chronicle.sync(write_chronicle(folder / "chronicle"), passage_tokens=64, token_vectors=True)
    with corpus, chronicle, run({"corpus": corpus, "chronicle": chronicle}, ServerOptions()) as url:
        yield Served(url, corpus, chronicle, folder)


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[dict[tuple[str, str], BrowserContext]]:
    """A profile of the browser for each language and scheme of colours; a new one takes longer than a test.

    A browser keeps much of what its tabs have shown: what those of a module took goes with them.
    """
    opened: dict[tuple[str, str], BrowserContext] = {}
    yield opened
    for context in opened.values():
        context.close()


@pytest.fixture(scope="module")
def tabs() -> dict[tuple[str, str], list[Page]]:
    """The tabs of each profile that no test uses: to start one takes as long as most tests."""
    return defaultdict(list)


@pytest.fixture
def open_page(
    browser: Browser,
    served: Served,
    contexts: dict[tuple[str, str], BrowserContext],
    tabs: dict[tuple[str, str], list[Page]],
) -> Iterator[OpenPage]:
    """Opens the page: ``open_page("?q=…", width=…, locale=…)``. It must log no error and ask nobody else."""
    opened: list[tuple[PageDriver, list[Page]]] = []

    def open_page(
        address: str = "",
        *,
        url: str = served.url,
        expected: Sequence[str] = (),
        locale: str = "en-GB",
        scheme: Literal["light", "dark"] = "light",
        width: int = 1280,
        height: int = 900,
    ) -> PageDriver:
        if (locale, scheme) not in contexts:
            contexts[locale, scheme] = browser.new_context(
                locale=locale,
                color_scheme=scheme,
                reduced_motion="reduce",
                permissions=["clipboard-read", "clipboard-write"],
            )
            contexts[locale, scheme].set_default_timeout(TIMEOUT_MS)
        free = tabs[locale, scheme]
        page = free.pop() if free else contexts[locale, scheme].new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        driver = PageDriver(page, url, expected)
        opened.append((driver, free))
        driver.go(address)
        return driver

    yield open_page
    for driver, free in opened:
        driver.close(f"{served.url}/health")
        if not driver.spoilt:
            free.append(driver.page)
    for driver, _ in opened:
        assert driver.troubles == []


@pytest.fixture
def guarded(served: Served) -> Iterator[str]:
    """The URL of a server that wants a token."""
    with run({"corpus": served.corpus}, ServerOptions(tokens=(Token(TOKEN),))) as url:
        yield url
