"""Links, blocks and copies while people own the conversation: the owner stays, and no nonsense is told."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.conversations.blocking import blocked
from bot.conversations.models import Reply
from bot.conversations.repeats import copy_of
from bot.conversations.unlinking import undo_link
from bot.handoff import owning
from bot.handoff.models import QUEUE
from bot.storage.channel_tables import links
from bot.storage.tables import deliveries

pytestmark = pytest.mark.integration


async def linked(house) -> None:
    """Tom brings a link of Wanda's: her conversation goes on at his."""
    token, _ = await house.service.open_link("web", "wanda", "telegram", "en")
    await house.service.follow_link(token, "telegram", "42", "en")


async def owned(house, robin, by: str) -> str:
    """A conversation of Wanda's that asks her something, and is then with people; its id."""
    conversation = (await house.wanda.types("track")).conversation_id
    await house.turn(conversation, Reply("Which order?", metadata={"expects": "order_number"}))
    if by == QUEUE:
        await house.unit_of_work(lambda unit: house.people.ask_for(unit, conversation, "asked"))
    else:
        await house.does(owning.claim, conversation, robin)
    return conversation


@pytest.mark.parametrize("by", [QUEUE, "agent"])
async def test_a_link_keeps_the_owner_and_asks_nothing_of_the_bots_again(house, robin, by) -> None:
    conversation = await owned(house, robin, by)
    owner = house.owner(conversation)
    await linked(house)
    assert (house.owner(conversation), house.conversation(conversation).channel) == (owner, "telegram")
    assert (await house.said(conversation))[-1] == "utter_app_linked"
    received = await house.tom.types("hello from my phone")
    assert (received.conversation_id, received.needs_turn) == (conversation, False)


async def test_what_the_agent_asked_last_is_asked_again_where_the_customer_is_now(house, robin) -> None:
    conversation = await owned(house, robin, "agent")
    await house.does(owning.reply, conversation, robin, "Which colour was it?", key="k")
    await linked(house)
    assert (await house.said(conversation))[-2:] == ["utter_app_linked", "Which colour was it?"]
    again = (await house.messages(conversation))[-1]
    assert (again.author_kind, again.author_name) == ("agent", "Robin")


async def test_an_undone_link_keeps_the_owner(house, robin) -> None:
    conversation = await owned(house, robin, "agent")
    await linked(house)
    (link,) = house.read(sa.select(links))
    await house.service.changes(lambda unit: undo_link(unit, link.id, "operator"))
    assert (house.owner(conversation), house.conversation(conversation).channel) == (robin.id, "web")
    assert (await house.said(conversation))[-1] == "utter_app_unlinked"
    change = await house.does(owning.reply, conversation, robin, "Still here.", key="k2")
    sent_to = house.read(sa.select(deliveries.c.channel).where(deliveries.c.message_id == change.messages[0].id))
    assert [row.channel for row in sent_to] == ["web"]


async def test_who_leaves_their_own_place_in_the_queue_by_a_link_is_told_to_write_anew(house, robin) -> None:
    waiting = await house.waits(house.tom)
    hers = await house.talks()
    await linked(house)
    left = house.conversation(waiting)
    assert (left.state, left.end_reason, left.owner) == ("ended", "left", "bot")
    assert house.handoff(waiting).outcome == "left"
    (survey,) = house.surveys(waiting)
    assert (survey.state, survey.exempt_reason) == ("exempt", "unanswered")
    assert "utter_app_write_anew" in await house.said(hers)


@pytest.mark.parametrize("by", [QUEUE, "agent"])
async def test_who_blocks_us_is_nobodys_work_any_more(house, robin, by) -> None:
    waiting = await house.waits(house.tom)
    if by == "agent":
        await house.does(owning.claim, waiting, robin)
    (change,) = await house.service.changes(lambda unit: blocked(unit, "telegram", "42"))
    assert change.ended
    handoff = house.handoff(waiting)
    assert (handoff.state, handoff.outcome) == ("closed", "left")
    assert house.owner(waiting) == "bot"


async def test_what_an_agent_wrote_and_may_be_lost_is_shown_again_as_theirs(house, robin) -> None:
    waiting = await house.waits(house.tom)
    await house.does(owning.claim, waiting, robin)
    change = await house.does(owning.reply, waiting, robin, "Hello.", key="k")
    copy = await house.unit_of_work(lambda unit: copy_of(unit, change.messages[0].id))
    assert (copy.author_kind, copy.author_name, copy.agent_id) == ("agent", "Robin", robin.id)
