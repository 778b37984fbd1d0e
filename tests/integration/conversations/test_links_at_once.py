"""Links while much happens at once: an identity is one customer's, and a message is in one conversation."""

from __future__ import annotations

import asyncio

import pytest

from bot.conversations.errors import LinkRefused
from tests.support.core import Visitor
from tests.support.telegram_customer import TelegramCustomer


async def test_of_two_who_bring_a_token_at_once_one_is_let_in(shop) -> None:
    await shop.asks(shop.wanda)
    for user in range(100, 105):
        token = await shop.link()
        both = await asyncio.gather(
            shop.follow(token, str(user)), shop.follow(token, f"{user}0"), return_exceptions=True
        )
        refused = [outcome for outcome in both if isinstance(outcome, LinkRefused)]
        assert [refusal.code for refusal in refused] == ["used"], both
    assert len(shop.links()) == 5


async def test_who_brings_a_token_twice_at_once_is_linked_once(shop) -> None:
    conversation = await shop.asks(shop.wanda)
    token = await shop.link()

    one, other = await asyncio.gather(shop.follow(token), shop.follow(token))

    assert one.link_id == other.link_id
    assert len(shop.links()) == 1
    said = [message.response for message in await shop.said(conversation)]
    assert said.count("utter_app_linked") == 1


async def test_a_message_that_comes_while_a_link_is_made_is_in_one_conversation_or_the_other(shop, clock) -> None:
    conversation = await shop.asks(shop.wanda)
    for user in range(100, 108):
        guest = TelegramCustomer(shop.service, str(user))
        await guest.types("hello")
        token = await shop.link()
        clock.forward(seconds=1)
        _, receipt = await asyncio.gather(shop.follow(token, str(user)), guest.types("is this here?"))
        left = shop.conversation(receipt.conversation_id)
        assert left.id == conversation or (left.state, left.end_reason) == ("ended", "left")
        clock.forward(seconds=1)
        await shop.service.undo_link(shop.links()[0].id, "operator")


async def test_links_in_both_directions_at_once_do_not_hold_each_other_up(shop, clock) -> None:
    pairs = (("wanda", "42"), ("nora", "77"))
    for visitor, user in pairs:
        await shop.asks(Visitor(shop.service, visitor))
        await shop.follow(await shop.link(visitor), user)
    clock.forward(seconds=1)
    crossed = [(await shop.link("wanda"), "77"), (await shop.link("nora"), "42")]

    await asyncio.wait_for(asyncio.gather(*(shop.follow(*each) for each in crossed)), 4)

    assert shop.customer_of("77") == shop.customer_of("wanda") != shop.customer_of("42") == shop.customer_of("nora")
    assert len(shop.links()) == 4


async def test_undoing_and_following_at_once_leave_an_identity_with_one_customer(shop, clock) -> None:
    await shop.asks(shop.wanda)
    await shop.asks(TelegramCustomer(shop.service, "77"))
    for _ in range(5):
        first = await shop.linked()
        clock.forward(seconds=1)
        token = await shop.link("77", "telegram")
        assert first.link_id is not None
        outcomes = await asyncio.gather(
            shop.follow(token), shop.service.undo_link(first.link_id, "operator"), return_exceptions=True
        )
        assert not isinstance(outcomes[0], BaseException), outcomes
        standing = [link for link in shop.links() if link.undone_at is None]
        assert shop.customer_of("42") == standing[0].to_customer_id == shop.customer_of("77")
        for link in standing:
            clock.forward(seconds=1)
            await shop.service.undo_link(link.id, "operator")


async def test_a_message_waits_for_the_link_that_its_writer_follows(shop) -> None:
    if shop.service.database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    conversation = await shop.asks(shop.wanda)
    await shop.tom.types("hello")
    token = await shop.link()
    began, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def held(unit) -> None:
        loop.call_soon_threadsafe(began.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(5)

    following = asyncio.create_task(shop.service.follow_link(token, "telegram", "42", "en", with_it=held))
    await began.wait()
    writing = asyncio.create_task(shop.tom.types("is this here?"))
    await asyncio.sleep(0.3)
    assert not writing.done()
    go_on.set()

    assert (await writing).conversation_id == (await following).conversation_id == conversation
