"""The page for every reader: axe finds nothing, whatever is open; narrow and enlarged; without a mouse; in Chinese."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from page_driver import OpenPage, PageDriver
from playwright.sync_api import expect

QUESTION = "When does the bakery bake rye bread?"
FEW = "&k=4"  # of more hits axe says the same, later


def show(tab: PageDriver, question: str) -> None:
    """Show a few hits."""
    tab.go(f"?q={question}{FEW}")
    tab.wait_for_answer(question)


def _start(tab: PageDriver) -> None:
    tab.go()
    expect(tab.find("#summary li")).not_to_have_count(0)


def _hits(tab: PageDriver) -> None:
    show(tab, QUESTION)
    tab.find("#filters").evaluate(
        "e => [e, ...document.querySelectorAll('main details')].forEach(d => (d.open = true))"
    )
    expect(tab.find("#facets fieldset")).not_to_have_count(0)


def _right_to_left(tab: PageDriver) -> None:
    show(tab, "متى تغلق البئر؟")


def _nothing(tab: PageDriver) -> None:
    tab.go("?q=dredger&f.team=nobody")
    expect(tab.find("#status strong")).to_be_visible()


def _preview(tab: PageDriver) -> None:
    show(tab, QUESTION)
    tab.find("#results").evaluate("e => e.classList.add('preview')")


def _reader(tab: PageDriver) -> None:
    show(tab, QUESTION)
    tab.press("ArrowDown", "Enter")
    expect(tab.find("#reader [aria-current=true]")).to_be_visible()


def _pdf(tab: PageDriver) -> None:
    show(tab, "什么情况下启动防汛Ⅰ级响应？")
    tab.press("ArrowDown", "Enter")
    expect(tab.find("#reader [aria-current=true]")).to_be_visible()
    expect(tab.find("#as-page")).to_be_visible()


def _keys(tab: PageDriver) -> None:
    tab.go()
    tab.find("#keys-button").click()
    expect(tab.find("#keys dl")).to_be_visible()


def _context(tab: PageDriver) -> None:
    tab.go("?q=When+does+the+bakery+bake+rye+bread%3F&sheet=context&turn=Where+is+the+bakery%3F")
    expect(tab.find(".excerpts li")).not_to_have_count(0)
    tab.find("#context details").evaluate_all("all => all.forEach(details => (details.open = true))")
    tab.find("#answer").fill("Rye bread is baked on Tuesdays [1]. It costs 12 crowns [1].")
    tab.find(".check button").click()
    expect(tab.find(".claim")).to_have_count(2)


def _unanswered(tab: PageDriver) -> None:
    tab.go("?q=Who+won+the+world+cup+of+1998%3F&sheet=context")
    expect(tab.find(".verdict.no")).to_be_visible()


def _trouble(tab: PageDriver) -> None:
    tab.go()
    tab.expected = ["ERR_FAILED", "Refusal"]
    tab.page.route("**/v1/search", lambda route: route.abort())
    tab.find("#question").fill("dredger")
    tab.press("Enter")
    expect(tab.find("#trouble button")).to_be_visible()
    tab.page.unroute("**/v1/search")


def _wrong_filter(tab: PageDriver) -> None:
    tab.expected = ["400", "Refusal"]
    tab.go("?q=dredger&where=team+%3D")
    expect(tab.find("#where-trouble")).not_to_be_empty()


STATES: list[Callable[[PageDriver], None]] = [
    _start, _hits, _right_to_left, _nothing, _preview, _reader, _pdf, _context, _unanswered, _keys, _trouble,
    _wrong_filter,
]  # fmt: skip


def test_axe_finds_nothing(open_page: OpenPage) -> None:
    tab = open_page()
    for state in STATES:
        tab.page.emulate_media(color_scheme="light")
        state(tab)
        name = state.__name__.strip("_")
        assert (name, run_axe(tab)) == (name, [])
        tab.page.emulate_media(color_scheme="dark")
        assert (name, "dark", run_axe(tab, "color-contrast")) == (name, "dark", [])


def run_axe(tab: PageDriver, *rules: str) -> list[tuple[str, list[str]]]:
    """What axe finds: the rule, and the elements that break it."""
    if not tab.run("() => Boolean(window.axe)"):
        tab.run(AXE_SCRIPT)
    only = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    found = tab.run("options => axe.run(options)", {"resultTypes": ["violations"], **only})
    return [(broken["id"], [node["html"] for node in broken["nodes"]]) for broken in found["violations"]]


@pytest.mark.parametrize("width", [320, 640], ids=["320 pixels", "twice as large"])
def test_nothing_sticks_out_of_a_narrow_page(open_page: OpenPage, width: int) -> None:
    # 1280 by 900 pixels enlarged to 200 % are 640 by 450.
    tab = open_page(width=width, height=450 if width == 640 else 568, locale="zh-CN")
    sticking = """width => [...document.querySelectorAll("body *")]
        .filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".unseen, .skip"))
        .filter(e => e.getBoundingClientRect().right > width + 1 && getComputedStyle(e).position !== "absolute")
        .map(e => e.outerHTML.slice(0, 80))"""
    for state in (_start, _hits, _reader, _context, _keys):
        state(tab)
        name = state.__name__.strip("_")
        assert (name, tab.run(sticking, width)) == (name, [])
        assert tab.run("() => document.documentElement.scrollWidth") <= width


def test_the_page_speaks_chinese(open_page: OpenPage) -> None:
    tab = open_page(locale="zh-CN")
    assert tab.find("html").get_attribute("lang") == "zh-CN"
    tab.ask("最多可以借几本书？")
    expect(tab.find("#status")).to_contain_text("段，用时")
    tab.find("#language").click()
    expect(tab.find("#status")).to_contain_text("passages in")
    tab.page.reload()
    tab.wait_for_answer("最多可以借几本书？")
    expect(tab.find("#filters-title")).to_contain_text("Filters")
    assert tab.find("#results .text").first.get_attribute("lang") == "zh"


def test_both_languages_have_the_same_words_and_the_page_uses_them_all(open_page: OpenPage) -> None:
    tab = open_page()
    script = """async () => {
        const [en, zh] = await Promise.all(["en", "zh"].map(l => import(`./static/words-${l}.js`)));
        const values = words => [...JSON.stringify(words).matchAll(/\\{(\\w+)\\}/g)].map(m => m[1]);
        return Object.fromEntries(Object.entries(en.default).map(([key, words]) => [key, [
            [...new Set(values(words))].sort(), [...new Set(values(zh.default[key] ?? ""))].sort()]])
            .concat(Object.keys(zh.default).filter(key => !(key in en.default)).map(key => [key, ["", "only zh"]])));
    }"""
    words: dict[str, list[list[str]]] = tab.run(script)
    assert {key: values for key, values in words.items() if values[0] != values[1]} == {}
    names = tab.run("() => performance.getEntriesByType('resource').map(entry => entry.name)")
    sources = [tab.page.request.get(name).text() for name in names if name.endswith(".js") and "/words-" not in name]
    source = "\n".join([*sources, tab.page.request.get(tab.url + "/").text()])
    built = ("theme-", "why-", "key-")  # their keys are put together
    unused = [
        key
        for key in words
        if not any(mark in source for mark in (f'"{key}"', f"`{key}"))
        and not (key.startswith(built) and f"{key.split('-')[0]}-" in source)
        and key not in ("language", "year", "extension", "folder", "budget", "order")
    ]
    assert unused == []


def test_light_and_dark_are_chosen_and_kept(open_page: OpenPage) -> None:
    tab = open_page(scheme="dark")
    background = "() => getComputedStyle(document.documentElement).backgroundColor"
    dark = tab.run(background)
    tab.find("#theme").click()
    expect(tab.find("#theme")).to_contain_text("light")
    light = tab.run(background)
    assert light != dark
    tab.page.reload()
    expect(tab.find("#theme")).to_contain_text("light")
    assert tab.run(background) == light


def test_nothing_moves_for_those_who_want_no_motion(open_page: OpenPage) -> None:
    tab = open_page()
    _reader(tab)
    assert tab.run("() => document.getAnimations().length") == 0
    assert tab.find("#reader").evaluate("e => getComputedStyle(e).animationName") == "none"


def test_everything_can_be_reached_with_the_keyboard(open_page: OpenPage) -> None:
    tab = open_page()
    tab.wait_for_focus("question")
    tab.ask(QUESTION)
    ids = [str(hit.get_attribute("data-id")) for hit in tab.hits.all()]
    for key, focus in (
        ("ArrowDown", ids[0]), ("ArrowDown", ids[1]), ("j", ids[2]), ("k", ids[1]), ("ArrowUp", ids[0]),
        ("ArrowUp", "question"), ("Tab", ""), ("/", "question"),
    ):  # fmt: skip
        tab.press(key)
        if focus:
            tab.wait_for_focus(focus)
    tab.press("ArrowDown", "f")
    assert tab.run("() => document.activeElement.closest('#filters') !== null")
    tab.press("Escape")
    tab.wait_for_focus("question")
    tab.press("ArrowDown", "?")
    expect(tab.find("#keys")).to_be_visible()
    tab.press("Escape")
    expect(tab.find("#keys")).not_to_be_visible()
    tab.wait_for_focus(ids[0])


def test_escape_in_the_question_leaves_it_as_it_is(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask("dredger")
    tab.press("Escape", "Escape")
    tab.wait_for_focus("question")
    assert tab.find("#question").input_value() == "dredger"
    assert tab.hits.count() > 0


def test_the_focus_stays_where_it_is_when_other_hits_come(open_page: OpenPage) -> None:
    tab = open_page("?q=sheep+wells+chimneys&index=chronicle")
    expect(tab.hits).not_to_have_count(0)
    tab.find("#question").focus()
    tab.press("ArrowDown", "ArrowDown")
    second = tab.focus
    tab.press("d")  # near-duplicates by themselves: the hits come anew
    expect(tab.hits).to_have_count(10)
    expect(tab.find("#duplicates")).to_be_checked()
    tab.wait_for_focus(second)
    tab.find("text=Show more").focus()
    tab.press("Enter")
    expect(tab.hits).to_have_count(20)
    tab.wait_for_focus(str(tab.hits.nth(10).get_attribute("data-id")))


def test_the_back_button_closes_the_keys(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask("dredger")
    tab.find("#keys-button").click()
    expect(tab.find("#keys")).to_be_visible()
    tab.page.go_back()
    expect(tab.find("#keys")).not_to_be_visible()


def test_filters_stay_closed_in_another_language(open_page: OpenPage) -> None:
    tab = open_page("?q=dredger")
    tab.find("#filters > summary").click()
    tab.find("#language").click()
    expect(tab.find("#filters > summary")).to_contain_text("筛选")
    assert tab.find("#filters").get_attribute("open") is None


def test_single_letters_can_be_turned_off(open_page: OpenPage) -> None:
    tab = open_page()
    tab.ask(QUESTION)
    tab.find("#keys-button").click()
    tab.find("#keys label").click()
    tab.press("Escape")
    tab.press("Escape", "ArrowDown", "w", "?", "j")
    expect(tab.find("#keys")).not_to_be_visible()
    tab.wait_for_focus(str(tab.hits.first.get_attribute("data-id")))
    expect(tab.hits.first.locator("details.why")).not_to_have_attribute("open", "")
