"""A conversation handed over to Chatwoot: what agents find there, what comes back, and how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.ending import end_conversation
from bot.conversations.models import Change
from bot.conversations.unit import Unit
from bot.handoff import owning
from bot.handoff.models import Reason
from bot.handoff.outbound import open_outbound
from bot.helpdesk.chatwoot.outbox import CALL_SECONDS, LEASE
from bot.storage.desk_tables import audit

pytestmark = pytest.mark.integration


async def test_handed_over_answered_and_resolved(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    conversation = await house.talks()
    await house.waits()
    await bridged.settle()
    talk = chatwoot.talk
    assert (talk.status, talk.contact.identifier) == ("open", house.conversation(conversation).customer_id)
    packet, said = talk.notes
    assert "the customer asked for a person" in packet
    assert f"https://shop.example/desk/c/{conversation}" in packet
    assert said.index("hello") < said.index("You said hello") < said.index("a person please")
    assert talk.incoming == []
    assert talk.labels == ["bellhop", "asked"]

    chatwoot.reply(chatwoot.robin, "Hello Wanda, Robin here.")
    await bridged.settle()
    assert (await house.said(conversation))[-2:] == ["utter_app_handoff_taken Robin", "Hello Wanda, Robin here."]
    last = (await house.messages(conversation))[-1]
    assert (last.author_kind, last.author_name) == ("agent", "Robin")
    assert house.owner(conversation) == last.agent_id

    await house.wanda.types("my parcel is lost")
    await house.wanda.types("it is W7")
    await bridged.settle()
    assert talk.incoming == ["my parcel is lost", "it is W7"]

    chatwoot.set_status("resolved")
    await bridged.settle()
    row = house.conversation(conversation)
    assert (row.state, row.end_reason, row.owner) == ("ended", "resolved", "bot")
    (survey,) = house.surveys(conversation)
    assert (survey.about, survey.state) == ("agent", "due")
    lines = house.read(sa.select(audit).where(audit.c.details.is_not(None)).order_by(audit.c.number))
    assert [line.action for line in lines if line.details == {"at": "chatwoot"}] == ["claim", "reply", "resolve"]
    assert {line.agent_id for line in lines} == {last.agent_id}
    assert (await house.said(conversation))[-1] == "utter_app_rating_question_agent Robin"
    assert talk.status == "resolved"
    assert len(talk.notes) == 2


async def test_what_is_let_go_at_our_desk_waits_in_chatwoot(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    robin = house.agent("Robin")
    ended = await house.talks()
    await house.unit_of_work(lambda unit: end_conversation(unit, ended, "left"))
    written: list[str] = []

    def writes(unit: Unit) -> Change:
        reached, change = open_outbound(unit, ended, robin, Reason.FOLLOW_UP)
        written.append(reached)
        return change

    await house.service.change(writes)
    await bridged.settle()
    assert not chatwoot.kept.talks, "Robin has it, at our desk"
    await house.does(owning.release, written[0], by=robin, why="released")
    await bridged.settle()
    assert len(chatwoot.kept.talks) == 1
    assert chatwoot.talk.notes, "with the packet"


def test_a_call_to_chatwoot_is_taken_up_again_only_when_it_has_been_given_up() -> None:
    assert timedelta(seconds=CALL_SECONDS) < LEASE
