"""What stands beside a conversation at the desk: tags, canned replies, who looks and who types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
import sqlalchemy as sa

from bot.conversations.signals import Signal, SignalKind, Signals
from bot.desk.desk import Desk
from bot.desk.tags import LONGEST_TAG, MOST_TAGS
from bot.desk.viewing import LOOKS_FOR, TYPES_FOR
from bot.staff.models import Agent
from bot.storage.desk_tables import audit, canned_replies, conversation_tags
from bot.storage.tables import agents, customers
from tests.conftest import Clock
from tests.support.desk_house import DeskHouse

Browse = Callable[..., httpx.AsyncClient]
KEY = "a" * 32


async def test_tags_are_set_suggested_and_taken_away(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        path = f"/desk/c/{conversation_id}/tags"
        for typed in ("#Late Parcel", " late   parcel ", "Refund\0"):
            assert (await browser.post(path, data={"tag": typed})).status_code == 204
        assert (await browser.get("/desk/tags?q=parc")).json() == {"tags": ["late parcel"]}
        assert (await browser.get("/desk/tags?q=%25")).json() == {"tags": ["late parcel", "refund"]}
        assert "late parcel" in (await browser.get(f"/desk/c/{conversation_id}/thread")).text
        await browser.post(f"{path}/remove", data={"tag": "refund"})
        for wrong in ("", "###", "x" * (LONGEST_TAG + 1)):
            assert (await browser.post(path, data={"tag": wrong})).status_code == 409
        for number in range(MOST_TAGS - 1):
            assert (await browser.post(path, data={"tag": f"t{number}"})).status_code == 204
        assert (await browser.post(path, data={"tag": "one more"})).status_code == 409
    assert len(desk.house.read(sa.select(conversation_tags))) == MOST_TAGS


@pytest.mark.parametrize(
    "typed",
    [
        "jo.hart@example.com",
        "+49 170 1234567",
        "#W2000001",
        "w2000001",
        "late W2000001",
        "EC1A 1BB",
        "Mei",
        "mei halasz",
    ],
)
async def test_a_tag_tells_what_and_never_whom(desk: DeskHouse, browse: Browse, here: Agent, typed: str) -> None:
    """Tags are read, counted and exported where identifiers are hidden."""
    conversation_id = await desk.held_by(here)
    desk.database.write_now(lambda connection: connection.execute(sa.update(customers).values(name="Mei Halasz")))
    async with browse(here, htmx=True) as browser:
        answer = await browser.post(f"/desk/c/{conversation_id}/tags", data={"tag": typed})
        assert (answer.status_code, "not who it is" in answer.text) == (409, True)
        for fine in ("vip", "covid-19", "black friday 2026", "order 12", "size 42"):
            assert (await browser.post(f"/desk/c/{conversation_id}/tags", data={"tag": fine})).status_code == 204
    assert typed.lower() not in str(desk.house.read(sa.select(audit.c.subject, audit.c.details)))


async def test_canned_replies_come_filled_in_for_the_conversation(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)

    def keep(connection: sa.engine.Connection) -> None:
        connection.execute(sa.update(customers).values(name="Wanda"))
        text = "Dear {customer_name}, {order_number}. {agent_name} of {shop_name}"
        row = {"id": "c1", "shortcut": "late", "title": "Late", "text": text, "updated_at": desk.clock()}
        connection.execute(sa.insert(canned_replies).values(row))

    desk.database.write_now(keep)
    async with browse(here) as browser:
        found = (await browser.get(f"/desk/c/{conversation_id}/canned?q=la")).json()["replies"]
    assert found == [
        {
            "shortcut": "late",
            "title": "Late",
            "text": "Dear Wanda, {order_number}. Robin Hale of Marlow & Finch",
            "missing": ["{order_number}"],
        }
    ]


async def test_colleagues_see_who_looks_and_who_types(
    desk: DeskHouse, browse: Browse, here: Agent, clock: Clock
) -> None:
    kim = desk.agent("Kim Ode")
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as robins, browse(kim, htmx=True) as kims:
        marks = f"/desk/c/{conversation_id}/marks"
        await robins.post(f"/desk/c/{conversation_id}/here", data={"types": ""})
        assert "is looking too" in (await kims.get(marks)).text
        await robins.post(f"/desk/c/{conversation_id}/here", data={"types": "note"})
        assert "<bdi>Robin Hale</bdi> is typing here" in (await kims.get(marks)).text
        clock.now += TYPES_FOR * 2
        assert "is looking too" in (await kims.get(marks)).text
        clock.now += LOOKS_FOR
        assert "Robin" not in (await kims.get(marks)).text
        await robins.post(f"/desk/c/{conversation_id}/here")
        await robins.post(f"/desk/c/{conversation_id}/here", data={"gone": "1"})
        assert "Robin" not in (await kims.get(marks)).text
        await robins.post(f"/desk/c/{conversation_id}/here", data={"types": "note"})
        clock.now -= LOOKS_FOR * 10  # it was wrong, and is set right; Robin has closed the browser meanwhile
        assert "Robin" not in (await kims.get(marks)).text


class Ears:
    """Remembers every signal."""

    def __init__(self) -> None:
        self.heard: list[SignalKind] = []

    def signalled(self, signal: Signal) -> None:
        self.heard.append(signal.kind)


async def test_the_customer_hears_of_a_reply_that_is_typed_and_not_of_a_note(
    desk: DeskHouse, browse: Browse, here: Agent
) -> None:
    ears, signals = Ears(), Signals(desk.database, instance="one", clock=iter(range(0, 10_000, 10)).__next__)
    signals.subscribe(ears)
    desk.app.router.routes[:] = Desk(replace(desk.tools, signals=signals)).routes()
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        path = f"/desk/c/{conversation_id}/here"
        await browser.post(path, data={"types": "note"})
        assert SignalKind.AGENT_TYPING not in ears.heard
        await browser.post(path, data={"types": "reply"})
        assert SignalKind.AGENT_TYPING in ears.heard
        customer = desk.house.conversation(conversation_id).customer_id
        signals.send(Signal(SignalKind.CUSTOMER_TYPING, conversation_id, customer))
        marks = f"/desk/c/{conversation_id}/marks"
        assert "The customer is typing" in (await browser.get(marks)).text
        await desk.house.wanda.types("there it is")
        assert "The customer is typing" not in (await browser.get(marks)).text


async def test_what_enter_does_is_each_agents_own_choice(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here) as browser:
        assert 'data-enter="sends"' in (await browser.get(f"/desk/c/{conversation_id}")).text
        assert (await browser.post("/desk/composer/enter", data={"sends": ""})).status_code == 204
        assert 'data-enter="breaks"' in (await browser.get(f"/desk/c/{conversation_id}")).text
    wanted = sa.select(agents.c.preferences).where(agents.c.id == here.id)
    assert desk.house.read(wanted)[0].preferences["enter_sends"] is False
