"""Facets and the filter expression."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from page_driver import OpenPage
from page_server import Served, run
from playwright.sync_api import expect

from retriever import Document, Retriever
from retriever.filters.grammar import parse
from retriever.serving.http import ServerOptions

names = st.text(st.characters(codec="utf-8", exclude_characters="`\x00"), min_size=1, max_size=12).filter(str.strip)


def test_a_language_is_chosen_and_given_up(open_page: OpenPage) -> None:
    tab = open_page("?q=spring+tides")
    tab.find("label", has_text="Arabic").click()
    expect(tab.hits).to_have_count(1)
    assert tab.requests[-1]["where"] == 'language in ("ar")'
    expect(tab.find("#filters-count")).to_have_text("1 on")
    assert "f.language=ar" in tab.page.url
    tab.find("label", has_text="Chinese").click()
    expect(tab.find("#results h3", has_text="衡江")).not_to_have_count(0)
    tab.find("#clear").click()
    expect(tab.find("#results h3", has_text="Harbour")).not_to_have_count(0)
    assert "where" not in tab.requests[-1]


def test_a_field_of_the_metadata_is_a_facet(open_page: OpenPage) -> None:
    tab = open_page("?q=spring+tides")
    tab.find("summary", has_text="team").click()
    tab.find("label", has_text="harbour").click()
    expect(tab.find("#results h3", has_not_text="Harbour")).to_have_count(0)
    expect(tab.hits).not_to_have_count(0)
    expect(tab.find("label:has-text('harbour') input")).to_be_focused()


def test_an_expression_that_is_wrong_says_so_and_keeps_the_hits(open_page: OpenPage) -> None:
    tab = open_page("?q=spring+tides")
    expect(tab.hits).not_to_have_count(0)
    tab.expected = ["400", "Refusal"]
    tab.find("#where").fill("team = harbour adn year = 2023")
    tab.press("Enter")
    expect(tab.find("#where-trouble")).to_contain_text("unexpected 'adn'")
    expect(tab.find("#where")).to_have_attribute("aria-invalid", "true")
    tab.find("#where").fill("team = harbour")
    tab.press("Enter")
    expect(tab.find("#results h3", has_not_text="Harbour")).to_have_count(0)
    expect(tab.find("#where-trouble")).to_be_empty()


def test_a_mistake_is_told_in_the_language_of_the_page(open_page: OpenPage, served: Served) -> None:
    options = ServerOptions(localise=lambda language, texts: [f"{language}: {text}" for text in texts])
    with run({"corpus": served.corpus}, options) as url:
        tab = open_page("?q=spring+tides&where=team+%3D", url=url, expected=("400", "Refusal"))
        expect(tab.find("#where-trouble")).to_contain_text("en: unexpected end of filter")
        tab.find("#language").click()
        tab.find("#where").fill("year =")
        tab.press("Enter")
        expect(tab.find("#where-trouble")).to_contain_text("zh-CN: unexpected end of filter")


def test_what_is_being_typed_stays_when_the_facets_come(open_page: OpenPage) -> None:
    tab = open_page("?q=dredger")
    expect(tab.find("#facets fieldset")).not_to_have_count(0)
    tab.find("#where").fill("team = har")
    tab.run("() => window.dispatchEvent(new PopStateEvent('popstate'))")  # which shows the facets again
    tab.page.keyboard.type("bour")
    tab.press("Enter")
    expect(tab.find("#filters-count")).to_have_text("1 on")
    assert tab.find("#where").input_value() == "team = harbour"


def test_the_facets_of_several_indexes_follow_them(open_page: OpenPage, served: Served) -> None:
    places = [served.folder / "indexes" / name for name in ("changing", "still")]
    with Retriever.open(places[0], create=True) as growing, Retriever.open(places[1], create=True) as still:
        for index, team in ((growing, "harbour"), (still, "pier")):
            index.add([Document(id="a", text="The heron nests in the old crane.", metadata={"team": team})])
        with run({"growing": growing, "still": still}, ServerOptions()) as url:
            tab = open_page("?q=heron", url=url)
            tab.find("summary", has_text="team").click()
            expect(tab.find("label", has_text="pier")).to_have_count(1)
            growing.add([Document(id="b", text="The kestrel nests in the belfry.", metadata={"team": "church"})])
            tab.run("() => { const now = Date.now; Date.now = () => now() + 60_000; }")
            tab.ask("kestrel")
            expect(tab.find("label", has_text="church")).to_have_count(1)


def test_a_number_of_many_digits_keeps_them(open_page: OpenPage, served: Served) -> None:
    with Retriever.open(served.folder / "indexes" / "numbers", create=True) as numbers:
        numbers.add(
            [
                Document(
                    id=str(number), text=f"Parcel {number} lies in the depot.", metadata={"parcel": 10**18 + number}
                )
                for number in (1, 2, 3)
            ]
        )
        with run({"numbers": numbers}, ServerOptions()) as url:
            tab = open_page("?q=depot", url=url)
            tab.find("summary", has_text="parcel").click()
            tab.find("label", has_text=str(10**18 + 2)).click()
            expect(tab.hits).to_have_count(1)
            tab.hits.first.locator("a.open").click()
            tab.find("#reader summary", has_text="Metadata").click()
            expect(tab.find("#reader dd", has_text=str(10**18 + 2))).to_be_visible()


def test_every_value_makes_a_filter_that_the_index_reads_back(open_page: OpenPage, served: Served) -> None:
    tab = open_page()
    write = """async ([field, values]) => {
        const { emptyState, writeFilter, writeState, readState } = await import("./static/state.js");
        const state = { ...emptyState(), facets: { [field]: values } };
        return [writeFilter(state), readState(writeState(state)).facets[field]];
    }"""

    @settings(max_examples=30)
    @example("__proto__", ["0"])
    @example("constructor", ["0"])
    @given(names, st.lists(st.text(max_size=12).filter(str.strip), min_size=1, max_size=3, unique=True))
    def check(field: str, values: list[str]) -> None:
        where, kept = tab.run(write, [field, values])
        parse(where)
        assert kept == values

    check()
