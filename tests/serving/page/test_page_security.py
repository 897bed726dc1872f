"""What documents, questions and addresses may try on the page, and who may read it."""

from __future__ import annotations

import httpx
import pytest
from page_driver import OpenPage, PageDriver
from page_server import TOKEN, Served, run
from playwright.sync_api import expect

from retriever import Document, Retriever
from retriever.serving.http import ServerOptions

# Nothing of it may exist in the page, wherever it stands.
SMUGGLED = "#results script, #results img, #results iframe, #results style, #smuggled, dialog img, dialog script"


def assert_untouched(tab: PageDriver) -> None:
    """Nothing of a document ran, and nothing of it became an element."""
    assert tab.run("() => window.owned") is None
    assert tab.find(SMUGGLED).count() == 0
    assert tab.find("main").count() == 1
    schemes = tab.run("() => [...document.querySelectorAll('a, iframe')].map(e => new URL(e.href ?? e.src).protocol)")
    assert set(schemes) <= {"http:"}
    handlers = (
        "() => [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => /^on/.test(n))"
    )
    assert tab.run(handlers) == []


@pytest.mark.parametrize("question", ["zebra stables", "giraffe yard"])
def test_a_hostile_document_is_only_text(open_page: OpenPage, question: str) -> None:
    tab = open_page()
    tab.ask(question)
    title = {"zebra stables": "<script>window.owned = 'title'</script>", "giraffe yard": "<script>"}[question]
    expect(tab.hits.first).to_contain_text(title)
    assert_untouched(tab)
    for summary in tab.find("summary").all():
        summary.evaluate("summary => (summary.parentElement.open = true)")
    tab.press("ArrowDown", "Enter")
    expect(tab.find("#reader [aria-current=true]")).to_be_visible()
    tab.find("#reader").evaluate("e => e.querySelectorAll('details').forEach(d => (d.open = true))")
    assert_untouched(tab)
    expect(tab.find("#reader")).to_contain_text("onerror=")


def test_a_hostile_question_is_only_text(open_page: OpenPage) -> None:
    question = "<img src=x onerror=\"window.owned='question'\"> zebra </script><script>window.owned=1</script>"
    tab = open_page()
    tab.ask(question)
    assert_untouched(tab)
    assert question in tab.page.title()
    assert tab.find("#question").input_value() == question


def test_hostile_names_of_fields_and_values_are_only_text(open_page: OpenPage) -> None:
    tab = open_page()
    tab.expected = ["400", "Refusal"]  # no document has this field
    tab.go("?q=zebra&f.<img src=x onerror=window.owned=1>=<svg onload=window.owned=2>")
    expect(tab.find("#facets")).to_contain_text("<svg onload=window.owned=2>")
    assert_untouched(tab)


def test_marks_of_direction_do_not_reach_beyond_their_text(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask("giraffe yard")
    script = """() => [...document.querySelectorAll("#results li.hit .place > *, #results h3 span")].map(
        e => getComputedStyle(e.querySelector("bdi") ?? e).unicodeBidi)"""
    assert {"isolate"} >= set(tab.run(script)) - {"normal"}
    place = tab.hits.first.locator(".place > *").evaluate_all("es => es.map(e => e.getBoundingClientRect().left)")
    assert place == sorted(place)


def test_marks_that_are_heaped_on_a_letter_do_not_cover_other_hits(open_page: OpenPage, served: Served) -> None:
    with Retriever.open(served.folder / "indexes" / "heaped", create=True) as heaped:
        plain = [Document(id=str(number), text=f"The heron {number} nests in the crane. " * 3) for number in range(3)]
        heaped.add([*plain, Document(id="z", title="Z" + "\u0301" * 200, text="The heron nests in the crane. " * 3)])
        with run({"heaped": heaped}, ServerOptions()) as url:
            tab = open_page("?q=heron+nests&duplicates=1", url=url)
            expect(tab.hits).to_have_count(4)
            last = tab.hits.filter(has_text="Z")
            last.evaluate("hit => hit.parentElement.append(hit)")
            above = tab.hits.nth(1)
            before = above.screenshot()
            last.locator("h3 .apart").evaluate("element => (element.textContent = 'Z')")
            assert above.screenshot() == before


def test_a_strange_address_is_at_worst_a_clear_error(open_page: OpenPage) -> None:
    tab = open_page()
    tab.expected = ["400", "404", "Refusal"]
    for address in (
        "?k=-1&budget=1e99&mode=<b>&f.=x&f.language=&open=../../etc/passwd&view=javascript:1&sheet=%00",
        "?q=%00%ff%fe&where=%27%22%28&order=x&turn=&duplicates=yes",
        "?q=dredger&mode=nonsense",
        "?q=dredger&index=nowhere",
    ):
        tab.go(address)
        tab.page.wait_for_function(
            "() => document.querySelector('#facets form') && !document.querySelector('#status').innerText.includes('…')"
        )
        assert tab.run("() => window.owned") is None
        expect(tab.find("#question")).to_be_visible()
        assert not [text for text in tab.find(".trouble").all_inner_texts() if "does not understand" in text]


def test_the_policy_lets_only_the_files_of_the_page_run(open_page: OpenPage, served: Served) -> None:
    for path in ("/", "/static/main.js", "/static/base.css"):
        headers = httpx.get(served.url + path).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-cache"
    tab = open_page()
    tab.expected = ["Content Security Policy", "Trusted"]
    script = """() => {
        const inline = document.createElement("script");
        let refused = 0;
        try { inline.text = "window.owned = 1"; } catch { refused += 1; }
        document.body.append(inline);
        const style = document.createElement("p");
        document.body.append(style);
        style.setAttribute("style", "color: red");
        try { style.innerHTML = "<b>bold</b>"; } catch { refused += 1; }
        const isRed = getComputedStyle(style).color === "rgb(255, 0, 0)";
        return new Promise((resolve) => setTimeout(() => {  // beyond the reach of the tool that runs this
            try { eval("window.owned = 2"); } catch { refused += 1; }
            resolve([refused, isRed, window.owned ?? null]);
        }));
    }"""
    assert tab.run(script) == [3, False, None]
    elsewhere = "() => fetch('https://example.invalid/').then(() => 'sent', () => 'refused')"
    assert tab.run(elsewhere) == "refused"


def test_a_token_is_asked_for_and_kept_for_the_tab(open_page: OpenPage, guarded: str) -> None:
    tab = open_page(url=guarded, expected=["401"])
    expect(tab.find("#token-input")).to_be_focused()
    tab.page.keyboard.type("not-the-token-that-it-wants")
    tab.press("Enter")
    expect(tab.find("#token-note")).to_contain_text("refuses this token")
    tab.page.keyboard.type(TOKEN)
    tab.press("Enter")
    expect(tab.find("#summary")).to_contain_text("8 documents")
    tab.ask("dredger")
    expect(tab.hits).not_to_have_count(0)
    assert TOKEN not in tab.page.url
    assert tab.run("() => JSON.stringify(localStorage)").count(TOKEN) == 0
    tab.page.reload()
    tab.wait_for_answer("dredger")
    expect(tab.find("#token")).not_to_be_visible()


def test_a_new_generation_is_seen_without_a_reload(open_page: OpenPage, served: Served) -> None:
    with Retriever.open(served.folder / "indexes" / "growing", create=True) as growing:
        growing.add([Document(id="a", text="The heron nests in the old crane by the quay.", metadata={"kind": "bird"})])
        with run({"growing": growing}, ServerOptions()) as url:
            tab = open_page(url=url)
            tab.ask("Where does the heron nest?")
            expect(tab.hits).to_have_count(1)
            tab.press("ArrowDown", "Enter")
            expect(tab.find("#reader [aria-current=true]")).to_contain_text("old crane")
            tab.press("Escape")
            growing.add(
                [
                    Document(id="a", text="The heron nests in the new crane by the quay.", metadata={"kind": "bird"}),
                    Document(id="b", text="The kestrel nests in the belfry.", metadata={"kind": "falcon"}),
                ]
            )
            tab.ask("Where does the heron nest now?")
            expect(tab.hits).to_have_count(2)
            expect(tab.find("#facets")).to_contain_text("kind")
            tab.hits.first.locator("a.open").click()
            expect(tab.find("#reader [aria-current=true]")).to_contain_text("new crane")
