"""The question box and its answers."""

from __future__ import annotations

import shutil
import threading

from page_driver import OpenPage
from page_server import Served, run
from playwright.sync_api import Route, expect

from retriever import Document, Retriever
from retriever.serving.http import ServerOptions


def test_the_page_answers_while_one_types(open_page: OpenPage) -> None:
    tab = open_page()
    expect(tab.find("#summary")).to_contain_text("8 documents")
    tab.page.keyboard.type("When is the channel dredged?", delay=15)
    tab.wait_for_answer("When is the channel dredged?")
    assert tab.hits.first.locator("h3").inner_text() == "Harbour of Tallow Bay › 1. Dredging"
    assert tab.requests[-1]["mode"] == "hybrid"
    assert tab.requests[-1]["query"] == "When is the channel dredged?"
    assert len(tab.requests) < len("When is the channel dredged?")
    assert "passages in" in tab.status


def test_a_late_answer_to_an_old_question_is_dropped(open_page: OpenPage) -> None:
    tab = open_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "bakery" in str(route.request.post_data):
            held.append(route)
        else:
            route.continue_()

    tab.page.route("**/v1/search", hold)
    tab.find("#question").fill("bakery")
    tab.press("Enter")
    tab.page.wait_for_function("() => document.getElementById('status').textContent === 'Searching…'")
    tab.ask("dredger")
    assert held
    for route in held:
        route.continue_()
    tab.ask("yacht fees")
    assert tab.hits.first.locator("h3").inner_text() == "Harbour of Tallow Bay › 2. Fees"


def test_a_word_that_is_still_composed_is_not_asked_for(open_page: OpenPage) -> None:
    tab = open_page()
    tab.page.clock.install()
    tab.spoilt = True  # the clock of the tab is never let go again
    keyboard = tab.page.context.new_cdp_session(tab.page)
    for text in ("jie", "jieshu"):
        keyboard.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    tab.press("Enter")
    tab.page.clock.run_for(2000)  # longer than any pause after which a question is asked
    assert tab.find("#question").input_value() == "jieshu"
    assert tab.requests == []
    keyboard.send("Input.insertText", {"text": "最多可以借几本书？"})
    tab.page.clock.run_for(2000)
    tab.wait_for_answer("最多可以借几本书？")
    assert {request["query"] for request in tab.requests} == {"最多可以借几本书？"}
    assert "一、借书数量" in tab.titles[0]


def test_half_a_word_leaves_what_stood_there(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask("dredger")
    before = tab.titles
    answered = threading.Event()
    tab.page.on("response", lambda response: answered.set() if "/v1/search" in response.url else None)
    tab.page.route(
        "**/v1/search", lambda route: None if "hybrid" in str(route.request.post_data) else route.continue_()
    )
    tab.find("#question").fill("xqzvw")
    tab.page.wait_for_function("() => document.title.startsWith('xqzvw')")
    while not answered.is_set():
        tab.page.wait_for_timeout(20)
    assert tab.titles == before


def test_the_marks_are_those_of_the_search(open_page: OpenPage, served: Served) -> None:
    question = "How high do spring tides rise?"
    tab = open_page()
    tab.ask(question)
    (hit, *_) = served.corpus.search(question)
    assert hit.sentence
    assert "🌊" in hit.text  # two units of a string of JavaScript, one character of ours
    assert tab.hits.first.locator("mark").inner_text() == hit.text[hit.sentence.start : hit.sentence.end]
    shown = tab.hits.first.locator(".word").all_inner_texts()
    marked = [hit.text[span.start : span.end] for span in hit.highlights]
    assert shown
    assert set(shown) <= {word for text in marked for word in [text, *text.split()]}


def test_scores_are_explained(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask("What does a yacht pay a night?")
    tab.press("ArrowDown", "w")
    why = tab.hits.first.locator("details.why")
    expect(why).to_have_attribute("open", "")
    expect(why).to_contain_text("standard deviations above unrelated texts")
    tab.press("w")
    expect(why).not_to_have_attribute("open", "")


def test_near_duplicates_are_folded_and_shown_on_demand(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask("When does the bakery bake rye bread?")
    first = tab.hits.first
    assert tab.titles.count("Bakery of Elmsworth") == 1
    first.locator("summary", has_text="1 near-duplicate").click()
    expect(first.locator(".also li")).to_contain_text("bakery-")
    tab.press("d")
    expect(tab.find("#results h3", has_text="Bakery of Elmsworth")).to_have_count(2)
    assert tab.requests[-1]["duplicates"] == "show"


def test_what_hardly_answers_is_told_from_what_does(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask("When does the bakery bake rye bread?")
    assert tab.find("#results > li").first.get_attribute("class") == "hit"
    expect(tab.find("#results .unlikely")).to_have_count(1)
    below = tab.find("#results .unlikely ~ li.hit .score").all_inner_texts()
    assert all(float(score.split()[0]) < 0.1 for score in below)


def test_more_hits_on_request(open_page: OpenPage) -> None:
    tab = open_page("?q=sheep+wells+chimneys&index=chronicle&duplicates=1")
    expect(tab.hits).to_have_count(10)
    tab.find("text=Show more").click()
    expect(tab.hits).to_have_count(20)


def test_whatever_the_engine_answers_is_asked(open_page: OpenPage) -> None:
    tab = open_page()
    for question in ("→", "✅", "£"):
        tab.ask(question)
        expect(tab.hits).not_to_have_count(0)
    tab.find("#question").fill("…?")
    expect(tab.hits).to_have_count(0)
    expect(tab.find("#context-button")).not_to_be_visible()


def test_nothing_found(open_page: OpenPage) -> None:
    tab = open_page("?q=dredger&f.team=nobody")
    expect(tab.find("#status")).to_contain_text("No passage found.")
    tab.find("#clear").click()
    expect(tab.hits).not_to_have_count(0)


def test_one_of_several_indexes(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask("how many sheep")
    expect(tab.hits.first.locator(".place")).to_contain_text("in chronicle")
    tab.find("#index").select_option("corpus")
    expect(tab.find("#results h3", has_text="Chronicle")).to_have_count(0)
    assert tab.requests[-1]["index"] == "corpus"
    assert "index=corpus" in tab.page.url


def test_of_several_indexes_one_may_be_gone(open_page: OpenPage, served: Served) -> None:
    places = [served.folder / "indexes" / name for name in ("stays", "goes")]
    with Retriever.open(places[0], create=True) as stays, Retriever.open(places[1], create=True) as goes:
        for index in (stays, goes):
            index.add([Document(id="a", text="The heron nests in the old crane.")])
        with run({"stays": stays, "goes": goes}, ServerOptions()) as url:
            shutil.rmtree(places[1])
            tab = open_page(url=url, expected=("409", "Refusal"))
            expect(tab.find("#summary li", has_text="goes")).to_have_text("goes the index is empty, or not there")
            expect(tab.find("#summary li", has_text="stays")).to_contain_text("1 document")
            tab.find("#index").select_option("stays")
            tab.ask("heron")
            expect(tab.hits).to_have_count(1)


def test_copy_a_citation(open_page: OpenPage, served: Served) -> None:
    question = "What does a yacht pay a night?"
    tab = open_page()
    tab.ask(question)
    tab.press("ArrowDown", "c")
    expect(tab.find("#toast")).to_have_text("Copied.")
    copied = tab.run("() => navigator.clipboard.readText()")
    sentence = "A yacht of up to ten metres pays 18 crowns a night."
    citation = served.corpus.search(question)[0].citation
    assert copied == f"“{sentence}” — Harbour of Tallow Bay › 2. Fees, {citation}"


def test_the_server_is_gone_and_comes_back(open_page: OpenPage) -> None:
    tab = open_page()
    tab.expected = ["ERR_CONNECTION_REFUSED", "Refusal"]
    tab.page.route("**/v1/search", lambda route: route.abort("connectionrefused"))
    tab.find("#question").fill("dredger")
    tab.press("Enter")
    expect(tab.find("#trouble")).to_contain_text("The server does not answer.")
    tab.page.unroute("**/v1/search")
    tab.find("#trouble button").click()
    expect(tab.hits).not_to_have_count(0)
    expect(tab.find("#trouble")).to_be_hidden()
