"""The context that a bot would get, and the check of what it answers."""

from __future__ import annotations

from page_driver import OpenPage
from page_server import Served
from playwright.sync_api import expect

QUESTION = "When does the bakery bake rye bread?"


def test_the_context_is_that_of_the_library(open_page: OpenPage, served: Served) -> None:
    tab = open_page(f"?q={QUESTION}&index=corpus")
    tab.find("#context-button").click()
    expect(tab.find(".verdict")).to_contain_text("Answered here")
    context = served.corpus.context(QUESTION)
    assert tab.find(".excerpts .number").all_inner_texts() == [f"[{item.number}]" for item in context.excerpts]
    assert tab.find("#context pre").text_content() == context.text
    expect(tab.find(".verdict")).to_contain_text(f"{context.tokens:,} of 1,500 tokens")
    tab.find("#context button", has_text="Copy as text").click()
    expect(tab.find("#toast")).to_have_text("Copied.")
    assert tab.run("() => navigator.clipboard.readText()") == context.text
    tab.find("#budget").select_option("500")
    expect(tab.find(".verdict")).to_contain_text("of 500 tokens")
    assert "budget=500" in tab.page.url
    tab.press("Escape")
    expect(tab.find("#context")).not_to_be_visible()
    tab.page.wait_for_function("() => !location.search.includes('sheet')")


def test_a_follow_up_is_asked_with_the_turns_before_it(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask(QUESTION)
    tab.press("ArrowDown", "b")
    expect(tab.find(".verdict")).to_be_visible()
    tab.find("#next-question").fill("And when do they take orders?")
    with tab.page.expect_request("**/v1/context") as waiting:
        tab.press("Enter")
    sent = waiting.value.post_data_json
    assert sent["question"] == "And when do they take orders?"
    assert sent["history"] == [QUESTION]
    expect(tab.find(".turns .now")).to_have_text("And when do they take orders?")
    expect(tab.find("#next-question")).to_be_focused()
    with tab.page.expect_request("**/v1/context") as waiting:
        tab.find("[aria-label='Remove turn 1']").click()
    assert "history" not in waiting.value.post_data_json
    assert "turn=" not in tab.page.url


def test_what_nothing_answers_is_said(open_page: OpenPage) -> None:
    tab = open_page("?q=Who+won+the+world+cup+of+1998%3F&sheet=context&index=corpus")
    expect(tab.find(".verdict.no")).to_contain_text("Nothing here answers this.")
    expect(tab.find(".excerpts")).to_have_count(0)


def test_an_answer_is_checked(open_page: OpenPage) -> None:
    tab = open_page(f"?q={QUESTION}&sheet=context&index=corpus")
    tab.find(".check summary").click()
    answer = "The bakery in Elmsworth bakes rye bread on Tuesdays and Fridays [1]. It opens at nine on Sundays [1]."
    tab.find("#answer").fill(answer)
    tab.find(".check button").click()
    expect(tab.find(".claim")).to_have_count(2)
    expect(tab.find(".claim.no")).to_have_count(1)
    expect(tab.find(".claim.no")).to_contain_text("It opens at nine on Sundays")
    expect(tab.find(".check")).to_contain_text("1 of 2 claims not supported")
