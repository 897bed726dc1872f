"""Drives the page as a reader does, and notes whatever goes wrong meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Request


class PageDriver:
    """One tab. ``page`` is playwright's page, ``requests`` are the searches that were sent, as JSON.

    The next test gets the tab as it is after ``close``; one that changes more of it than that undoes sets ``spoilt``.
    """

    def __init__(self, page: Page, url: str, expected: Sequence[str] = ()) -> None:
        self.url = url
        self.page = page
        self.spoilt = False
        self.troubles: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.expected = list(expected)  # parts of what may go wrong
        self._listeners: dict[Any, Callable[[Any], None]] = {
            "pageerror": self._note_error,
            "console": self._note_console,
            "request": self._note_request,
        }
        for event, listener in self._listeners.items():
            self.page.on(event, listener)

    def _note_error(self, error: Error) -> None:
        self._note(f"error: {error}")

    def _note(self, trouble: str) -> None:
        if not any(part in trouble for part in self.expected):
            self.troubles.append(trouble)

    def _note_console(self, message: ConsoleMessage) -> None:
        # The tab rests at an address without an icon, for which the browser may ask as late as in the next test.
        if message.type in ("error", "warning") and not message.location["url"].endswith("/favicon.ico"):
            self._note(f"{message.type}: {message.text}")

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if (
            parts.scheme not in ("blob", "chrome", "chrome-extension")
            and f"{parts.scheme}://{parts.netloc}" != self.url
        ):
            self._note(f"asked {request.url}")
        if parts.path == "/v1/search":
            self.requests.append(request.post_data_json)

    def go(self, address: str = "") -> None:
        self.page.goto(f"{self.url}/{address}", wait_until="commit")
        # The modules are loaded once the switch of languages has its words.
        self.page.wait_for_function("() => document.getElementById('language')?.textContent")

    def ask(self, question: str) -> None:
        """Type a question, press Enter and wait for the answer."""
        self.page.locator("#question").fill(question)
        self.press("Enter")
        self.wait_for_answer(question)

    def wait_for_answer(self, question: str) -> None:
        self.page.wait_for_function(
            """question => document.getElementById("results").dataset.question === question
                && !document.getElementById("results").classList.contains("preview")""",
            arg=question,
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def find(self, selector: str, *, has_text: str | None = None, has_not_text: str | None = None) -> Locator:
        return self.page.locator(selector, has_text=has_text, has_not_text=has_not_text)

    @property
    def hits(self) -> Locator:
        return self.page.locator("#results li.hit")

    @property
    def titles(self) -> list[str]:
        return self.page.locator("#results li.hit h3").all_inner_texts()

    @property
    def status(self) -> str:
        return self.page.locator("#status").inner_text()

    @property
    def focus(self) -> str:
        """The id of what is in focus, or of the hit that it lies in."""
        return str(self.page.evaluate("""() => document.activeElement.id || document.activeElement.dataset.id || ''"""))

    def wait_for_focus(self, id: str) -> None:
        self.page.wait_for_function(
            "id => (document.activeElement.id || document.activeElement.dataset.id) === id", arg=id
        )

    def run(self, script: str, argument: object = None) -> Any:
        """What a function of JavaScript returns for an argument."""
        return self.page.evaluate(script, argument)

    def close(self, rest: str) -> None:
        """Leave the tab to the next test, at an address of the same server: others get a process of their own."""
        self.page.unroute_all()
        # The next test has chosen nothing yet.
        self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)
        self.page.goto(rest)
        if self.spoilt:
            self.page.close()


OpenPage = Callable[..., PageDriver]
"""Opens the page at an address; see the fixture."""
