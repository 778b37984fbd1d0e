"""In groups we only say that we talk in private, and seldom."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.storage.channel_tables import telegram_groups
from bot.storage.tables import customers
from tests.support.telegram_updates import in_group, membership


async def test_who_speaks_to_us_in_a_group_is_told_where_to_go(inward) -> None:
    await inward.takes(in_group(1, "@shop_bot where is my order?"))
    (call,) = await inward.queued()
    assert (call.chat_id, call.method) == (-100, "sendMessage")
    assert call.arguments["reply_parameters"] == {"message_id": 9, "allow_sending_without_reply": True}
    assert await inward.told() == ["utter_app_private_only"]
    assert await inward.rows(sa.select(customers)) == []


async def test_a_group_is_told_at_most_once_an_hour(inward, clock) -> None:
    for n in range(1, 5):
        await inward.takes(in_group(n, "/help"), in_group(n + 100, "/help", group=-200))
        clock.forward(minutes=25)
    assert sorted(call.chat_id for call in await inward.queued()) == [-200, -200, -100, -100]


async def test_a_group_that_adds_us_is_told(inward) -> None:
    await inward.takes(membership(1, "member", before="left", id=-100, type="group", title="Friends"))
    (call,) = await inward.queued()
    assert "reply_parameters" not in call.arguments


@pytest.mark.parametrize("text", ["hello", "/start@other_bot", "@shop_bots", "/foo"])
async def test_talk_among_others_is_left_alone(inward, text) -> None:
    await inward.takes(in_group(1, text))
    assert await inward.queued() == []
    assert await inward.rows(sa.select(telegram_groups)) == []


async def test_a_group_that_moved_is_told_at_its_new_place_and_not_twice(inward) -> None:
    await inward.takes(in_group(1, "/help"))
    await inward.takes(in_group(2, migrate_to_chat_id=-900), in_group(3, group=-900, migrate_from_chat_id=-100))
    assert [call.chat_id for call in await inward.queued()] == [-900]
    await inward.takes(in_group(4, "/help", group=-900), in_group(5, "/help"))
    assert len(await inward.queued()) == 1


async def test_a_group_that_moved_before_it_was_ever_told_is_told_at_its_new_place(inward) -> None:
    await inward.takes(in_group(1, migrate_to_chat_id=-900))
    await inward.takes(in_group(2, "/help"))
    assert [call.chat_id for call in await inward.queued()] == [-900]


async def test_posts_of_a_channel_are_left_alone(inward) -> None:
    post = {"message_id": 4, "chat": {"id": -300, "type": "channel"}, "text": "@shop_bot /help"}
    await inward.takes({"update_id": 1, "channel_post": post}, {"update_id": 2, "edited_channel_post": post})
    assert await inward.queued() == []
