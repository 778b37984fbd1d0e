"""A conversation handed over to Chatwoot: what agents find there, what comes back, and how it ends."""

from __future__ import annotations

import pytest

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
    assert (await house.said(conversation))[-1] == "utter_app_rating_question_agent Robin"
    assert talk.status == "resolved"
    assert len(talk.notes) == 2
