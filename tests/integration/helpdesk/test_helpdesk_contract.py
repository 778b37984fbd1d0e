"""What a conversation must become by what people do, wherever they work: at our own desk and in Chatwoot alike."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.storage.channel_tables import attachment_contents
from bot.storage.tables import agents
from tests.chatwoot.server import Chatwoot, serving
from tests.support.bridged import DESK, Bridged
from tests.support.handed_over import House
from tests.support.helpdesks import AtOurDesk, InChatwoot

pytestmark = pytest.mark.integration


@pytest.fixture(params=["desk", "chatwoot"])
async def people(request, database, clock, new_id):
    """A driver of each kind; at the end the ledger balances."""
    if request.param == "desk":
        house = House(database, clock, new_id)
        yield AtOurDesk(house)
    else:
        async with serving(Chatwoot()) as chatwoot:
            house = House(database, clock, new_id, helpdesk=DESK)
            bridged = Bridged(house, chatwoot, clock)
            yield InChatwoot(bridged)
            await bridged.close()
    assert house.ledger().breaches == ()


def _name_of_owner(house: House, conversation: str) -> str:
    (found,) = house.read(sa.select(agents.c.name).where(agents.c.id == house.owner(conversation)))
    return str(found.name)


async def test_contract_who_takes_it_owns_it_and_is_named(people) -> None:
    waiting = await people.house.waits()
    assert people.house.owner(waiting) == "queue"
    await people.takes("Robin", waiting)
    assert _name_of_owner(people.house, waiting) == "Robin"
    assert (await people.house.said(waiting))[-1] == "utter_app_handoff_taken Robin"
    assert people.house.kinds(waiting) == ["requested", "claimed"]


async def test_contract_words_go_both_ways_and_the_bot_is_silent(people) -> None:
    house = people.house
    waiting = await house.waits()
    await people.takes("Robin", waiting)
    await people.replies("Robin", waiting, "Hello Wanda.")
    received = await house.wanda.types("my parcel is lost")
    await people.arrives()
    await people.replies("Robin", waiting, "I'm on it.")
    assert not received.needs_turn
    assert (await house.said(waiting))[-3:] == ["Hello Wanda.", "my parcel is lost", "I'm on it."]
    last = (await house.messages(waiting))[-1]
    assert (last.author_kind, last.author_name, last.agent_id) == ("agent", "Robin", house.owner(waiting))
    assert house.handoff(waiting).waiting_since is None


async def test_contract_a_note_is_not_for_the_customer(people) -> None:
    waiting = await people.house.waits()
    await people.takes("Robin", waiting)
    before = await people.house.said(waiting)
    await people.notes("Robin", waiting, "She sounds tired.")
    assert await people.house.said(waiting) == before


async def test_contract_handed_back_the_bot_answers_and_knows_it(people) -> None:
    house = people.house
    waiting = await house.waits()
    await people.takes("Robin", waiting)
    await people.replies("Robin", waiting, "It is on its way.")
    await people.hands_back("Robin", waiting)
    assert house.owner(waiting) == "bot"
    assert (await house.said(waiting))[-1] == "utter_app_handed_back Robin"
    assert (house.handoff(waiting).state, house.handoff(waiting).outcome) == ("closed", "handed_back")
    await house.talks(text="thanks")
    assert (await house.said(waiting))[-1] == "You said thanks"
    assert any("It is on its way." in str(event) for event in house.conversation(waiting).history)


async def test_contract_resolved_it_ends_and_the_survey_is_about_the_agent(people) -> None:
    house = people.house
    waiting = await house.waits()
    await people.takes("Robin", waiting)
    await people.replies("Robin", waiting, "Done.")
    await people.resolves("Robin", waiting)
    row = house.conversation(waiting)
    assert (row.state, row.end_reason, row.owner) == ("ended", "resolved", "bot")
    assert (await house.said(waiting))[-1] == "utter_app_rating_question_agent Robin"
    (survey,) = house.surveys(waiting)
    assert (survey.about, survey.state) == ("agent", "due")
    assert (house.handoff(waiting).outcome, house.kinds(waiting)[-1]) == ("resolved", "resolved")


async def test_contract_let_go_it_waits_as_the_first(people) -> None:
    house = people.house
    waiting = await house.waits()
    await people.takes("Robin", waiting)
    await people.lets_go("Robin", waiting)
    handoff = house.handoff(waiting)
    assert (house.owner(waiting), handoff.state, handoff.priority) == ("queue", "queued", 1)
    assert (await house.said(waiting))[-1] == "utter_app_handoff_waits_again"


async def test_contract_passed_on_the_other_owns_it(people) -> None:
    waiting = await people.house.waits()
    await people.takes("Robin", waiting)
    await people.passes_on("Robin", "Noor", waiting)
    assert _name_of_owner(people.house, waiting) == "Noor"
    assert (await people.house.said(waiting))[-1] == "utter_app_handoff_moved Noor"


async def test_contract_files_come_with_a_reply(people) -> None:
    house = people.house
    waiting = await house.waits()
    await people.takes("Robin", waiting)
    await people.replies("Robin", waiting, "Your label.", files={"label.pdf": b"%PDF-1.7"})
    last = (await house.messages(waiting))[-1]
    assert (last.text, [card["name"] for card in last.cards]) == ("Your label.", ["label.pdf"])
    (kept,) = house.read(sa.select(attachment_contents.c.content))
    assert bytes(kept.content) == b"%PDF-1.7"


async def test_contract_who_goes_back_is_with_the_bot_and_may_ask_again(people) -> None:
    house = people.house
    waiting = await house.waits()
    await people.arrives()
    await house.wanda.taps(house.button(waiting, "app:go_back"))
    await people.arrives()
    assert (house.owner(waiting), house.handoff(waiting).outcome) == ("bot", "withdrawn")
    await house.waits(text="a person after all")
    await people.takes("Noor", waiting)
    assert _name_of_owner(house, waiting) == "Noor"
    assert [handoff.state for handoff in house.handoffs(waiting)] == ["closed", "held"]
