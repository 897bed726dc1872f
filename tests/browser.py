"""A real browser for the tests of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Chromium. While it is open, nothing else in this thread can use asyncio."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium is installed to open the page with; on Debian: apt-get install chromium")
    # Of the process that drives it: less that waits to be collected, which was half of what it took.
    with mock.patch.dict(os.environ, NODE_OPTIONS="--max-semi-space-size=1"), sync_playwright() as playwright:
        # CI runs as root, as which Chromium has no sandbox; it opens nothing but pages of this repository.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
