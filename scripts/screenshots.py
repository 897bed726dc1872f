"""Make the pictures of the README: the terminal, the page and the map, of the example corpus.

    python scripts/screenshots.py docs/images

Needs a checkout installed with the extra `dev`, a Chromium on the path (on Debian: apt-get install chromium), and fonts
for Chinese (fonts-noto-cjk). The commands run as a user runs them; their output is drawn by the browser.
"""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Locator, Page, sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parents[1]
RETRIEVER = str(Path(sys.executable).with_name("retriever"))
LIFTS = "加装电梯需要多少业主同意？"
FLOODS = "什么情况下启动防汛Ⅰ级响应？"
BUSES = "How does the cold winter affect the range of electric buses?"
COLUMNS = 100
MOST_BYTES = 300_000
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #f4f1ea; }}
pre {{ display: inline-block; margin: 24px; padding: 20px 26px; border-radius: 10px; background: #1d1f23;
  color: #e8e4dc; font: 15px/1.5 "DejaVu Sans Mono", "Noto Sans Mono CJK SC", "Noto Sans CJK SC", monospace; }}
</style><pre>{code}</pre>"""


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    browser_path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser_path is None:
        sys.exit("no Chromium is installed; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        index = Path(home) / "examples"
        subprocess.run([RETRIEVER, "index", "examples/corpus", "--index", str(index), "-q"], cwd=ROOT, check=True)
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        show_terminal(browser, index, folder)
        show_page(browser, index, folder)
        show_map(browser, index, folder, Path(home))
        browser.close()
    for picture in folder.glob("*.png"):
        size = picture.stat().st_size
        print(f"{picture}: {size:,} bytes")
        if size > MOST_BYTES:
            sys.exit(f"{picture} is larger than {MOST_BYTES:,} bytes")


def show_terminal(browser: Browser, index: Path, folder: Path) -> None:
    """A question at the terminal."""
    shown = run_on_terminal("search", BUSES, "--index", str(index), "-k", "2")
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    console.print(Text.from_ansi(f'$ retriever search "{BUSES}" -k 2\n{shown}'.rstrip()), soft_wrap=True)
    html = console.export_html(theme=MONOKAI, inline_styles=True, code_format=TERMINAL)
    page = browser.new_page(viewport={"width": 1200, "height": 600})
    page.set_content(html)
    save(page.locator("pre"), folder / "terminal.png")
    page.close()


def run_on_terminal(*arguments: str) -> str:
    """What a command writes on a terminal, with its colours."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    settings = {"TERM": "xterm-256color", "RETRIEVER_LANG": "en", "RETRIEVER_PAGER": "", "NO_COLOR": ""}
    environment = {**os.environ, **settings}
    process = subprocess.Popen(
        [RETRIEVER, *arguments], cwd=ROOT, env=environment, stdin=follower, stdout=follower, stderr=subprocess.DEVNULL
    )
    os.close(follower)
    written = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # as Linux says that the other end is closed
            break
        if not part:
            break
        written += part
    os.close(leader)
    process.wait()
    return written.decode("utf-8").replace("\r\n", "\n")


def show_page(browser: Browser, index: Path, folder: Path) -> None:
    """The page with hits, with a document, and with the context for a bot in the dark and in Chinese."""
    with serve(index) as url:
        page = open_page(browser, url, {"q": LIFTS}, "en-GB", "light")
        page.locator("#question").blur()
        save(page, folder / "page.png")

        page = open_page(browser, url, {"q": FLOODS}, "en-GB", "light")
        page.locator("#results a.open").first.click()
        page.wait_for_selector("#reader [aria-current] mark")
        page.locator("#reader-body").blur()
        save(page, folder / "page-document.png")

        page = open_page(browser, url, {"q": LIFTS, "sheet": "context"}, "zh-CN", "dark")
        page.wait_for_selector("#context .excerpts li")
        page.locator("#context .sheet-body").blur()
        save(page, folder / "page-context.png")


def open_page(browser: Browser, url: str, state: dict[str, str], locale: str, scheme: str) -> Page:
    context = browser.new_context(
        locale=locale,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": 1280, "height": 800},
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{url}/?{urlencode(state)}")
    page.wait_for_selector("li.hit")
    page.reload()  # the first question waits for the model
    page.wait_for_selector("li.hit")
    return page


@contextmanager
def serve(index: Path) -> Iterator[str]:
    """`retriever serve` on any free port, while the context is open."""
    command = [RETRIEVER, "serve", "--index", str(index), "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        line = next(line for line in process.stderr if line.startswith("serving "))
        yield line.split()[-1]
    finally:
        process.terminate()
        process.communicate()


def show_map(browser: Browser, index: Path, folder: Path, home: Path) -> None:
    """The map of the corpus with the hits of a question."""
    drawn = home / "map.html"
    command = [RETRIEVER, "map", LIFTS, "--index", str(index), "-k", "3", "--out", str(drawn), "-q"]
    subprocess.run(command, cwd=ROOT, check=True)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(drawn.as_uri())
    save(page, folder / "map.png")


def save(what: Page | Locator, path: Path) -> None:
    what.screenshot(path=path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
