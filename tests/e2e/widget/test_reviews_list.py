"""The list of published reviews on a page of the shop's own: text as text, the reader's colours, nothing if none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from channels.web.reviews import SCRIPT


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-US", timezone_id="Europe/London")
    yield context.new_page()
    context.close()


REVIEWS = {
    "reviews": [
        {
            "name": "Mia",
            "score": 5,
            "text": "Quick <img src=x onerror=document.title='gone'>\nand kind.",
            "language": "en",
            "published_on": "2026-03-02",
        },
        {"name": None, "score": 5, "text": "Très bien !", "language": "fr", "published_on": "2026-03-01"},
    ],
    "page": 1,
    "pages": 2,
    "count": 3,
}
MORE = {**REVIEWS, "reviews": REVIEWS["reviews"][1:], "page": 2}


def shows_reviews(page: Page, scheme: str, answer: object = None) -> Page:
    """A page of the shop with the list on it."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # dark or light
    host = "http://shop.test"
    html = (
        "<!doctype html><html lang=en><title>Shop</title><body>"
        f"<script type=module src={host}/widget/reviews.js></script><bellhop-reviews></bellhop-reviews>"
    )
    policy = {"Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'"}
    page.route(f"{host}/", lambda route: route.fulfill(body=html, content_type="text/html", headers=policy))
    script = SCRIPT.read_text()
    page.route(f"{host}/widget/reviews.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    page.route("**/api/web/reviews*page=1*", lambda route: route.fulfill(json=answer or REVIEWS))
    page.route("**/api/web/reviews*page=2*", lambda route: route.fulfill(json=MORE))
    page.goto(f"{host}/")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_of_reviews_shows_text_as_text_and_follows_the_readers_colours(page: Page, scheme: str) -> None:
    shows_reviews(page, scheme)
    items = page.locator("bellhop-reviews li")
    items.first.wait_for()
    assert items.first.locator("p").inner_text() == REVIEWS["reviews"][0]["text"]  # type: ignore[index]  # a list
    assert items.first.locator("small").inner_text() == "Mia · Mar 2, 2026"
    assert items.last.locator("small").inner_text() == "A customer · Mar 1, 2026"
    assert page.locator("bellhop-reviews img").count() == 0
    assert page.title() == "Shop"
    background = items.first.evaluate("node => getComputedStyle(node).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(23, 27, 33)"}[scheme]
    page.locator("bellhop-reviews button").click()
    items.nth(2).wait_for()
    assert page.locator("bellhop-reviews button").is_hidden()


def test_without_reviews_there_is_nothing_to_see(page: Page) -> None:
    shows_reviews(page, "light", {"reviews": [], "page": 1, "pages": 0, "count": 0})
    page.wait_for_load_state("networkidle")
    assert page.locator("bellhop-reviews").is_hidden()


def test_the_script_is_small_and_cannot_make_markup_of_text() -> None:
    source = SCRIPT.read_text()
    assert len(source.encode()) <= 4 * 1024
    assert not [word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(") if word in source]
