"""Reading conversations in a real browser: by the keyboard, with filters that count at once and are kept."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bot.staff.models import Role
from tests.e2e.insights.conftest import InsightPage

pytestmark = pytest.mark.e2e


def test_a_list_is_read_without_a_mouse(analyst: InsightPage) -> None:
    analyst.go("/insights/conversations?sort=score")
    links = [str(link.get_attribute("href")) for link in analyst.find("a[data-walk]").all()]
    analyst.press("j", "j", "k", "j")
    expect(analyst.find("a[data-walk]").nth(1)).to_be_focused()
    analyst.press("o")
    analyst.page.wait_for_url(f"**{links[1]}")
    analyst.press("n")
    analyst.page.wait_for_url(f"**{links[2]}")
    analyst.press("p")
    analyst.page.wait_for_url(f"**{links[1]}")
    analyst.press("j")
    expect(analyst.find(".ins-line").first).to_be_focused()
    analyst.press("u")
    analyst.page.wait_for_url("**/insights/conversations?sort=score")
    analyst.press("j", "Enter")
    analyst.page.wait_for_url(f"**{links[0]}")


def test_the_keys_are_shown_and_rest_while_somebody_types(analyst: InsightPage) -> None:
    analyst.go()
    analyst.press("?")
    expect(analyst.find("#shortcuts")).to_contain_text("Next conversation of the list")
    analyst.press("Escape", "/")
    expect(analyst.find("#f-q")).to_be_focused()
    analyst.page.keyboard.type("jonah?")
    expect(analyst.find("#f-q")).to_have_value("jonah?")
    expect(analyst.find("#shortcuts")).to_be_hidden()


def test_filters_count_at_once_and_the_address_says_so(analyst: InsightPage) -> None:
    analyst.go()
    analyst.find(
        ".ins-pick > summary",
    ).filter(has_text="Topic").click()
    analyst.page.get_by_label("Returns").check()
    expect(analyst.find(".ins-chips")).to_contain_text("returns")
    expect(analyst.page).to_have_url(re.compile(r"/insights/conversations\?topic=returns$"))
    analyst.find("#f-q").fill("lamp is bro")
    analyst.press("Enter")
    expect(analyst.page).to_have_url(re.compile(r"\?topic=returns&q=lamp\+is\+bro$"))
    analyst.page.get_by_role("link", name="Remove the filter Topic: returns").click()
    expect(analyst.page).to_have_url(re.compile(r"\?q=lamp\+is\+bro$"))
    expect(analyst.page.get_by_label("Returns")).not_to_be_checked()


def test_days_that_are_typed_are_the_period(analyst: InsightPage) -> None:
    analyst.go("/insights/conversations?since=2016-01-01&until=2016-01-31")
    expect(analyst.find("#found")).to_contain_text("No conversation fits")
    analyst.find("#f-until").fill("2036-01-01")
    analyst.find("#f-until").blur()
    expect(analyst.page).to_have_url(re.compile(r"since=2016-01-01&until=2036-01-01$"))
    expect(analyst.find(".ins-count")).to_have_text("70 conversations")


def test_a_filter_is_saved_chosen_and_deleted(analyst: InsightPage, open_insights: Callable[..., InsightPage]) -> None:
    analyst.go("/insights/conversations?period=7d&score=1&score=2")
    analyst.page.get_by_role("button", name="Save filter").click()
    analyst.page.get_by_label("Name").fill("Bad ratings")
    analyst.page.get_by_label("Everybody here may choose it").check()
    analyst.page.get_by_role("button", name="Save", exact=True).click()
    expect(analyst.find("#save-filter")).to_be_hidden()
    expect(analyst.find(".ins-saved .count")).to_have_text("1")

    analyst.page.get_by_role("button", name="Save filter").click()
    analyst.page.get_by_label("Name").fill("bad ratings")
    analyst.page.get_by_role("button", name="Save", exact=True).click()
    expect(analyst.find("#toasts")).to_contain_text("Choose another name")
    expect(analyst.find("#save-filter")).to_be_visible()
    analyst.press("Escape")

    other = open_insights(Role.SUPERVISOR).go()
    other.find(".ins-saved > summary").click()
    expect(other.find(".ins-saved")).to_contain_text("from Ana Lyst")
    other.page.get_by_role("link", name="Bad ratings").click()
    expect(other.page).to_have_url(re.compile(r"\?period=7d&score=1&score=2$"))

    analyst.page.on("dialog", lambda dialog: dialog.accept())
    analyst.find(".ins-saved > summary").click()
    analyst.page.get_by_role("button", name="Delete the filter Bad ratings").click()
    expect(analyst.find(".ins-saved .count")).to_have_count(0)


def test_a_conversation_is_tagged_judged_and_passed_on(analyst: InsightPage) -> None:
    analyst.go()
    analyst.press("j", "o")
    expect(analyst.find(".ins-side")).to_be_visible()
    analyst.press("l")
    analyst.page.keyboard.type("Look into")
    analyst.press("Enter")
    expect(analyst.find("#talk-tags")).to_contain_text("look into")
    analyst.find(".ins-scroll").focus()
    analyst.press("q")
    analyst.page.get_by_role("group", name="Found the right tone").get_by_label("Yes").check()
    analyst.page.get_by_role("group", name="Gave the right answer").get_by_label("Partly").check()
    analyst.page.get_by_role("button", name="Save", exact=True).click()
    expect(analyst.find("#talk-quality")).to_contain_text("75 %")
    analyst.page.get_by_role("button", name="Make a link").click()
    address = analyst.find("#made-link").input_value()
    analyst.go("/insights/shared/" + address.rsplit("/", 1)[1])
    expect(analyst.find("h1")).to_contain_text("A conversation with")
    assert analyst.problems() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_pages_fit_and_can_be_used_by_all(open_insights: Callable[..., InsightPage], width: int, scheme: str) -> None:
    reader = open_insights(viewport={"width": width, "height": 800}, color_scheme=scheme)
    reader.go()
    for _ in range(2):
        assert reader.problems() == []
        assert reader.is_as_wide_as_its_window()
        reader.press("j", "o")
        reader.find(".ins-reading").wait_for()
    expect(reader.find(".ins-line .bubble").first).to_be_in_viewport()
    for path in (
        "conversations?tag=nothing+has+it&q=some+long+words",
        "duties/promises",
        "questions",
        "quality",
        "exports",
    ):
        reader.go(f"/insights/{path}")
        assert reader.problems() == []
        assert reader.is_as_wide_as_its_window()


def test_on_a_telephone_the_open_way_and_the_scores_are_seen(open_insights: Callable[..., InsightPage]) -> None:
    reader = open_insights(viewport={"width": 390, "height": 844})
    reader.go("/insights/conversations?sort=score")
    expect(reader.find(".insights-rail [aria-current=page]")).to_be_in_viewport(ratio=1)
    expect(reader.find(".ins-talks .ins-score").first).to_be_in_viewport(ratio=1)
    reader.find(".ins-pick > summary").filter(has_text="Language").click()
    expect(reader.find(".ins-pick[open] .menu-body")).to_be_in_viewport(ratio=1)
    reader.go("/insights/dashboards")
    reader.find("#figure-csat-by-topic summary").click()
    assert reader.is_as_wide_as_its_window()
