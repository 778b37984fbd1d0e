"""Two conversations in Chatwoot of one customer: whichever agents write in, it is read, and each says where."""

from __future__ import annotations

import pytest

from tests.chatwoot.server import Fault

pytestmark = pytest.mark.integration


async def _ended(bridged) -> str:
    waiting = await bridged.house.waits()
    await bridged.settle()
    bridged.chatwoot.reply(bridged.chatwoot.robin, "Hello.")
    await bridged.settle()
    bridged.chatwoot.set_status("resolved")
    await bridged.settle()
    return waiting


async def _later(bridged) -> None:
    bridged.clock.forward(seconds=60)
    await bridged.settle()
    await bridged.bridge.look_after()
    await bridged.settle()


async def test_what_agents_write_in_an_orphan_is_said_all_the_same(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    await _ended(bridged)
    old = chatwoot.talk
    chatwoot.faults.append(Fault(500, "conversations", after=True))  # made, and we do not know
    begun = await house.waits(text="a person again")
    await bridged.bridge.carry_all()
    orphan = chatwoot.talk
    assert orphan is not old
    chatwoot.pushes.clear()
    chatwoot.reply(chatwoot.robin, "In the old one.", talk=old)
    await bridged.told()
    chatwoot.reply(chatwoot.noor, "In the other one.", talk=orphan)
    await bridged.settle()
    await _later(bridged)
    said = await house.said(begun)
    assert [text for text in said if text.startswith("In the")] == ["In the old one.", "In the other one."]
    assert orphan.status == "resolved"
    assert f"#{old.id}" in orphan.notes[-1]
    assert "In the other one." in old.notes[-1]
    await house.wanda.types("thanks")
    await _later(bridged)
    assert (old.incoming, old.status, orphan.incoming) == (["thanks"], "open", [])


async def test_who_answers_in_an_earlier_one_reads_where_the_customer_is_now(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    await _ended(bridged)
    old = chatwoot.talk
    begun = await house.waits(text="another thing, a person please")
    await bridged.settle()
    new = chatwoot.talk
    assert new is not old
    chatwoot.reply(chatwoot.robin, "Forgot to say: it is blue.", talk=old)
    chatwoot.reply(chatwoot.robin, "And large.", talk=old)
    await bridged.settle()
    assert (await house.said(begun))[-2:] == ["Forgot to say: it is blue.", "And large."]
    assert [f"#{new.id}" in note for note in old.notes].count(True) == 1
    assert "it is blue" in new.notes[-2]
    assert f"#{old.id}" in new.notes[-1]
    await house.wanda.types("thanks! and my other question?")
    await _later(bridged)
    assert new.incoming == ["thanks! and my other question?"]
    assert new.status == "open"


async def test_who_answers_in_an_earlier_one_takes_it_from_the_bot(bridged) -> None:
    house, chatwoot = bridged.house, bridged.chatwoot
    await _ended(bridged)
    old = chatwoot.talk
    begun = await house.waits(text="another thing, a person please")
    await bridged.settle()
    new = chatwoot.talk
    await house.wanda.taps(house.button(begun, "app:go_back"))
    await bridged.settle()
    assert new.status == "pending"
    chatwoot.reply(chatwoot.robin, "Forgot to say: it is blue.", talk=old)
    await bridged.settle()
    await _later(bridged)
    assert (house.handoff(begun).state, new.status) == ("held", "open")
