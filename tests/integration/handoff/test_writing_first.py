"""Writing to a customer whose conversation is over: where, as whom, and when not."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from bot.conversations.blocking import blocked
from bot.handoff import owning
from bot.handoff.errors import NotOwner, NotPossible, UnknownConversation
from bot.handoff.models import QUEUE, Reason
from bot.handoff.outbound import open_outbound
from bot.staff.models import Role
from bot.storage.tables import conversations
from tests.support.core import Visitor

pytestmark = pytest.mark.integration


async def writes(house, conversation: str, agent, reason: Reason = Reason.PROMISED):
    """The conversation that it goes on in, and what changed there."""
    found: list[str] = []

    def work(unit):
        goes_on_in, change = open_outbound(unit, conversation, agent, reason)
        found.append(goes_on_in)
        return change

    change = await house.service.change(work)
    return found[0], change


async def over(house, robin, customer=None) -> str:
    """A conversation that has ended; its id."""
    waiting = await house.waits(customer)
    await house.does(owning.claim, waiting, robin)
    await house.does(owning.resolve, waiting, robin)
    return waiting


async def test_a_new_conversation_knows_the_last_and_is_the_agents(house, robin) -> None:
    before = await over(house, robin)
    conversation, change = await writes(house, before, robin)
    assert conversation != before
    assert (change.opened, change.owner, house.owner(conversation)) == (True, robin.id, robin.id)
    assert [m.text for m in change.messages] == ["utter_app_agent_writes Robin"]
    assert house.conversation(conversation).previous_id == before
    handoff = house.handoff(conversation)
    assert (handoff.reason, handoff.state, handoff.held_by) == ("promised", "held", robin.id)
    assert handoff.packet["earlier"][0]["conversation"] == before
    await house.does(owning.reply, conversation, robin, "Your parcel is found.", key="k")
    received = await house.wanda.types("wonderful!")
    assert (received.conversation_id, received.needs_turn) == (conversation, False)


async def test_where_the_customer_is_talking_already_the_agent_joins_in(house, robin) -> None:
    before = await over(house, robin)
    open_one = await house.talks(text="another thing")
    conversation, change = await writes(house, before, robin, Reason.FOLLOW_UP)
    assert (conversation, change.opened) == (open_one, False)
    assert (house.owner(open_one), house.handoff(open_one).reason) == (robin.id, "follow_up")


async def test_who_waits_in_the_queue_is_taken_from_it(house, robin) -> None:
    before = await over(house, robin)
    waiting = await house.waits()
    assert house.owner(waiting) == QUEUE
    conversation, _ = await writes(house, before, robin)
    assert (conversation, house.owner(waiting)) == (waiting, robin.id)
    assert len(house.handoffs(waiting)) == 1


async def test_nobody_talks_over_another_agent(house, robin, noor) -> None:
    before = await over(house, robin)
    waiting = await house.waits()
    await house.does(owning.claim, waiting, noor)
    with pytest.raises(NotOwner, match="Noor has"):
        await writes(house, before, robin)


async def test_who_has_blocked_us_is_not_written_to(house, robin) -> None:
    before = await over(house, robin, house.tom)
    await house.service.changes(lambda unit: blocked(unit, "telegram", "42"))
    with pytest.raises(NotPossible, match="takes no messages"):
        await writes(house, before, robin)
    assert len(house.read(sa.select(conversations))) == 1


async def test_there_must_be_somebody_to_write_and_something_to_write_about(house, robin) -> None:
    before = await over(house, robin)
    analyst = house.agent("Ada", Role.ANALYST)
    with pytest.raises(NotPossible):
        await writes(house, before, analyst)
    with pytest.raises(UnknownConversation):
        await writes(house, "no-such", robin)


async def test_who_was_linked_since_is_written_to_where_they_are_now(house, robin) -> None:
    before = await over(house, robin)
    token, _ = await house.service.open_link("telegram", "42", "web", "en")
    await house.service.follow_link(token, "web", "wanda", "en")
    conversation, change = await writes(house, before, robin)
    row = house.conversation(conversation)
    assert row.customer_id == change.customer_id
    # Wanda is Tom's customer now: what opens belongs to both.
    status = await house.service.status("telegram", "42")
    assert status.conversation_id == conversation


async def test_the_customer_writes_at_the_same_moment(house, robin) -> None:
    for n in range(8):
        visitor = Visitor(house.service, f"visitor-{n}")
        before = await over(house, robin, visitor)
        (conversation, _), received = await asyncio.gather(writes(house, before, robin), visitor.types("hello again"))
        assert received.conversation_id == conversation
        assert house.owner(conversation) == robin.id
        assert await house.service.next_turn(conversation) is None
