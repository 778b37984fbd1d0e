"""The help centre as a browser without scripts sees it."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from bot.knowledge.answers import Articles
from bot.knowledge.encoding import VectorCache
from bot.knowledge.library import Library
from bot.languages.languages import shipped_languages
from bot.orders.formatting import Formatting
from bot.serving import WithHeaders
from channels.web.help import Shop, help_routes
from channels.web.routes import SECURE_HEADERS
from tests.support.articles import FakeEncoder, write_article

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    body = "Unused, within 30 days.\n\n## What it costs\n\nNothing, we pay for the label. <3\n\n## How long\n\nDays.\n"
    write_article(folder, "returns", body, title="Returning things", languages="[en, de]")
    write_article(folder, "de/returns", "Unbenutzt, innerhalb von 30 Tagen.", title="Etwas zurückgeben")
    write_article(folder, "large-parcels", "We collect what is large.", title="Large & heavy <things>")
    write_article(folder, "payment", "Pay by card or with PayPal.", title="Ways to pay", topic="payment")
    return folder


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
async def client(folder: Path, tmp_path: Path, encoder: FakeEncoder) -> AsyncIterator[httpx.AsyncClient]:
    articles = Articles(
        Library(folder),
        encoder,
        VectorCache(tmp_path / "data"),
        "http://shop",
        languages=("en", "de"),
        clock=_Fast(),
    )
    await articles.make_vectors()
    formatting, shop = Formatting("en-GB", "GBP", "Europe/London"), Shop("Wren & Son", "/", "en-GB")
    app = Starlette(
        routes=[*help_routes(articles, shipped_languages(), formatting, shop)],
        middleware=[Middleware(WithHeaders, headers=SECURE_HEADERS)],
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client:
        yield client


class _Fast:
    """A clock on which a second passes at every look, so that edits are noticed at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def text_of(answer: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


async def test_the_first_page_lists_every_article_by_topic(client: httpx.AsyncClient) -> None:
    answer = await client.get("/help")
    assert answer.status_code == 200
    assert re.findall(r'href="(/help/[a-z-]+)"', answer.text) == [
        "/help/large-parcels",
        "/help/returns",
        "/help/payment",
    ]
    assert "Returns Large &amp; heavy &lt;things&gt; Returning things Payment Ways to pay" in text_of(answer)


async def test_an_article_is_a_page_with_its_contents_and_others_of_its_topic(client: httpx.AsyncClient) -> None:
    answer = await client.get("/help/returns")
    assert answer.status_code == 200
    assert "<title>Returning things · Wren &amp; Son</title>" in answer.text
    assert '<h2 id="what-it-costs">What it costs</h2>' in answer.text
    assert '<a href="#what-it-costs">' in answer.text
    assert '<a href="/help/large-parcels">' in answer.text
    assert "Last checked on 1 March 2026" in text_of(answer)


async def test_a_search_shows_the_passage_that_answers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/help", params={"q": "returning things: what it costs"})
    assert "Found for “returning things: what it costs”" in text_of(answer)
    assert "Nothing, we pay for the label. &lt;3" in answer.text
    assert 'href="/help/returns#what-it-costs"' in answer.text


async def test_a_search_in_vain_says_so_and_leads_to_the_chat(client: httpx.AsyncClient) -> None:
    answer = await client.get("/help", params={"q": "zebras"})
    assert "No article answers “zebras”" in text_of(answer)
    assert 'data-ask="zebras"' in answer.text


@pytest.mark.parametrize("words", ['"><script>alert(1)</script>', "{{ 7*7 }}", "x" * 10_000])
async def test_what_is_searched_for_is_only_ever_text(client: httpx.AsyncClient, words: str) -> None:
    answer = await client.get("/help", params={"q": words})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "49" not in text_of(answer).partition("Search")[0]


async def test_searches_without_end_do_not_take_the_engine_from_the_chats(
    client: httpx.AsyncClient, encoder: FakeEncoder
) -> None:
    before = len(encoder.asked)
    answers = [await client.get("/help", params={"q": "pay by card" + "!" * number}) for number in range(40)]
    assert all(answer.status_code == 200 and "Ways to pay" in answer.text for answer in answers)
    assert len(encoder.asked) - before < 20


async def test_an_unknown_article_is_a_page_that_helps_on(client: httpx.AsyncClient) -> None:
    answer = await client.get("/help/teapots")
    assert answer.status_code == 404
    assert "There is no such article" in text_of(answer)
    assert 'type="search"' in answer.text


async def test_the_address_the_browser_and_the_shop_choose_the_language(client: httpx.AsyncClient) -> None:
    asked = {
        ("", ""): "en",
        ("", "de-AT,de;q=0.9,en;q=0.5"): "de",
        ("", "ja, fr;q=0.3, es;q=0.8"): "es",
        ("?lang=de", "en-GB"): "de",
        ("?lang=xx", ""): "en",
        ("", "*;q=abc,,;;"): "en",
    }
    for (query, accepted), language in asked.items():
        answer = await client.get(f"/help{query}", headers={"Accept-Language": accepted})
        assert (answer.headers["content-language"], f'<html lang="{language}"' in answer.text) == (language, True)


async def test_a_chosen_language_stays_chosen(client: httpx.AsyncClient) -> None:
    answer = await client.get("/help?lang=de")
    assert "Wie können wir Ihnen helfen?" in text_of(answer)
    assert 'href="/help/returns?lang=de"' in answer.text
    assert '<input type="hidden" name="lang" value="de">' in answer.text


async def test_an_article_can_be_read_in_its_languages(client: httpx.AsyncClient) -> None:
    answer = await client.get("/help/returns")
    assert 'href="/help/returns?lang=de" hreflang="de"' in answer.text
    assert "Etwas zurückgeben" in (await client.get("/help/returns?lang=de")).text


async def test_what_is_not_translated_is_shown_in_english_and_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/help/payment?lang=de")
    assert "Diesen Artikel gibt es bisher nur auf Englisch." in text_of(answer)
    assert '<div class="text" lang="en">' in answer.text


async def test_an_edit_is_on_the_page_without_a_restart(client: httpx.AsyncClient, folder: Path) -> None:
    path = write_article(folder, "payment", "Pay with shells.", title="Ways to pay", topic="payment")
    os.utime(path, ns=(0, 0))
    assert "Pay with shells." in (await client.get("/help/payment")).text


async def test_a_broken_edit_leaves_the_page_as_it_was(client: httpx.AsyncClient, folder: Path) -> None:
    os.utime(write_article(folder, "payment", "Pay with shells.", topic="teapots"), ns=(0, 0))
    assert "PayPal" in (await client.get("/help/payment")).text


async def test_pages_run_nothing_but_our_own_scripts(client: httpx.AsyncClient) -> None:
    for address in ("/help", "/help/returns", "/help/teapots"):
        answer = await client.get(address)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'" in policy
        assert "form-action 'self'" in policy
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=|https?://(?!www\.w3\.org)", answer.text)


@pytest.mark.parametrize("address", ["/help/help.css", "/help/help.js"])
async def test_style_and_script_are_served(client: httpx.AsyncClient, address: str) -> None:
    assert (await client.get(address)).status_code == 200


async def test_an_address_with_a_slash_too_many_leads_there(client: httpx.AsyncClient) -> None:
    answer = await client.get("/help/?lang=de")
    assert (answer.status_code, answer.headers["location"]) == (307, "/help?lang=de")
