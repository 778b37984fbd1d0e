"""Links that lead to Telegram: asked about, followed, refused in words; and a shop's own words after /start."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.storage.channel_tables import telegram_calls
from bot.storage.tables import identities
from tests.support.core import Visitor
from tests.support.telegram_in import WayIn
from tests.support.telegram_updates import tapped, typed


async def link_from_website(inward: WayIn) -> str:
    token, _ = await inward.conversations.open_link("web", "visitor", "telegram", "en")
    return token


async def test_who_comes_by_a_link_is_asked_before_anything_is_joined(inward) -> None:
    token = await link_from_website(inward)
    await inward.takes(typed(1, f"/start {token}"))
    assert await inward.outcome() == "link_asked"
    assert await inward.told() == ["utter_app_link_question"]
    [(asked,)] = await inward.rows(sa.select(telegram_calls.c.arguments))
    data = [button["callback_data"] for [button] in asked["reply_markup"]["inline_keyboard"]]
    assert data == [f"link:{token}", "link:no"]
    assert await inward.rows(sa.select(identities.c.id).where(identities.c.channel == "telegram")) == []
    await inward.takes(tapped(2, "link:no"))
    assert (await inward.outcomes())[2] == "link_declined"
    assert await inward.rows(sa.select(identities.c.id).where(identities.c.channel == "telegram")) == []
    edits = sa.select(telegram_calls.c.arguments).where(telegram_calls.c.method == "editMessageText")
    [(edit,)] = await inward.rows(edits)
    assert (edit["text"].split()[0], edit["reply_markup"]) == ("utter_app_link_declined", {"inline_keyboard": []})


async def test_a_link_brings_the_conversation_along(inward) -> None:
    await Visitor(inward.conversations, "visitor").types("hello from the website")
    await inward.takes(tapped(1, f"link:{await link_from_website(inward)}"))
    assert (await inward.said())[0].text == "hello from the website"
    assert await inward.outcome() == "linked"


async def test_a_link_without_a_conversation_begins_one(inward) -> None:
    await inward.takes(tapped(1, f"link:{await link_from_website(inward)}"))
    assert [(m.text.split()[0], m.kind) for m in await inward.said()] == [
        ("utter_app_linked_only", "notice"),
        ("/start", "command"),
    ]
    assert await inward.outcome() == "command"


async def test_a_link_that_is_followed_again_is_not_refused(inward) -> None:
    token = await link_from_website(inward)
    await inward.takes(tapped(1, f"link:{token}"), typed(2, f"/start {token}", number=6), tapped(3, f"link:{token}"))
    assert await inward.outcomes() == {1: "command", 2: "linked", 3: "linked"}
    assert await inward.told() == []


async def test_a_wrong_link_is_told_so_and_greeted_like_anybody(inward) -> None:
    await inward.takes(typed(1, f"/start {'x' * 22}"))
    assert await inward.told() == ["utter_app_link_unknown"]
    assert await inward.outcome() == "command"
    assert [(m.text, m.kind) for m in await inward.said()] == [("/start", "command")]


@pytest.mark.parametrize("word", ["newsletter", "x" * 21, "x" * 23, "x" * 64])
async def test_a_shops_own_word_after_start_is_no_link(inward, word) -> None:
    await inward.takes(typed(1, f"/start {word}"))
    assert await inward.told() == []
    assert [m.text for m in await inward.said()] == [f"/start {word}"]


async def test_a_link_that_is_followed_by_two_is_one_persons(inward) -> None:
    token = await link_from_website(inward)
    await inward.takes(typed(1, f"/start {token}", sender=42), typed(2, f"/start {token}", sender=43))
    await inward.takes(tapped(3, f"link:{token}", sender=42), tapped(4, f"link:{token}", sender=43))
    await inward.takes(typed(5, f"/start {token}", sender=44))
    outcomes = await inward.outcomes()
    assert [outcomes[n] for n in (1, 2, 5)] == ["link_asked", "link_asked", "link_refused"]
    assert sorted(outcomes[n] for n in (3, 4)) == ["command", "link_refused"]
