"""A passage opened in its document."""

from __future__ import annotations

from page_driver import OpenPage, PageDriver
from page_server import Served, run
from playwright.sync_api import expect

from retriever import Document, Retriever
from retriever.serving.http import ServerOptions

HERE = "#reader [aria-current=true]"


def is_in_view(tab: PageDriver, selector: str) -> bool:
    """Whether the middle of an element can be seen in the reader."""
    script = """selector => {
        const box = document.querySelector(selector).getBoundingClientRect();
        const [x, y] = [box.left + 5, box.top + Math.min(box.height, 40) / 2];
        return document.elementFromPoint(x, y)?.closest("#reader-body") !== null;
    }"""
    return bool(tab.run(script, selector))


def test_a_hit_opens_in_its_document_at_its_place(open_page: OpenPage, served: Served) -> None:
    tab = open_page()
    tab.ask("how many sheep in 1573")
    tab.press("ArrowDown")
    id = str(tab.hits.first.get_attribute("data-id"))
    tab.press("Enter")
    expect(tab.find(HERE)).to_have_attribute("data-id", id)
    expect(tab.find(f"{HERE} mark")).to_be_visible()
    assert is_in_view(tab, f"{HERE} mark")
    passages = served.chronicle.document(served.chronicle.passage(id).document).passages
    shown = tab.run("() => [...document.querySelectorAll('#reader .passage')].map(e => e.dataset.id)")
    ids = [passage.id for passage in passages]
    first = ids.index(shown[0])
    assert shown == ids[first : first + len(shown)]
    assert "1573" in tab.find(HERE).inner_text()


def test_a_long_document_is_shown_in_parts(open_page: OpenPage, served: Served) -> None:
    (document,) = served.chronicle.documents()
    passages = served.chronicle.document(document.document).passages
    middle = passages[len(passages) // 2]
    tab = open_page(f"?index=chronicle&open={middle.id}")
    expect(tab.find(HERE)).to_have_attribute("data-id", middle.id)
    before = tab.find(HERE).bounding_box()
    assert tab.find("#reader .passage").count() < len(passages)
    tab.find("text=Earlier passages").evaluate("button => button.click()")
    expect(tab.find("#reader .passage").first).to_have_attribute("data-id", passages[0].id)
    after = tab.find(HERE).bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 2  # what is read does not jump away
    tab.find("text=Later passages").evaluate("button => button.click()")
    expect(tab.find("#reader .passage")).to_have_count(len(passages))


def test_the_text_of_a_document_is_shown_once_and_whole(open_page: OpenPage, served: Served) -> None:
    (rules,) = [item for item in served.corpus.documents() if item.source.endswith("图书馆.txt")]
    passages = served.corpus.document(rules.document).passages
    tab = open_page(f"?index=corpus&open={passages[1].id}")
    expect(tab.find(HERE)).to_be_visible()
    shown = tab.run("() => [...document.querySelectorAll('#reader .text')].map(e => e.textContent).join('')")
    written = (served.folder / "corpus" / "图书馆.txt").read_text(encoding="utf-8")
    assert "".join(shown.split()) == "".join(written.split())
    assert [element.inner_text() for element in tab.find("#reader .heading").all()][-1] == "三、开放时间"


def test_escape_and_the_back_button_close(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask("yacht fees")
    address = tab.page.url
    tab.press("ArrowDown", "Enter")
    expect(tab.find(HERE)).to_be_visible()
    assert "open=" in tab.page.url
    tab.press("Escape")
    expect(tab.find("#reader")).not_to_be_visible()
    tab.wait_for_focus(str(tab.hits.first.get_attribute("data-id")))
    tab.page.wait_for_url(address)
    tab.hits.nth(1).locator("a.open").click()
    expect(tab.find(HERE)).to_be_visible()
    tab.page.go_back()
    expect(tab.find("#reader")).not_to_be_visible()
    tab.page.go_forward()
    expect(tab.find(HERE)).to_be_visible()
    tab.page.mouse.click(20, 400)  # beside the sheet
    expect(tab.find("#reader")).not_to_be_visible()
    tab.page.wait_for_url(address)


def test_the_keys_step_through_the_hits(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask("yacht fees")
    ids = [str(hit.get_attribute("data-id")) for hit in tab.hits.all()]
    tab.press("ArrowDown", "Enter")
    for key, place in (("n", 1), ("j", 2), ("p", 1), ("k", 0), ("p", 0)):
        tab.press(key)
        expect(tab.find(HERE)).to_have_attribute("data-id", ids[place])
    expect(tab.find("#previous-hit")).to_be_disabled()
    tab.press("Escape")
    expect(tab.find("#reader")).not_to_be_visible()
    assert "open=" not in tab.page.url


def test_a_shared_link_opens_the_same(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask("When does the bakery bake rye bread?")
    tab.hits.first.locator("a.open").click()
    expect(tab.find(f"{HERE} mark")).to_be_visible()
    other = open_page(tab.page.url.partition("/?")[2].join(("?", "")))
    expect(other.find(f"{HERE} mark")).to_have_text(tab.find(f"{HERE} mark").inner_text())
    assert other.titles == tab.titles


def test_a_passage_that_is_gone_is_reported(open_page: OpenPage) -> None:
    tab = open_page()
    tab.expected = ["404", "Refusal"]
    tab.go("?open=0123456789abcdef")
    expect(tab.find("#reader .trouble")).to_contain_text("0123456789abcdef")
    tab.press("Escape")
    expect(tab.find("#reader")).not_to_be_visible()
    assert "open=" not in tab.page.url


def test_a_pdf_is_shown_at_its_page(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask("什么情况下启动防汛Ⅰ级响应？")
    tab.press("ArrowDown", "Enter")
    expect(tab.find(HERE)).to_contain_text("39.80米")
    expect(tab.find("#reader header")).to_contain_text("page 2")
    with tab.page.expect_response("**/v1/document/file*") as waiting:
        tab.find("#as-page").click()
    assert waiting.value.headers["content-type"] == "application/pdf"
    frame = tab.find("#reader iframe")
    assert "#page=2" in str(frame.get_attribute("src"))
    assert "view=page" in tab.page.url
    tab.find("#as-text").click()
    expect(tab.find(f"{HERE} mark")).to_be_visible()


def test_hits_that_two_indexes_share_are_stepped_through_once_each(open_page: OpenPage, served: Served) -> None:
    folder = served.folder / "shared"
    folder.mkdir()
    (folder / "boats.txt").write_text("The ferry to Otter Island leaves at nine.\n", encoding="utf-8")
    (folder / "nets.txt").write_text("Nets for the ferry crew are mended on Otter Island.\n", encoding="utf-8")
    places = [served.folder / "indexes" / name for name in ("shared-1", "shared-2")]
    with Retriever.open(places[0], create=True) as one, Retriever.open(places[1], create=True) as other:
        one.sync(folder)
        other.sync(folder)
        with run({"one": one, "other": other}, ServerOptions()) as url:
            tab = open_page("?q=Otter+Island&duplicates=1", url=url)
            expect(tab.hits).to_have_count(4)
            ids = tab.run("() => [...document.querySelectorAll('[id]')].map((element) => element.id)")
            assert len(ids) == len(set(ids))
            tab.hits.first.locator("a.open").click()
            for number in (1, 2, 3):
                expect(tab.find("#reader .tools")).to_contain_text(f"Hit {number} of 4")
                tab.find("#next-hit").click()
            expect(tab.find("#reader .tools")).to_contain_text("Hit 4 of 4")
            expect(tab.find("#next-hit")).to_be_disabled()
            last = tab.page.url
            tab.go(last.removeprefix(f"{url}/"))
            expect(tab.find("#reader .tools")).to_contain_text("Hit 4 of 4")


def test_a_document_of_several_indexes_is_read_again_once_it_has_changed(open_page: OpenPage, served: Served) -> None:
    places = [served.folder / "indexes" / name for name in ("changing", "beside")]
    with Retriever.open(places[0], create=True) as changing, Retriever.open(places[1], create=True) as beside:
        beside.add([Document(id="b", text="The kestrel nests in the belfry.")])
        changing.add([Document(id="a", text="The heron nests in the old crane.")])
        with run({"changing": changing, "beside": beside}, ServerOptions()) as url:
            tab = open_page(url=url)
            tab.ask("heron")
            tab.press("ArrowDown", "Enter")
            expect(tab.find(HERE)).to_contain_text("old crane")
            tab.press("Escape")
            changing.add([Document(id="a", text="The heron nests in the new crane.")])
            tab.ask("heron nests")
            tab.hits.first.locator("a.open").click()
            expect(tab.find(HERE)).to_contain_text("new crane")
