from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Read = Callable[..., Any]

ARTICLE = "<main><h1>Harbour</h1><p>The keys of the harbour are with the warden.</p></main>"
LINKS = "<a href='/a'>Home</a> <a href='/b'>News</a> <a href='/c'>About us</a>"


def read_page(read: Read, body: str) -> str:
    return read("page.html", f"<html><body>{body}</body></html>").only.text


@pytest.mark.parametrize(
    "extra",
    [
        f"<div role='navigation'>{LINKS}</div>",
        "<div role=search><form>Search the site</form></div>",
        f"<footer>{LINKS}</footer>",
        "<footer><p>© 2024 Harbour Board. All rights reserved.</p></footer>",
        "<div role=contentinfo>版权所有：港务局 京ICP备12345号</div>",
        "<div id='onetrust-banner-sdk'><h2>We value your privacy</h2><p>This site uses cookies.</p></div>",
        "<section class='cookie-notice'>Wir verwenden Cookies. <button>OK</button></section>",
        "<ol class='breadcrumb'><li><a href='/'>Home</a></li><li><a href='/h'>Harbour</a></li></ol>",
        "<a class='skip-link' href='#main'>Skip to content</a>",
    ],
)
def test_what_surrounds_the_content_is_left_out(read: Read, extra: str) -> None:
    expected = "Harbour\n\nThe keys of the harbour are with the warden."
    assert read_page(read, extra + ARTICLE) == expected
    assert read_page(read, ARTICLE + extra) == expected


@pytest.mark.parametrize(
    ("extra", "kept"),
    [
        ("<footer><p>Harbour Board, Pier 4, open from 9 to 5.</p></footer>", "Pier 4"),
        ("<article><p>Text.</p><footer>Written by Ann. © Ann</footer></article>", "Written by Ann"),
        ("<article class='cookies'><p>How to bake cookies.</p></article>", "How to bake"),
        ("<div class='cookies'><p>Bread and cake.</p></div>", "Bread and cake"),
        ("<div id='cookie-policy'><h1>Cookies</h1><p>Which cookies we set.</p></div>", "Which cookies"),
        (f"<div class='gdpr'><p>{'The consent of the person is needed. ' * 80}</p></div>", "consent of the person"),
        ("<div role='navigation'><main><p>All of it.</p></main></div>", "All of it"),
        ("<aside>A remark beside.</aside>", "A remark beside"),
        ("<p><a href='#note-1'>note</a> skipped <a class='skip' href='https://a.b/'>skip this</a></p>", "skip this"),
        ("<div class='breadcrumbs'>A long story about breadcrumbs in the wood.</div>", "breadcrumbs in the wood"),
    ],
)
def test_what_may_be_content_is_kept(read: Read, extra: str, kept: str) -> None:
    assert kept in read_page(read, f"<p>Before it.</p>{extra}")


def test_a_page_of_nothing_else_is_read_whole(read: Read) -> None:
    assert "About us" in read_page(read, f"<div role=navigation>{LINKS}</div><footer>© 2024</footer>")


def test_json_ld_has_dates_and_authors(read: Read) -> None:
    things = """{"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "x"}, {
    "datePublished": "2024-03-05T08:00:00Z", "dateModified": "2024-03-06",
    "author": [{"name": "Ann  Bell"}, "Bo", {}]}]}"""
    page = f"<html><head><script type='application/ld+json'>{things}</script></head><body><p>Text.</p></body></html>"
    metadata = read("page.html", page).only.metadata
    assert metadata == {"date": "2024-03-05T08:00:00Z", "modified": "2024-03-06", "author": "Ann Bell, Bo"}
    for broken in ("{", "5", "[[]]", '{"author": {"name": 5}}', '{"@graph": {"author": "x"}}', "[" * 100_000):
        assert read("page.html", page.replace(things, broken)).only.metadata == {}
